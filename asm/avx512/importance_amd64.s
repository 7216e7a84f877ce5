#include "textflag.h"

DATA floor<>+0(SB)/8, $0x3c30000000000000 // 2⁻⁶⁰
GLOBL floor<>(SB), RODATA|NOPTR, $8

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

// func AddScaled(dst, x []float64, r float64)
//
//   dst[j] += x[j]·r
//
// Registers: DI dst   SI x   CX groups left   Z0 r
TEXT ·AddScaled(SB), NOSPLIT, $0-56
	MOVQ         dst_base+0(FP), DI
	MOVQ         x_base+24(FP), SI
	MOVQ         x_len+32(FP), CX
	VBROADCASTSD r+48(FP), Z0
	SHRQ         $4, CX
	JZ           done

group:
	VMULPD  (SI), Z0, Z1
	VMULPD  64(SI), Z0, Z2
	VADDPD  (DI), Z1, Z1
	VADDPD  64(DI), Z2, Z2
	VMOVUPD Z1, (DI)
	VMOVUPD Z2, 64(DI)
	ADDQ    $128, SI
	ADDQ    $128, DI
	DECQ    CX
	JNZ     group

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
