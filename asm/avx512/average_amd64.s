#include "textflag.h"

// The constants of ref.Exp64: bounds, log2 e, 1.5·2⁵², log 2 in two parts, then the polynomial's C11 … C2 and 1.
DATA exp64<>+0(SB)/8, $710.0                // exp64High
DATA exp64<>+8(SB)/8, $-746.0               // exp64Low
DATA exp64<>+16(SB)/8, $0x3ff71547652b82fe  // log2E64
DATA exp64<>+24(SB)/8, $0x4338000000000000  // roundInt64
DATA exp64<>+32(SB)/8, $0x3fe62e42fefa3800  // ln2High64
DATA exp64<>+40(SB)/8, $0x3d2ef35793c76730  // ln2Low64
DATA exp64<>+48(SB)/8, $0x3e5adb16c3d8563e  // exp64C11
DATA exp64<>+56(SB)/8, $0x3e928ade3769365c  // exp64C10
DATA exp64<>+64(SB)/8, $0x3ec71df0400f04e9  // exp64C9
DATA exp64<>+72(SB)/8, $0x3efa0199979485af  // exp64C8
DATA exp64<>+80(SB)/8, $0x3f2a01a013a447f4  // exp64C7
DATA exp64<>+88(SB)/8, $0x3f56c16c1846e52a  // exp64C6
DATA exp64<>+96(SB)/8, $0x3f811111111248cc  // exp64C5
DATA exp64<>+104(SB)/8, $0x3fa55555555506d9 // exp64C4
DATA exp64<>+112(SB)/8, $0x3fc5555555555508 // exp64C3
DATA exp64<>+120(SB)/8, $0x3fe000000000000a // exp64C2
DATA exp64<>+128(SB)/8, $1.0
GLOBL exp64<>(SB), RODATA|NOPTR, $136

// Z0 = ref.Exp64(Z0). One scaling by 2ⁿ rounds like the reference's two multiplications, of
// which the first is exact.
#define EXP64 \
	VMINPD            Z0, Z16, Z0             \
	VMAXPD            Z0, Z17, Z0             \
	VMULPD            Z18, Z0, Z1             \
	VADDPD            Z19, Z1, Z1             \
	VSUBPD            Z19, Z1, Z1             \
	VFNMADD231PD      Z20, Z1, Z0             \
	VFNMADD231PD      Z21, Z1, Z0             \
	VMOVAPD           Z22, Z2                 \
	VFMADD213PD       Z23, Z0, Z2             \
	VFMADD213PD       Z24, Z0, Z2             \
	VFMADD213PD       Z25, Z0, Z2             \
	VFMADD213PD       Z26, Z0, Z2             \
	VFMADD213PD       Z27, Z0, Z2             \
	VFMADD213PD       Z28, Z0, Z2             \
	VFMADD213PD       Z29, Z0, Z2             \
	VFMADD213PD       Z30, Z0, Z2             \
	VFMADD213PD       Z31, Z0, Z2             \
	VMULPD            Z0, Z0, Z3              \
	VFMADD231PD       Z2, Z3, Z0              \
	VADDPD.BCST       exp64<>+128(SB), Z0, Z0 \
	VSCALEFPD         Z1, Z0, Z0

// EXP64's constants.
#define LOADEXP64 \
	VBROADCASTSD exp64<>+0(SB), Z16 \
	VBROADCASTSD exp64<>+8(SB), Z17 \
	VBROADCASTSD exp64<>+16(SB), Z18 \
	VBROADCASTSD exp64<>+24(SB), Z19 \
	VBROADCASTSD exp64<>+32(SB), Z20 \
	VBROADCASTSD exp64<>+40(SB), Z21 \
	VBROADCASTSD exp64<>+48(SB), Z22 \
	VBROADCASTSD exp64<>+56(SB), Z23 \
	VBROADCASTSD exp64<>+64(SB), Z24 \
	VBROADCASTSD exp64<>+72(SB), Z25 \
	VBROADCASTSD exp64<>+80(SB), Z26 \
	VBROADCASTSD exp64<>+88(SB), Z27 \
	VBROADCASTSD exp64<>+96(SB), Z28 \
	VBROADCASTSD exp64<>+104(SB), Z29 \
	VBROADCASTSD exp64<>+112(SB), Z30 \
	VBROADCASTSD exp64<>+120(SB), Z31

// func Weights(weights, x []float64) (largest, sum float64)
//
//   largest = max x;  weights[k] = e^(x[k]-largest);  sum = Σ weights, in order;  weights[k] /= sum
//
// Shapes:   len(x) ≥ 1 values each. largest is x[0] if that is a NaN; other NaN never are.
// Features: AVX-512 F.
// Tail:     the last len(x) mod 8 with the mask K1; their sum one by one.
//
// Registers:
//   SI, DI  x, weights behind the last full 8      R8  -(len(x) - len(x) mod 8)     CX  R8 … 0
//   DX      len(x) mod 8                           AX  0 … DX
//   Z15     largest      Z14  sum      Z0 … Z3  EXP64      Z16 … Z31  its constants

TEXT ·Weights(SB), NOSPLIT, $0-64
	MOVQ  weights_base+0(FP), DI
	MOVQ  x_base+24(FP), SI
	MOVQ  x_len+32(FP), CX
	VBROADCASTSD (SI), Z15
	MOVQ  CX, DX
	ANDQ  $7, DX
	SUBQ  DX, CX
	LEAQ  (SI)(CX*8), SI
	LEAQ  (DI)(CX*8), DI
	XORQ  R8, R8
	SUBQ  CX, R8
	MOVQ  DX, CX
	MOVL  $1, AX
	SHLL  CX, AX
	DECL  AX
	KMOVW AX, K1
	LOADEXP64

	MOVQ  R8, CX
	TESTQ CX, CX
	JEQ   maxtail
max:
	VMOVUPD (SI)(CX*8), Z0
	VMAXPD  Z15, Z0, Z15        // v > largest ? v : largest
	ADDQ    $8, CX
	JNE     max
maxtail:
	VMOVUPD.Z     (SI), K1, Z0
	VMAXPD        Z15, Z0, K1, Z15
	VEXTRACTF64X4 $1, Z15, Y0
	VMAXPD        Y15, Y0, Y15
	VEXTRACTF128  $1, Y15, X0
	VMAXPD        X15, X0, X15
	VPERMILPD     $1, X15, X0
	VMAXSD        X15, X0, X15
	VMOVSD        X15, largest+48(FP)
	VBROADCASTSD  X15, Z15

	VXORPD X14, X14, X14
	MOVQ   R8, CX
	TESTQ  CX, CX
	JEQ    exptail
exp:
	VMOVUPD (SI)(CX*8), Z0
	VSUBPD  Z15, Z0, Z0
	EXP64
	VMOVUPD Z0, (DI)(CX*8)
	VADDSD  (DI)(CX*8), X14, X14
	VADDSD  8(DI)(CX*8), X14, X14
	VADDSD  16(DI)(CX*8), X14, X14
	VADDSD  24(DI)(CX*8), X14, X14
	VADDSD  32(DI)(CX*8), X14, X14
	VADDSD  40(DI)(CX*8), X14, X14
	VADDSD  48(DI)(CX*8), X14, X14
	VADDSD  56(DI)(CX*8), X14, X14
	ADDQ    $8, CX
	JNE     exp
exptail:
	VMOVUPD.Z (SI), K1, Z0
	VSUBPD    Z15, Z0, Z0
	EXP64
	VMOVUPD   Z0, K1, (DI)
	XORQ      AX, AX
	JMP       sumtest
sumtail:
	VADDSD (DI)(AX*8), X14, X14
	INCQ   AX
sumtest:
	CMPQ AX, DX
	JNE  sumtail
	VMOVSD       X14, sum+56(FP)
	VBROADCASTSD X14, Z14

	MOVQ  R8, CX
	TESTQ CX, CX
	JEQ   divtail
div:
	VMOVUPD (DI)(CX*8), Z0
	VDIVPD  Z14, Z0, Z0
	VMOVUPD Z0, (DI)(CX*8)
	ADDQ    $8, CX
	JNE     div
divtail:
	VMOVUPD.Z (DI), K1, Z0
	VDIVPD    Z14, Z0, Z0
	VMOVUPD   Z0, K1, (DI)
	VZEROUPPER
	RET

// func ExpScaled(b, c, v []float64, u float64)
//
//   b[i] = e^(c[i] - u - v[i]), 0 where c[i] is −∞
//
// Shapes:   len(c) values each.
// Features: AVX-512 F.
// Tail:     the last len(c) mod 8 with the mask K1.
//
// Registers:
//   SI, DI, BX  c, b, v      CX  values left      Z15  u      Z14  −∞      K2  where c is not −∞
//   Z0 … Z3     EXP64        Z16 … Z31  its constants

TEXT ·ExpScaled(SB), NOSPLIT, $0-80
	MOVQ         b_base+0(FP), DI
	MOVQ         c_base+24(FP), SI
	MOVQ         c_len+32(FP), CX
	MOVQ         v_base+48(FP), BX
	VBROADCASTSD u+72(FP), Z15
	VBROADCASTSD minusInfinity64<>(SB), Z14
	LOADEXP64
	KXNORW       K1, K1, K1

scaled:
	SUBQ      $8, CX
	JGE       scaledfull
	ADDQ      $8, CX
	JEQ       scaleddone
	MOVL      $1, AX
	SHLL      CX, AX
	DECL      AX
	KMOVW     AX, K1
	XORL      CX, CX

scaledfull:
	VMOVUPD.Z (SI), K1, Z0
	VCMPPD    $4, Z14, Z0, K2
	VSUBPD    Z15, Z0, Z0
	VMOVUPD.Z (BX), K1, Z4
	VSUBPD    Z4, Z0, Z0
	EXP64
	VMOVAPD.Z Z0, K2, Z0
	VMOVUPD   Z0, K1, (DI)
	ADDQ      $64, SI
	ADDQ      $64, BX
	ADDQ      $64, DI
	JMP       scaled

scaleddone:
	VZEROUPPER
	RET

DATA minusInfinity64<>+0(SB)/8, $0xfff0000000000000
GLOBL minusInfinity64<>(SB), RODATA|NOPTR, $8
