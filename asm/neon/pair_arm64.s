#include "textflag.h"
#include "simd_arm64.h"
#include "math_arm64.h"

// func PairLogDensity(c []float64, w, mu, invSigma []float32, logNorm float64)
//
//   c[j] = logNorm − ½ Σ_p z²,  z = (w[j,p] − μ[p])·(1/σ[p]): z in float32, z² and the sum in float64
//
// Shapes:   j < n = len(c), p < d = len(mu), both any; w is n×d, contiguous.
// Features: NEON.
// Tail:     16 elements of a row at a time; for the last 0 … 15 the lanes of the sum go to the stack and
//           four elements are added at a time, the last 1 … 3 of them beside zeros, which change nothing.
//
// Registers:
//   R0, R7    c, rows left                  V0 … V7      lanes 2i, 2i+1 of the sum in Vi
//   R1        w, walking over all rows      V8 … V11     w, z
//   R2, R8    elements of the row left, d   V12 … V15    μ
//   R3, R5    μ, its start                  V16 … V19    1/σ
//   R4, R6    1/σ, its start                V20 … V27    z in float64
//   R9        lanes on the stack            F28, F29     logNorm, ½

// func PairLogDensity(c []float64, w, mu, invSigma []float32, logNorm float64)
TEXT ·PairLogDensity(SB), NOSPLIT, $128-104
	MOVD  c_base+0(FP), R0
	MOVD  c_len+8(FP), R7
	MOVD  w_base+24(FP), R1
	MOVD  mu_base+48(FP), R5
	MOVD  mu_len+56(FP), R8
	MOVD  invSigma_base+72(FP), R6
	FMOVD logNorm+96(FP), F28
	FMOVD $0.5, F29

row:
	SUBS $1, R7, R7
	BLT  done
	MOVD R5, R3
	MOVD R6, R4
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16
	SUBS $16, R8, R2
	BLT  rest

loop:
	VLD1.P 64(R1), [V8.S4, V9.S4, V10.S4, V11.S4]
	VLD1.P 64(R3), [V12.S4, V13.S4, V14.S4, V15.S4]
	VLD1.P 64(R4), [V16.S4, V17.S4, V18.S4, V19.S4]
	VFSUB_S4(12, 8, 8)
	VFSUB_S4(13, 9, 9)
	VFSUB_S4(14, 10, 10)
	VFSUB_S4(15, 11, 11)
	VFMUL_S4(16, 8, 8)                   // z
	VFMUL_S4(17, 9, 9)
	VFMUL_S4(18, 10, 10)
	VFMUL_S4(19, 11, 11)
	VFCVTL_D2(8, 20)
	VFCVTL2_D2(8, 21)
	VFCVTL_D2(9, 22)
	VFCVTL2_D2(9, 23)
	VFCVTL_D2(10, 24)
	VFCVTL2_D2(10, 25)
	VFCVTL_D2(11, 26)
	VFCVTL2_D2(11, 27)
	VFMLA V20.D2, V20.D2, V0.D2          // + z², whose product is exact
	VFMLA V21.D2, V21.D2, V1.D2
	VFMLA V22.D2, V22.D2, V2.D2
	VFMLA V23.D2, V23.D2, V3.D2
	VFMLA V24.D2, V24.D2, V4.D2
	VFMLA V25.D2, V25.D2, V5.D2
	VFMLA V26.D2, V26.D2, V6.D2
	VFMLA V27.D2, V27.D2, V7.D2
	SUBS  $16, R2, R2
	BGE   loop

rest:
	ADDS   $16, R2, R2
	BEQ    sum
	MOVD   $lanes-128(SP), R9
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(R9)
	VST1   [V4.D2, V5.D2, V6.D2, V7.D2], (R9)
	SUB    $64, R9, R9

rest4:
	SUBS   $4, R2, R2
	BLT    tail
	VLD1.P 16(R1), [V8.S4]
	VLD1.P 16(R3), [V12.S4]
	VLD1.P 16(R4), [V16.S4]

add4:
	VFSUB_S4(12, 8, 8)
	VFMUL_S4(16, 8, 8)
	VFCVTL_D2(8, 20)
	VFCVTL2_D2(8, 21)
	FLDPQ (R9), (F0, F1)
	VFMLA V20.D2, V20.D2, V0.D2
	VFMLA V21.D2, V21.D2, V1.D2
	FSTPQ (F0, F1), (R9)
	ADD   $32, R9, R9
	TBZ   $63, R2, rest4
	B     reload

tail:
	CMN  $4, R2
	BEQ  reload
	VEOR V8.B16, V8.B16, V8.B16
	VEOR V12.B16, V12.B16, V12.B16
	VEOR V16.B16, V16.B16, V16.B16
	LOADPART(R1, V8)
	LOADPART(R3, V12)
	LOADPART(R4, V16)
	B    add4

reload:
	MOVD   $lanes-128(SP), R9
	VLD1.P 64(R9), [V0.D2, V1.D2, V2.D2, V3.D2]
	VLD1   (R9), [V4.D2, V5.D2, V6.D2, V7.D2]

sum:
	TREE64
	FMULD   F29, F0
	FSUBD   F0, F28, F0
	FMOVD.P F0, 8(R0)
	B       row

done:
	RET

// func PairGrad(dw, w, mu, invSigma, coefficients []float32, stride, n int)
//
//   dw[p] = Σ_i a_i·t·(1/σ[i,p]),  t = (w[p] − μ[i,p])·(1/σ[i,p]),  a_i = coefficients[i·stride]:
//   an FMA chain from 0 in increasing i, those with a_i = 0 left out
//
// Shapes:   p < d = len(w), i < n, both any; mu and invSigma n×d, contiguous; stride in elements.
// Features: NEON.
// Method:   16 elements of dw stay in registers over all i, then 4.
// Tail:     the last 1 … 3 elements are loaded and stored lane by lane.
//
// Registers:
//   R0, R1        dw, w, walking over p           V0 … V3      dw
//   R2            elements left                   V4 … V7      w
//   R3, R4        mu, invSigma, walking over p    V8 … V11     μ, t
//   R5, R6, R7    mu, invSigma, a_i               V12 … V15    1/σ
//   R8, R11       components left, n              V16          a_i
//   R9, R10       bytes of stride and of a row    R12, R13     mu, invSigma in the tail
//   R14           coefficients

// For every i with a_i ≠ 0: load μ and 1/σ at R5 and R6, and add to dw.
#define COMPONENTS(loop, next, done, load, add) \
	CBZ   R11, done                          \
	MOVD  R3, R5                             \
	MOVD  R4, R6                             \
	MOVD  R14, R7                            \
	MOVD  R11, R8                            \
loop: \
	FMOVS (R7), F16                          \
	ADD   R9, R7, R7                         \
	FCMPS $(0.0), F16                        \
	BEQ   next                               \
	VDUP  V16.S[0], V16.S4                   \
	load                                     \
	add                                      \
next: \
	ADD   R10, R5, R5                        \
	ADD   R10, R6, R6                        \
	SUBS  $1, R8, R8                         \
	BNE   loop                               \
done:

#define LOAD16 \
	VLD1  (R5), [V8.S4, V9.S4, V10.S4, V11.S4]    \
	VLD1  (R6), [V12.S4, V13.S4, V14.S4, V15.S4]

#define LOAD4 \
	VLD1  (R5), [V8.S4]                      \
	VLD1  (R6), [V12.S4]

#define LOADTAIL \
	MOVD  R5, R12                            \
	MOVD  R6, R13                            \
	LOADPART(R12, V8)                        \
	LOADPART(R13, V12)

#define ADD4 \
	VFSUB_S4(8, 4, 8)                        \
	VFMUL_S4(12, 8, 8)                       \
	VFMUL_S4(12, 8, 8)                       \
	VFMLA V16.S4, V8.S4, V0.S4

#define ADD16 \
	ADD4                                     \
	VFSUB_S4(9, 5, 9)                        \
	VFSUB_S4(10, 6, 10)                      \
	VFSUB_S4(11, 7, 11)                      \
	VFMUL_S4(13, 9, 9)                       \
	VFMUL_S4(14, 10, 10)                     \
	VFMUL_S4(15, 11, 11)                     \
	VFMUL_S4(13, 9, 9)                       \
	VFMUL_S4(14, 10, 10)                     \
	VFMUL_S4(15, 11, 11)                     \
	VFMLA V16.S4, V9.S4, V1.S4               \
	VFMLA V16.S4, V10.S4, V2.S4              \
	VFMLA V16.S4, V11.S4, V3.S4

// func PairGrad(dw, w, mu, invSigma, coefficients []float32, stride, n int)
TEXT ·PairGrad(SB), NOSPLIT, $0-136
	MOVD dw_base+0(FP), R0
	MOVD w_base+24(FP), R1
	MOVD w_len+32(FP), R2
	MOVD mu_base+48(FP), R3
	MOVD invSigma_base+72(FP), R4
	MOVD coefficients_base+96(FP), R14
	MOVD stride+120(FP), R9
	MOVD n+128(FP), R11
	LSL  $2, R9, R9
	LSL  $2, R2, R10
	SUBS $16, R2, R2
	BLT  rest

sixteen:
	VLD1.P 64(R1), [V4.S4, V5.S4, V6.S4, V7.S4]
	VEOR   V0.B16, V0.B16, V0.B16
	VEOR   V1.B16, V1.B16, V1.B16
	VEOR   V2.B16, V2.B16, V2.B16
	VEOR   V3.B16, V3.B16, V3.B16
	COMPONENTS(loop16, next16, done16, LOAD16, ADD16)
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R0)
	ADD    $64, R3, R3
	ADD    $64, R4, R4
	SUBS   $16, R2, R2
	BGE    sixteen

rest:
	ADD $16, R2, R2

four:
	SUBS   $4, R2, R2
	BLT    tail
	VLD1.P 16(R1), [V4.S4]
	VEOR   V0.B16, V0.B16, V0.B16
	COMPONENTS(loop4, next4, done4, LOAD4, ADD4)
	VST1.P [V0.S4], 16(R0)
	ADD    $16, R3, R3
	ADD    $16, R4, R4
	B      four

tail:
	CMN  $4, R2
	BEQ  done
	LOADPART(R1, V4)
	VEOR V0.B16, V0.B16, V0.B16
	COMPONENTS(looptail, nexttail, donetail, LOADTAIL, ADD4)
	STOREPART(V0, R0)

done:
	RET

// func PermutedPair(w, mu, invSigma []float32, columns []int32) float64
//
//   Σ_b z²,  z = (w[columns[b]] − μ[b])·(1/σ[b]): z in float32, z² and the sum in float64
//
// Shapes:   b < len(columns), any.
// Features: NEON; w is gathered lane by lane.
// Tail:     as in PairLogDensity.
//
// Registers:
//   R0, R5    w, its last index           V0 … V7      lanes 2i, 2i+1 of the sum in Vi
//   R1        columns                     V8           w, z
//   R2        elements left               V12, V16     μ, 1/σ
//   R3, R4    mu, invSigma                V20, V21     z in float64
//   R6, R7    clobbered                   R9           lanes on the stack

#define GATHER(lane) \
	MOVWU.P 4(R1), R6              \
	CMP     R5, R6                 \
	CSEL    HI, R5, R6, R6         \
	ADD     R6<<2, R0, R7          \
	VLD1    (R7), lane

#define GATHER4 \
	GATHER(V8.S[0])                \
	GATHER(V8.S[1])                \
	GATHER(V8.S[2])                \
	GATHER(V8.S[3])                \
	VLD1.P  16(R3), [V12.S4]       \
	VLD1.P  16(R4), [V16.S4]

#define SQUARE4(lo, hi) \
	VFSUB_S4(12, 8, 8)             \
	VFMUL_S4(16, 8, 8)             \
	VFCVTL_D2(8, 20)               \
	VFCVTL2_D2(8, 21)              \
	VFMLA   V20.D2, V20.D2, lo.D2  \
	VFMLA   V21.D2, V21.D2, hi.D2

// func PermutedPair(w, mu, invSigma []float32, columns []int32) float64
TEXT ·PermutedPair(SB), NOSPLIT, $128-104
	MOVD w_base+0(FP), R0
	MOVD w_len+8(FP), R5
	MOVD mu_base+24(FP), R3
	MOVD invSigma_base+48(FP), R4
	MOVD columns_base+72(FP), R1
	MOVD columns_len+80(FP), R2
	SUB  $1, R5, R5
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
	GATHER4
	SQUARE4(V0, V1)
	GATHER4
	SQUARE4(V2, V3)
	GATHER4
	SQUARE4(V4, V5)
	GATHER4
	SQUARE4(V6, V7)
	SUBS $16, R2, R2
	BGE  loop

rest:
	ADDS   $16, R2, R2
	BEQ    sum
	MOVD   $lanes-128(SP), R9
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(R9)
	VST1   [V4.D2, V5.D2, V6.D2, V7.D2], (R9)
	SUB    $64, R9, R9

rest4:
	SUBS $4, R2, R2
	BLT  tail
	GATHER4

add4:
	FLDPQ (R9), (F0, F1)
	SQUARE4(V0, V1)
	FSTPQ (F0, F1), (R9)
	ADD   $32, R9, R9
	TBZ   $63, R2, rest4
	B     reload

tail:
	CMN  $4, R2
	BEQ  reload
	VEOR V8.B16, V8.B16, V8.B16
	VEOR V12.B16, V12.B16, V12.B16
	VEOR V16.B16, V16.B16, V16.B16
	GATHER(V8.S[0])
	TBZ  $1, R2, gathered
	GATHER(V8.S[1])
	TBZ  $0, R2, gathered
	GATHER(V8.S[2])

gathered:
	LOADPART(R3, V12)
	LOADPART(R4, V16)
	B add4

reload:
	MOVD   $lanes-128(SP), R9
	VLD1.P 64(R9), [V0.D2, V1.D2, V2.D2, V3.D2]
	VLD1   (R9), [V4.D2, V5.D2, V6.D2, V7.D2]

sum:
	TREE64
	FMOVD F0, ret+96(FP)
	RET

// func PermutedGradAdd(dw, w, mu, invSigma []float32, columns []int32, coefficient float32)
//
//   dw[j] = fma(coefficient, t·(1/σ[b]), dw[j]),  t = (w[j] − μ[b])·(1/σ[b]),  j = columns[b]
//
// Shapes:   b < len(columns), any.
// Features: none but the scalar unit's: there is no scatter.
// Tail:     none.
//
// Registers:
//   R0, R3         dw, w             R5, R6         j, the last index of w
//   R1, R2         columns, left     F0             t
//   R4, R7         mu, invSigma      F1 … F4        μ, 1/σ, dw, coefficient

// func PermutedGradAdd(dw, w, mu, invSigma []float32, columns []int32, coefficient float32)
TEXT ·PermutedGradAdd(SB), NOSPLIT, $0-124
	MOVD  dw_base+0(FP), R0
	MOVD  w_base+24(FP), R3
	MOVD  w_len+32(FP), R6
	MOVD  mu_base+48(FP), R4
	MOVD  invSigma_base+72(FP), R7
	MOVD  columns_base+96(FP), R1
	MOVD  columns_len+104(FP), R2
	FMOVS coefficient+120(FP), F4
	SUB   $1, R6, R6
	CBZ   R2, done

loop:
	MOVWU.P 4(R1), R5
	CMP     R6, R5
	CSEL    HI, R6, R5, R5
	FMOVS   (R3)(R5<<2), F0
	FMOVS.P 4(R4), F1
	FMOVS.P 4(R7), F2
	FMOVS   (R0)(R5<<2), F3
	FSUBS   F1, F0, F0
	FMULS   F2, F0, F0
	FMULS   F2, F0, F0
	FMADDS  F4, F3, F0, F3      // dw + t·coefficient
	FMOVS   F3, (R0)(R5<<2)
	SUBS    $1, R2, R2
	BNE     loop

done:
	RET
