#include "textflag.h"

DATA floor<>+0(SB)/8, $0x3c30000000000000 // 2⁻⁶⁰
GLOBL floor<>(SB), RODATA|NOPTR, $8

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

// func AddScaled(dst, x []float64, r float64)
//
//   dst[j] += x[j]·r
//
// Registers: DI dst   SI x   CX halves left   Y0 r
TEXT ·AddScaled(SB), NOSPLIT, $0-56
	MOVQ         dst_base+0(FP), DI
	MOVQ         x_base+24(FP), SI
	MOVQ         x_len+32(FP), CX
	VBROADCASTSD r+48(FP), Y0
	SHRQ         $3, CX
	JZ           done

half:
	VMULPD  (SI), Y0, Y1
	VMULPD  32(SI), Y0, Y2
	VADDPD  (DI), Y1, Y1
	VADDPD  32(DI), Y2, Y2
	VMOVUPD Y1, (DI)
	VMOVUPD Y2, 32(DI)
	ADDQ    $64, SI
	ADDQ    $64, DI
	DECQ    CX
	JNZ     half

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
