#include "textflag.h"
#include "simd_arm64.h"
#include "math_arm64.h"

// func Sum(x []float32) float64
//
//   Σ x[i] in float64: element i in lane i mod 16, lanes l and l + 8 added, then 4, 2 and 1
//
// Shapes:   any length.
// Features: NEON.
// Tail:     for the last 0 … 15 elements the lanes go to the stack and four elements are added
//           at a time, the last 1 … 3 of them beside zeros, which change nothing.
//
// Registers:
//   R1   x                      V0 … V7      lanes 2i, 2i+1 of the sum in Vi
//   R2   elements left          V8 … V11     x
//   R3   lanes on the stack     V12 … V19    x in float64

// func Sum(x []float32) float64
TEXT ·Sum(SB), NOSPLIT, $128-32
	MOVD x_base+0(FP), R1
	MOVD x_len+8(FP), R2
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16
	SUBS $16, R2, R2
	BLT  rest

loop:
	VLD1.P 64(R1), [V8.S4, V9.S4, V10.S4, V11.S4]
	VFCVTL_D2(8, 12)
	VFCVTL2_D2(8, 13)
	VFCVTL_D2(9, 14)
	VFCVTL2_D2(9, 15)
	VFCVTL_D2(10, 16)
	VFCVTL2_D2(10, 17)
	VFCVTL_D2(11, 18)
	VFCVTL2_D2(11, 19)
	VFADD_D2(12, 0, 0)
	VFADD_D2(13, 1, 1)
	VFADD_D2(14, 2, 2)
	VFADD_D2(15, 3, 3)
	VFADD_D2(16, 4, 4)
	VFADD_D2(17, 5, 5)
	VFADD_D2(18, 6, 6)
	VFADD_D2(19, 7, 7)
	SUBS   $16, R2, R2
	BGE    loop

rest:
	ADDS   $16, R2, R2
	BEQ    sum
	MOVD   $lanes-128(SP), R3
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(R3)
	VST1   [V4.D2, V5.D2, V6.D2, V7.D2], (R3)
	SUB    $64, R3, R3

rest4:
	SUBS   $4, R2, R2
	BLT    tail
	VLD1.P 16(R1), [V8.S4]

add4:
	VFCVTL_D2(8, 12)
	VFCVTL2_D2(8, 13)
	FLDPQ (R3), (F0, F1)
	VFADD_D2(12, 0, 0)
	VFADD_D2(13, 1, 1)
	FSTPQ (F0, F1), (R3)
	ADD   $32, R3, R3
	TBZ   $63, R2, rest4
	B     reload

tail:
	CMN  $4, R2
	BEQ  reload
	VEOR V8.B16, V8.B16, V8.B16
	LOADPART(R1, V8)
	B    add4

reload:
	MOVD   $lanes-128(SP), R3
	VLD1.P 64(R3), [V0.D2, V1.D2, V2.D2, V3.D2]
	VLD1   (R3), [V4.D2, V5.D2, V6.D2, V7.D2]

sum:
	TREE64
	FMOVD F0, ret+24(FP)
	RET

// func SumLog(x []float32) float64
//
//   Σ log x[i], the logarithms in float32, their sum as Sum's
//
// Shapes:   any length.
// Features: NEON.
// Tail:     the last 1 … 3 elements are loaded lane by lane, the other lanes' logarithms cleared.
//
// The sixteen lanes of the sum wait in memory: a vector's logarithm takes far longer than the way there.
//
// Registers:
//   R1               x                          V0, V18, V19   x, log x, the lanes' sums
//   R2               elements left − 4          V1 … V7        clobbered
//   R5, R6, R7, R8   the lanes, this vector's   others: see math_arm64.h

#define SUMLOG \
	ADD   R5, R6, R7                    \
	FLDPQ (R7), (F18, F19)              \
	VFCVTL_D2(0, 1)                     \
	VFCVTL2_D2(0, 2)                    \
	VFADD_D2(1, 18, 18)                 \
	VFADD_D2(2, 19, 19)                 \
	FSTPQ (F18, F19), (R7)              \
	ADD   $32, R6, R6                   \
	AND   $127, R6, R6

// func SumLog(x []float32) float64
TEXT ·SumLog(SB), NOSPLIT, $128-32
	MOVD x_base+0(FP), R1
	MOVD x_len+8(FP), R2
	LOADLOG(R5)
	MOVD $lanes-128(SP), R5
	CLEARLANES64(R5, R6)
	MOVD ZR, R6

loop:
	SUBS   $4, R2, R2
	BLT    tail
	VLD1.P 16(R1), [V0.S4]
	LOG
	SUMLOG
	B      loop

tail:
	CMN  $4, R2
	BEQ  done
	VEOR V0.B16, V0.B16, V0.B16
	LOADPART(R1, V0)
	LOG
	PARTMASK(R7, R8, V7)
	VAND V7.B16, V0.B16, V0.B16
	SUMLOG

done:
	VLD1.P 64(R5), [V0.D2, V1.D2, V2.D2, V3.D2]
	VLD1   (R5), [V4.D2, V5.D2, V6.D2, V7.D2]
	TREE64
	FMOVD  F0, ret+24(FP)
	RET
