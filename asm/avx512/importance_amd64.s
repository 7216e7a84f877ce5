#include "textflag.h"

DATA floor<>+0(SB)/8, $0x3c30000000000000 // proposalFloor, 2⁻⁶⁰
GLOBL floor<>(SB), RODATA|NOPTR, $8

DATA tiny<>+0(SB)/8, $0x1ff0000000000000 // proposalTiny, 2⁻⁵¹²
GLOBL tiny<>(SB), RODATA|NOPTR, $8

DATA one<>+0(SB)/8, $1.0
GLOBL one<>(SB), RODATA|NOPTR, $8

// The inner loops of a proposal of permutations (internal/ref/importance.go). Lengths are multiples
// of 16, so that there is no tail; products are rounded before they are added.
// Features: AVX-512 F.

// func MaskedLanes(acc, b, free []float64)
//
//   acc[j mod 16] += b[j]·free[j]
//
// Registers: DI acc   SI b   DX free   CX groups left   Z0, Z1 the 16 lanes
TEXT ·MaskedLanes(SB), NOSPLIT, $0-72
	MOVQ    acc_base+0(FP), DI
	MOVQ    b_base+24(FP), SI
	MOVQ    b_len+32(FP), CX
	MOVQ    free_base+48(FP), DX
	VMOVUPD (DI), Z0
	VMOVUPD 64(DI), Z1
	SHRQ    $4, CX
	JZ      done

group:
	VMOVUPD (SI), Z2
	VMOVUPD 64(SI), Z3
	VMULPD  (DX), Z2, Z2
	VMULPD  64(DX), Z3, Z3
	VADDPD  Z2, Z0, Z0
	VADDPD  Z3, Z1, Z1
	ADDQ    $128, SI
	ADDQ    $128, DX
	DECQ    CX
	JNZ     group

done:
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	VZEROUPPER
	RET

// func SweepRow(mass, a, cols []float64) float64
//
//   mass[j] += a[j]·r,  r = 1/tree(acc) or 0 where that is at most 2⁻⁵¹²,  acc[j mod 16] += a[j]·cols[j]
//
// Registers: DI mass   SI a   DX cols   CX groups left   BX groups   AX a, walking
//   Z0, Z1 the 16 lanes, then their sum   X5, Z5 r
TEXT ·SweepRow(SB), NOSPLIT, $0-80
	MOVQ   mass_base+0(FP), DI
	MOVQ   a_base+24(FP), SI
	MOVQ   a_len+32(FP), BX
	MOVQ   cols_base+48(FP), DX
	SHRQ   $4, BX
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	MOVQ   SI, AX
	MOVQ   BX, CX
	TESTQ  CX, CX
	JZ     tree

dot:
	VMOVUPD (AX), Z2
	VMOVUPD 64(AX), Z3
	VMULPD  (DX), Z2, Z2
	VMULPD  64(DX), Z3, Z3
	VADDPD  Z2, Z0, Z0
	VADDPD  Z3, Z1, Z1
	ADDQ    $128, AX
	ADDQ    $128, DX
	DECQ    CX
	JNZ     dot

tree:
	VADDPD        Z1, Z0, Z0
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPD        Y1, Y0, Y0
	VEXTRACTF128  $1, Y0, X1
	VADDPD        X1, X0, X0
	VPERMILPD     $1, X0, X1
	VADDSD        X1, X0, X0
	VMOVSD       tiny<>(SB), X4
	VUCOMISD     X4, X0
	VXORPD       X5, X5, X5
	JLS          scale             // the sum is not above
	VMOVSD       one<>(SB), X5
	VDIVSD       X0, X5, X5

scale:
	VMOVSD       X5, ret+72(FP)
	VBROADCASTSD X5, Z5
	TESTQ        BX, BX
	JZ           done

add:
	VMULPD  (SI), Z5, Z1
	VMULPD  64(SI), Z5, Z2
	VADDPD  (DI), Z1, Z1
	VADDPD  64(DI), Z2, Z2
	VMOVUPD Z1, (DI)
	VMOVUPD Z2, 64(DI)
	ADDQ    $128, SI
	ADDQ    $128, DI
	DECQ    BX
	JNZ     add

done:
	VZEROUPPER
	RET

// func Shares(b, a, mass []float64, r float64)
//
//   b[j] = 2⁻⁶⁰ + a[j]·r/mass[j], the quotient 0 where mass is 0
//
// Registers: DI b   SI a   DX mass   CX halves left   Z0 r   Z4 0   Z5 2⁻⁶⁰   K1 mass > 0
TEXT ·Shares(SB), NOSPLIT, $0-80
	MOVQ         b_base+0(FP), DI
	MOVQ         a_base+24(FP), SI
	MOVQ         mass_base+48(FP), DX
	MOVQ         mass_len+56(FP), CX
	VBROADCASTSD r+72(FP), Z0
	VBROADCASTSD floor<>(SB), Z5
	VPXORQ       Z4, Z4, Z4
	SHRQ         $3, CX
	JZ           done

half:
	VMOVUPD  (DX), Z1
	VMULPD   (SI), Z0, Z2
	VCMPPD   $30, Z4, Z1, K1       // greater, ordered, quiet
	VDIVPD.Z Z1, Z2, K1, Z2
	VADDPD   Z5, Z2, Z2
	VMOVUPD  Z2, (DI)
	ADDQ     $64, SI
	ADDQ     $64, DX
	ADDQ     $64, DI
	DECQ     CX
	JNZ      half

done:
	VZEROUPPER
	RET
