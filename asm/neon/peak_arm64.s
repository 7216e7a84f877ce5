#include "textflag.h"

// func Peak(n int)
//
//   acc[i] = fma(x, y, acc[i])   i < 24, 4 lanes each, n times
//
// Shapes:   n ≥ 1. No memory is touched; every operand is 0, so that nothing overflows.
// Features: Advanced SIMD.
// Tail:     none.
//
// Registers:
//   R0         iterations left
//   V0 … V23   acc: the latency (4) of up to six units, so that only throughput counts
//   V30, V31   x, y

#define CLEAR(v) VEOR v.B16, v.B16, v.B16
#define FMA(acc) VFMLA V30.S4, V31.S4, acc.S4

TEXT ·Peak(SB), NOSPLIT, $0-8
	MOVD n+0(FP), R0
	CLEAR(V0)
	CLEAR(V1)
	CLEAR(V2)
	CLEAR(V3)
	CLEAR(V4)
	CLEAR(V5)
	CLEAR(V6)
	CLEAR(V7)
	CLEAR(V8)
	CLEAR(V9)
	CLEAR(V10)
	CLEAR(V11)
	CLEAR(V12)
	CLEAR(V13)
	CLEAR(V14)
	CLEAR(V15)
	CLEAR(V16)
	CLEAR(V17)
	CLEAR(V18)
	CLEAR(V19)
	CLEAR(V20)
	CLEAR(V21)
	CLEAR(V22)
	CLEAR(V23)
	CLEAR(V30)
	CLEAR(V31)

loop:
	FMA(V0)
	FMA(V1)
	FMA(V2)
	FMA(V3)
	FMA(V4)
	FMA(V5)
	FMA(V6)
	FMA(V7)
	FMA(V8)
	FMA(V9)
	FMA(V10)
	FMA(V11)
	FMA(V12)
	FMA(V13)
	FMA(V14)
	FMA(V15)
	FMA(V16)
	FMA(V17)
	FMA(V18)
	FMA(V19)
	FMA(V20)
	FMA(V21)
	FMA(V22)
	FMA(V23)
	SUBS $1, R0, R0
	BNE  loop
	RET

// func Copy(dst, src []float32)
//
//   dst[i] = src[i]
//
// Shapes:   len(src) a multiple of 16 and at least 16, dst as long.
// Features: Advanced SIMD.
// Tail:     none, see the shapes.
//
// Registers:
//   R0, R1   dst, src, walking        R2   elements left        V0 … V3   16 elements

TEXT ·Copy(SB), NOSPLIT, $0-48
	MOVD dst_base+0(FP), R0
	MOVD src_base+24(FP), R1
	MOVD src_len+32(FP), R2

loop:
	VLD1.P 64(R1), [V0.S4, V1.S4, V2.S4, V3.S4]
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R0)
	SUBS   $16, R2, R2
	BNE    loop
	RET
