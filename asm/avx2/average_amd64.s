#include "textflag.h"

// func GatherAdd(logs, c []float64, perms []int32, n int)
//
//   logs[k] += Σ_i c[i, perms[k, i]], a chain in increasing i
//
// Shapes:   c n×n, perms len(logs)×n, n ≥ 0.
// Features: AVX.
// Method:   four permutations at a time, four independent scalar chains: on every processor measured a
//           gather is no faster than the loads it is made of, and the chain hides behind its neighbours.
// Tail:     the last len(logs) mod 4 permutations one by one.
//
// Registers:
//   DI  logs, walking         R8  permutations left       R9, R10, R11, R12  ends of four permutations
//   SI  row i of c, walking   DX  8n                      CX  n-1
//   BX  i-n                   AX  perms[k, i], at most CX (unsigned)
//   X0 … X3  the sums

#define ADDONE(perm, x) \
	MOVL    (perm)(BX*4), AX  \
	CMPL    AX, CX            \
	CMOVLHI CX, AX            \
	VADDSD  (SI)(AX*8), x, x

TEXT ·GatherAdd(SB), NOSPLIT, $0-80
	MOVQ  logs_base+0(FP), DI
	MOVQ  logs_len+8(FP), R8
	MOVQ  perms_base+48(FP), R9
	MOVQ  n+72(FP), BX
	TESTQ BX, BX
	JEQ   done
	LEAQ  (BX*8), DX
	LEAQ  -1(BX), CX
	LEAQ  (R9)(BX*4), R9

four:
	SUBQ   $4, R8
	JLT    rest
	MOVQ   n+72(FP), BX
	LEAQ   (R9)(BX*4), R10
	LEAQ   (R10)(BX*4), R11
	LEAQ   (R11)(BX*4), R12
	NEGQ   BX
	MOVQ   c_base+24(FP), SI
	VMOVSD (DI), X0
	VMOVSD 8(DI), X1
	VMOVSD 16(DI), X2
	VMOVSD 24(DI), X3

fourloop:
	ADDONE(R9, X0)
	ADDONE(R10, X1)
	ADDONE(R11, X2)
	ADDONE(R12, X3)
	ADDQ   DX, SI
	INCQ   BX
	JNE    fourloop

	VMOVSD X0, (DI)
	VMOVSD X1, 8(DI)
	VMOVSD X2, 16(DI)
	VMOVSD X3, 24(DI)
	ADDQ   $32, DI
	MOVQ   n+72(FP), BX
	LEAQ   (R12)(BX*4), R9
	JMP    four

rest:
	ADDQ $4, R8
	JEQ  done

one:
	MOVQ   n+72(FP), BX
	NEGQ   BX
	MOVQ   c_base+24(FP), SI
	VMOVSD (DI), X0

oneloop:
	ADDONE(R9, X0)
	ADDQ   DX, SI
	INCQ   BX
	JNE    oneloop

	VMOVSD X0, (DI)
	ADDQ   $8, DI
	MOVQ   n+72(FP), BX
	LEAQ   (R9)(BX*4), R9
	DECQ   R8
	JNE    one

done:
	VZEROUPPER
	RET

// func ScatterAdd(c, weights []float64, perms []int32, n int)
//
//   c[i, perms[k, i]] += weights[k], in increasing k
//
// Shapes:   c n×n, perms len(weights)×n, n ≥ 0.
// Features: AVX.
// Method:   scalar: the next permutation may hit the same element.
// Tail:     none.
//
// Registers:
//   DI  row i of c, walking   R8  permutations left       R9  perms, walking
//   SI  weights, walking      DX  8n                      CX  n-1
//   BX  rows left             AX  perms[k, i], at most CX (unsigned)
//   X0  weights[k]            X1  a sum

TEXT ·ScatterAdd(SB), NOSPLIT, $0-80
	MOVQ  weights_base+24(FP), SI
	MOVQ  weights_len+32(FP), R8
	MOVQ  perms_base+48(FP), R9
	MOVQ  n+72(FP), CX
	TESTQ CX, CX
	JEQ   done
	LEAQ  (CX*8), DX
	DECQ  CX
	TESTQ R8, R8
	JEQ   done

permutation:
	MOVQ   c_base+0(FP), DI
	LEAQ   1(CX), BX
	VMOVSD (SI), X0

row:
	MOVL    (R9), AX
	CMPL    AX, CX
	CMOVLHI CX, AX
	VADDSD  (DI)(AX*8), X0, X1
	VMOVSD  X1, (DI)(AX*8)
	ADDQ    DX, DI
	ADDQ    $4, R9
	DECQ    BX
	JNE     row

	ADDQ $8, SI
	DECQ R8
	JNE  permutation

done:
	VZEROUPPER
	RET

// The constants of ref.Exp64: bounds, log2 e, 1.5·2⁵², log 2 in two parts, then the polynomial's C11 … C2.
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
DATA exp64<>+136(SB)/8, $1023
GLOBL exp64<>(SB), RODATA|NOPTR, $144

// The mask of the first r of four lanes starts 8r bytes before the middle.
DATA masks64<>+0(SB)/8, $-1
DATA masks64<>+8(SB)/8, $-1
DATA masks64<>+16(SB)/8, $-1
DATA masks64<>+24(SB)/8, $-1
DATA masks64<>+32(SB)/8, $0
DATA masks64<>+40(SB)/8, $0
DATA masks64<>+48(SB)/8, $0
DATA masks64<>+56(SB)/8, $0
GLOBL masks64<>(SB), RODATA|NOPTR, $64

// to = from·r + C, r in Y0.
#define HORNER(c, from, to) \
	VBROADCASTSD c, to       \
	VFMADD231PD  from, Y0, to

// Y0 = ref.Exp64(Y0), operation by operation. Of k only the low 12 bits matter, which
// 32-bit shifts and subtractions in the low halves get right.
#define EXP64 \
	VBROADCASTSD exp64<>+0(SB), Y1    \
	VMINPD       Y0, Y1, Y0           \
	VBROADCASTSD exp64<>+8(SB), Y1    \
	VMAXPD       Y0, Y1, Y0           \
	VBROADCASTSD exp64<>+16(SB), Y1   \
	VBROADCASTSD exp64<>+24(SB), Y3   \
	VMULPD       Y1, Y0, Y1           \
	VADDPD       Y3, Y1, Y1           \
	VSUBPD       Y3, Y1, Y2           \
	VBROADCASTSD exp64<>+32(SB), Y3   \
	VFNMADD231PD Y3, Y2, Y0           \
	VBROADCASTSD exp64<>+40(SB), Y3   \
	VFNMADD231PD Y3, Y2, Y0           \
	VBROADCASTSD exp64<>+48(SB), Y3   \
	HORNER(exp64<>+56(SB), Y3, Y4)    \
	HORNER(exp64<>+64(SB), Y4, Y3)    \
	HORNER(exp64<>+72(SB), Y3, Y4)    \
	HORNER(exp64<>+80(SB), Y4, Y3)    \
	HORNER(exp64<>+88(SB), Y3, Y4)    \
	HORNER(exp64<>+96(SB), Y4, Y3)    \
	HORNER(exp64<>+104(SB), Y3, Y4)   \
	HORNER(exp64<>+112(SB), Y4, Y3)   \
	HORNER(exp64<>+120(SB), Y3, Y4)   \
	VMULPD       Y0, Y0, Y2           \
	VFMADD231PD  Y4, Y2, Y0           \
	VBROADCASTSD exp64<>+128(SB), Y3  \
	VADDPD       Y3, Y0, Y0           \
	VPBROADCASTQ exp64<>+136(SB), Y3  \
	VPSRAD       $1, Y1, Y2           \
	VPSUBD       Y2, Y1, Y1           \
	VPADDD       Y3, Y2, Y2           \
	VPADDD       Y3, Y1, Y1           \
	VPSLLQ       $52, Y2, Y2          \
	VPSLLQ       $52, Y1, Y1          \
	VMULPD       Y2, Y0, Y0           \
	VMULPD       Y1, Y0, Y0

// func Weights(weights, x []float64) (largest, sum float64)
//
//   largest = max x;  weights[k] = e^(x[k]-largest);  sum = Σ weights, in order;  weights[k] /= sum
//
// Shapes:   len(x) ≥ 1 values each. largest is x[0] if that is a NaN; other NaN never are.
// Features: AVX2, FMA3.
// Tail:     the last len(x) mod 4 with the mask Y12, or one by one.
//
// Registers:
//   SI, DI  x, weights behind the last full 4      R8  -(len(x) - len(x) mod 4)     CX  R8 … 0
//   DX      len(x) mod 4                           AX  0 … DX
//   Y15     largest      Y14  sum      Y0 … Y4  EXP64

TEXT ·Weights(SB), NOSPLIT, $0-64
	MOVQ    weights_base+0(FP), DI
	MOVQ    x_base+24(FP), SI
	MOVQ    x_len+32(FP), CX
	VBROADCASTSD (SI), Y15
	MOVQ    CX, DX
	ANDQ    $3, DX
	SUBQ    DX, CX
	LEAQ    (SI)(CX*8), SI
	LEAQ    (DI)(CX*8), DI
	XORQ    R8, R8
	SUBQ    CX, R8
	LEAQ    masks64<>+32(SB), AX
	LEAQ    (DX*8), BX
	SUBQ    BX, AX
	VMOVUPD (AX), Y12

	MOVQ  R8, CX
	TESTQ CX, CX
	JEQ   maxfold
max:
	VMOVUPD (SI)(CX*8), Y0
	VMAXPD  Y15, Y0, Y15        // v > largest ? v : largest
	ADDQ    $4, CX
	JNE     max
maxfold:
	VEXTRACTF128 $1, Y15, X0
	VMAXPD       X15, X0, X15
	VPERMILPD    $1, X15, X0
	VMAXSD       X15, X0, X15
	XORQ         AX, AX
	JMP          maxtest
maxtail:
	VMOVSD (SI)(AX*8), X0
	VMAXSD X15, X0, X15
	INCQ   AX
maxtest:
	CMPQ AX, DX
	JNE  maxtail
	VMOVSD       X15, largest+48(FP)
	VBROADCASTSD X15, Y15

	VXORPD X14, X14, X14
	MOVQ   R8, CX
	TESTQ  CX, CX
	JEQ    exptail
exp:
	VMOVUPD (SI)(CX*8), Y0
	VSUBPD  Y15, Y0, Y0
	EXP64
	VMOVUPD Y0, (DI)(CX*8)
	VADDSD  (DI)(CX*8), X14, X14
	VADDSD  8(DI)(CX*8), X14, X14
	VADDSD  16(DI)(CX*8), X14, X14
	VADDSD  24(DI)(CX*8), X14, X14
	ADDQ    $4, CX
	JNE     exp
exptail:
	VMASKMOVPD (SI), Y12, Y0
	VSUBPD     Y15, Y0, Y0
	EXP64
	VMASKMOVPD Y0, Y12, (DI)
	XORQ       AX, AX
	JMP        sumtest
sumtail:
	VADDSD (DI)(AX*8), X14, X14
	INCQ   AX
sumtest:
	CMPQ AX, DX
	JNE  sumtail
	VMOVSD       X14, sum+56(FP)
	VBROADCASTSD X14, Y14

	MOVQ  R8, CX
	TESTQ CX, CX
	JEQ   divtail
div:
	VMOVUPD (DI)(CX*8), Y0
	VDIVPD  Y14, Y0, Y0
	VMOVUPD Y0, (DI)(CX*8)
	ADDQ    $4, CX
	JNE     div
divtail:
	VMASKMOVPD (DI), Y12, Y0
	VDIVPD     Y14, Y0, Y0
	VMASKMOVPD Y0, Y12, (DI)
	VZEROUPPER
	RET

// func ExpScaled(b, c, v []float64, u float64)
//
//   b[i] = e^(c[i] - u - v[i]), 0 where c[i] is −∞
//
// Shapes:   len(c) values each.
// Features: AVX2, FMA3.
// Tail:     the last len(c) mod 4 with the mask Y12.
//
// Registers:
//   SI, DI, BX  c, b, v      CX  values left      Y15  u      Y14  −∞      Y13  where c is −∞
//   Y0 … Y4     EXP64

#define EXPSCALED \
	VCMPPD  $0, Y0, Y14, Y13 \
	VSUBPD  Y15, Y0, Y0      \
	VSUBPD  Y5, Y0, Y0       \
	EXP64                    \
	VANDNPD Y0, Y13, Y0

TEXT ·ExpScaled(SB), NOSPLIT, $0-80
	MOVQ         b_base+0(FP), DI
	MOVQ         c_base+24(FP), SI
	MOVQ         c_len+32(FP), CX
	MOVQ         v_base+48(FP), BX
	VBROADCASTSD u+72(FP), Y15
	VBROADCASTSD minusInfinity64<>(SB), Y14

scaled:
	SUBQ    $4, CX
	JLT     scaledtail
	VMOVUPD (SI), Y0
	VMOVUPD (BX), Y5
	EXPSCALED
	VMOVUPD Y0, (DI)
	ADDQ    $32, SI
	ADDQ    $32, BX
	ADDQ    $32, DI
	JMP     scaled

scaledtail:
	ADDQ       $4, CX
	JEQ        scaleddone
	LEAQ       masks64<>+32(SB), AX
	SHLQ       $3, CX
	SUBQ       CX, AX
	VMOVUPD    (AX), Y12
	VMASKMOVPD (SI), Y12, Y0
	VMASKMOVPD (BX), Y12, Y5
	EXPSCALED
	VMASKMOVPD Y0, Y12, (DI)

scaleddone:
	VZEROUPPER
	RET

DATA minusInfinity64<>+0(SB)/8, $0xfff0000000000000
GLOBL minusInfinity64<>(SB), RODATA|NOPTR, $8
