#include "textflag.h"

// func Peak(n int)
//
//   acc[i] = fma(x, y, acc[i])   i < 24, 16 lanes each, n times
//
// Shapes:   n ≥ 1. No memory is touched; every operand is 0, so that nothing overflows.
// Features: AVX-512 F.
// Tail:     none.
//
// Registers:
//   CX         iterations left
//   Z0 … Z23   acc: three times the latency of two units, so that only throughput counts
//   Z30, Z31   x, y

#define FMA(acc) VFMADD231PS Z30, Z31, acc

TEXT ·Peak(SB), NOSPLIT, $0-8
	MOVQ   n+0(FP), CX
	VZEROALL             // Z0 … Z15
	VPXORQ Z16, Z16, Z16
	VPXORQ Z17, Z17, Z17
	VPXORQ Z18, Z18, Z18
	VPXORQ Z19, Z19, Z19
	VPXORQ Z20, Z20, Z20
	VPXORQ Z21, Z21, Z21
	VPXORQ Z22, Z22, Z22
	VPXORQ Z23, Z23, Z23
	VPXORQ Z30, Z30, Z30
	VPXORQ Z31, Z31, Z31

loop:
	FMA(Z0)
	FMA(Z1)
	FMA(Z2)
	FMA(Z3)
	FMA(Z4)
	FMA(Z5)
	FMA(Z6)
	FMA(Z7)
	FMA(Z8)
	FMA(Z9)
	FMA(Z10)
	FMA(Z11)
	FMA(Z12)
	FMA(Z13)
	FMA(Z14)
	FMA(Z15)
	FMA(Z16)
	FMA(Z17)
	FMA(Z18)
	FMA(Z19)
	FMA(Z20)
	FMA(Z21)
	FMA(Z22)
	FMA(Z23)
	DECQ CX
	JNE  loop
	VZEROUPPER
	RET

// func Copy(dst, src []float32)
//
//   dst[i] = src[i]
//
// Shapes:   len(src) a multiple of 64 and at least 64, dst as long.
// Features: AVX-512 F.
// Tail:     none, see the shapes.
//
// Registers:
//   DI, SI   dst, src, walking        CX   elements left        Z0 … Z3   64 elements

TEXT ·Copy(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ src_base+24(FP), SI
	MOVQ src_len+32(FP), CX

loop:
	VMOVUPS (SI), Z0
	VMOVUPS 64(SI), Z1
	VMOVUPS 128(SI), Z2
	VMOVUPS 192(SI), Z3
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	VMOVUPS Z2, 128(DI)
	VMOVUPS Z3, 192(DI)
	ADDQ    $256, SI
	ADDQ    $256, DI
	SUBQ    $64, CX
	JNE     loop
	VZEROUPPER
	RET
