#include "textflag.h"

// func Peak(n int)
//
//   acc[i] = fma(x, y, acc[i])   i < 12, 8 lanes each, n times
//
// Shapes:   n ≥ 1. No memory is touched; every operand is 0, so that nothing overflows.
// Features: AVX, FMA.
// Tail:     none.
//
// Registers:
//   CX         iterations left
//   Y0 … Y11   acc: more than the latency (4 or 5) of two units, so that only throughput counts
//   Y14, Y15   x, y

#define FMA(acc) VFMADD231PS Y14, Y15, acc

TEXT ·Peak(SB), NOSPLIT, $0-8
	MOVQ n+0(FP), CX
	VZEROALL

loop:
	FMA(Y0)
	FMA(Y1)
	FMA(Y2)
	FMA(Y3)
	FMA(Y4)
	FMA(Y5)
	FMA(Y6)
	FMA(Y7)
	FMA(Y8)
	FMA(Y9)
	FMA(Y10)
	FMA(Y11)
	DECQ CX
	JNE  loop
	VZEROUPPER
	RET

// func Copy(dst, src []float32)
//
//   dst[i] = src[i]
//
// Shapes:   len(src) a multiple of 32 and at least 32, dst as long.
// Features: AVX.
// Tail:     none, see the shapes.
//
// Registers:
//   DI, SI   dst, src, walking        CX   elements left        Y0 … Y3   32 elements

TEXT ·Copy(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ src_base+24(FP), SI
	MOVQ src_len+32(FP), CX

loop:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VMOVUPS 64(SI), Y2
	VMOVUPS 96(SI), Y3
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ    $128, SI
	ADDQ    $128, DI
	SUBQ    $32, CX
	JNE     loop
	VZEROUPPER
	RET
