#include "textflag.h"

DATA floor<>+0(SB)/8, $0x3c30000000000000 // proposalFloor, 2⁻⁶⁰
GLOBL floor<>(SB), RODATA|NOPTR, $8

DATA tiny<>+0(SB)/8, $0x1ff0000000000000 // proposalTiny, 2⁻⁵¹²
GLOBL tiny<>(SB), RODATA|NOPTR, $8

DATA one<>+0(SB)/8, $1.0
GLOBL one<>(SB), RODATA|NOPTR, $8

// The inner loops of a proposal of permutations (internal/ref/importance.go). Lengths are multiples
// of 16, so that there is no tail; products are rounded before they are added.
// Features: AVX.

// func MaskedLanes(acc, b, free []float64)
//
//   acc[j mod 16] += b[j]·free[j]
//
// Registers: DI acc   SI b   DX free   CX groups left   Y0 … Y3 the 16 lanes
TEXT ·MaskedLanes(SB), NOSPLIT, $0-72
	MOVQ    acc_base+0(FP), DI
	MOVQ    b_base+24(FP), SI
	MOVQ    b_len+32(FP), CX
	MOVQ    free_base+48(FP), DX
	VMOVUPD (DI), Y0
	VMOVUPD 32(DI), Y1
	VMOVUPD 64(DI), Y2
	VMOVUPD 96(DI), Y3
	SHRQ    $4, CX
	JZ      done

group:
	VMOVUPD (SI), Y4
	VMOVUPD 32(SI), Y5
	VMOVUPD 64(SI), Y6
	VMOVUPD 96(SI), Y7
	VMULPD  (DX), Y4, Y4
	VMULPD  32(DX), Y5, Y5
	VMULPD  64(DX), Y6, Y6
	VMULPD  96(DX), Y7, Y7
	VADDPD  Y4, Y0, Y0
	VADDPD  Y5, Y1, Y1
	VADDPD  Y6, Y2, Y2
	VADDPD  Y7, Y3, Y3
	ADDQ    $128, SI
	ADDQ    $128, DX
	DECQ    CX
	JNZ     group

done:
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	VZEROUPPER
	RET

// func SweepRow(mass, a, cols []float64) float64
//
//   mass[j] += a[j]·r,  r = 1/tree(acc) or 0 where that is at most 2⁻⁵¹²,  acc[j mod 16] += a[j]·cols[j]
//
// Registers: DI mass   SI a   DX cols   CX groups left   BX groups   AX a, walking
//   Y0 … Y3 the 16 lanes, then X0 their sum   X5, Y5 r
TEXT ·SweepRow(SB), NOSPLIT, $0-80
	MOVQ   mass_base+0(FP), DI
	MOVQ   a_base+24(FP), SI
	MOVQ   a_len+32(FP), BX
	MOVQ   cols_base+48(FP), DX
	SHRQ   $4, BX
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	MOVQ   SI, AX
	MOVQ   BX, CX
	TESTQ  CX, CX
	JZ     tree

dot:
	VMOVUPD (AX), Y4
	VMOVUPD 32(AX), Y5
	VMOVUPD 64(AX), Y6
	VMOVUPD 96(AX), Y7
	VMULPD  (DX), Y4, Y4
	VMULPD  32(DX), Y5, Y5
	VMULPD  64(DX), Y6, Y6
	VMULPD  96(DX), Y7, Y7
	VADDPD  Y4, Y0, Y0
	VADDPD  Y5, Y1, Y1
	VADDPD  Y6, Y2, Y2
	VADDPD  Y7, Y3, Y3
	ADDQ    $128, AX
	ADDQ    $128, DX
	DECQ    CX
	JNZ     dot

tree:
	VADDPD       Y2, Y0, Y0
	VADDPD       Y3, Y1, Y1
	VADDPD       Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPD       X1, X0, X0
	VPERMILPD    $1, X0, X1
	VADDSD       X1, X0, X0
	VMOVSD       tiny<>(SB), X4
	VUCOMISD     X4, X0
	VXORPD       X5, X5, X5
	JLS          scale             // the sum is not above
	VMOVSD       one<>(SB), X5
	VDIVSD       X0, X5, X5

scale:
	VMOVSD       X5, ret+72(FP)
	VMOVDDUP     X5, X5
	VINSERTF128  $1, X5, Y5, Y5
	SHLQ         $1, BX            // halves
	JZ           done

add:
	VMULPD  (SI), Y5, Y1
	VMULPD  32(SI), Y5, Y2
	VADDPD  (DI), Y1, Y1
	VADDPD  32(DI), Y2, Y2
	VMOVUPD Y1, (DI)
	VMOVUPD Y2, 32(DI)
	ADDQ    $64, SI
	ADDQ    $64, DI
	DECQ    BX
	JNZ     add

done:
	VZEROUPPER
	RET

// func Shares(b, a, mass []float64, r float64)
//
//   b[j] = 2⁻⁶⁰ + a[j]·r/mass[j], the quotient 0 where mass is 0
//
// Registers: DI b   SI a   DX mass   CX quarters left   Y0 r   Y4 0   Y5 2⁻⁶⁰   Y3 mass > 0
TEXT ·Shares(SB), NOSPLIT, $0-80
	MOVQ         b_base+0(FP), DI
	MOVQ         a_base+24(FP), SI
	MOVQ         mass_base+48(FP), DX
	MOVQ         mass_len+56(FP), CX
	VBROADCASTSD r+72(FP), Y0
	VBROADCASTSD floor<>(SB), Y5
	VXORPD       Y4, Y4, Y4
	SHRQ         $2, CX
	JZ           done

quarter:
	VMOVUPD (DX), Y1
	VMULPD  (SI), Y0, Y2
	VCMPPD  $30, Y4, Y1, Y3       // greater, ordered, quiet
	VDIVPD  Y1, Y2, Y2
	VANDPD  Y3, Y2, Y2
	VADDPD  Y5, Y2, Y2
	VMOVUPD Y2, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DX
	ADDQ    $32, DI
	DECQ    CX
	JNZ     quarter

done:
	VZEROUPPER
	RET
