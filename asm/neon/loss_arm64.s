#include "textflag.h"
#include "simd_arm64.h"
#include "math_arm64.h"

// func Softmax(p, x []float32) (largest, sum float32)
//
//   largest = max x,  sum = Σ exp(x − largest),  p = exp(x − largest)/sum
//
// Shapes:   any length above 0; p may be x.
// Features: NEON.
// Tail:     the last 1 … 3 elements are loaded and stored lane by lane; in the maximum they lie beside
//           the maximum so far, in the sum beside zeros.
//
// The largest is x[0] unless a later x compares greater, so NaN is passed over after x[0], and of several
// zeros the first counts. The sixteen lanes of the sum wait in memory.
//
// Registers:
//   R0, R4   p, its start           V0          x, exp(x − largest)
//   R1, R3   x, its start           V1 … V3     clobbered
//   R2, R5   elements left − 4, n   V4          this vector's lanes of the sum, then the sum
//   R6, R7   lanes, this vector's   V5          largest; the others: see math_arm64.h
//   R8, R9   clobbered

// v = the larger lanes of v and u, v's unless u's compare greater.
#define LARGER(v, nv, u, nu) \
	VFCMGT_S4(nv, nu, 1)         \
	VBIT V1.B16, u.B16, v.B16

#define SOFTMAXSUM \
	ADD   R6, R7, R8             \
	FMOVQ (R8), F4               \
	VFADD_S4(0, 4, 4)            \
	FMOVQ F4, (R8)               \
	ADD   $16, R7, R7            \
	AND   $63, R7, R7

// func Softmax(p, x []float32) (largest, sum float32)
TEXT ·Softmax(SB), NOSPLIT, $64-56
	MOVD  p_base+0(FP), R4
	MOVD  x_base+24(FP), R3
	MOVD  x_len+32(FP), R5
	MOVD  R3, R1
	MOVD  R5, R2
	VLD1R (R1), [V5.S4]

max:
	SUBS   $4, R2, R2
	BLT    maxtail
	VLD1.P 16(R1), [V0.S4]
	LARGER(V5, 5, V0, 0)
	B      max

maxtail:
	CMN  $4, R2
	BEQ  maxlanes
	VMOV V5.B16, V0.B16
	LOADPART(R1, V0)
	LARGER(V5, 5, V0, 0)

maxlanes:
	VDUP V5.D[1], V0.D2
	LARGER(V5, 5, V0, 0)
	VDUP V5.S[1], V0.S4
	LARGER(V5, 5, V0, 0)

	// Lane 0 is the largest, but for the sign of a zero.
	FCMPS $(0.0), F5
	BNE   exp
	MOVD  R3, R1

zero:
	FMOVS.P 4(R1), F5
	FCMPS   $(0.0), F5
	BNE     zero

exp:
	FMOVS F5, largest+48(FP)
	VDUP  V5.S[0], V5.S4
	LOADEXP(R8)
	MOVD  $lanes-64(SP), R6
	VEOR  V0.B16, V0.B16, V0.B16
	FSTPQ (F0, F0), (R6)
	FSTPQ (F0, F0), 32(R6)
	MOVD  ZR, R7
	MOVD  R3, R1
	MOVD  R4, R0
	MOVD  R5, R2

loop:
	SUBS   $4, R2, R2
	BLT    tail
	VLD1.P 16(R1), [V0.S4]
	VFSUB_S4(5, 0, 0)
	EXPBELOW
	VST1.P [V0.S4], 16(R0)
	SOFTMAXSUM
	B      loop

tail:
	CMN  $4, R2
	BEQ  sum
	VEOR V0.B16, V0.B16, V0.B16
	LOADPART(R1, V0)
	VFSUB_S4(5, 0, 0)
	EXPBELOW
	STOREPART(V0, R0)
	PARTMASK(R8, R9, V1)
	VAND V1.B16, V0.B16, V0.B16
	SOFTMAXSUM

sum:
	VLD1  (R6), [V0.S4, V1.S4, V2.S4, V3.S4]
	TREE32
	FMOVS F0, sum+52(FP)
	VDUP  V0.S[0], V4.S4
	MOVD  R4, R0
	MOVD  R5, R2

div:
	SUBS   $4, R2, R2
	BLT    divtail
	VLD1   (R0), [V0.S4]
	VFDIV_S4(4, 0, 0)
	VST1.P [V0.S4], 16(R0)
	B      div

divtail:
	CMN  $4, R2
	BEQ  done
	MOVD R0, R1
	LOADPART(R1, V0)
	VFDIV_S4(4, 0, 0)
	STOREPART(V0, R0)

done:
	RET

// func Multiply(y []float32, scale float32)
//
//   y[j] = y[j]·scale
//
// Shapes:   any length.
// Features: NEON.
// Tail:     the last 1 … 3 elements are loaded and stored lane by lane.
//
// Registers: R0, R1 y; R2 elements left − 4; V0 y; V1 scale.

// func Multiply(y []float32, scale float32)
TEXT ·Multiply(SB), NOSPLIT, $0-28
	MOVD  y_base+0(FP), R0
	MOVD  y_len+8(FP), R2
	FMOVS scale+24(FP), F1
	VDUP  V1.S[0], V1.S4

loop:
	SUBS   $4, R2, R2
	BLT    tail
	VLD1   (R0), [V0.S4]
	VFMUL_S4(1, 0, 0)
	VST1.P [V0.S4], 16(R0)
	B      loop

tail:
	CMN  $4, R2
	BEQ  done
	MOVD R0, R1
	LOADPART(R1, V0)
	VFMUL_S4(1, 0, 0)
	STOREPART(V0, R0)

done:
	RET

// func GaussianNLL(grad, prediction, target []float32, invNoise, constant, scale float32) float32
//
//   r = (prediction − target)·invNoise;  grad = scale·r·invNoise;  fma(½, Σ fma(r, r, ·), constant)
//
// Shapes:   any length (len(prediction)); grad may be prediction.
// Features: NEON.
// Tail:     16 elements at a time; for the last 0 … 15 the lanes of the sum go to the stack and four
//           elements are treated at a time, the last 1 … 3 loaded and stored lane by lane beside zeros.
//
// Registers:
//   R0, R1, R3   grad, prediction, target     V0 … V3      lanes 4i … 4i+3 of the sum in Vi
//   R2           elements left                V4 … V7      prediction, r
//   R4           lanes on the stack           V8 … V11     target, then grad
//   R5, R6       clobbered                    V16 … V18    invNoise, constant, scale

// func GaussianNLL(grad, prediction, target []float32, invNoise, constant, scale float32) float32
TEXT ·GaussianNLL(SB), NOSPLIT, $64-92
	MOVD  grad_base+0(FP), R0
	MOVD  prediction_base+24(FP), R1
	MOVD  prediction_len+32(FP), R2
	MOVD  target_base+48(FP), R3
	FMOVS invNoise+72(FP), F16
	FMOVS constant+76(FP), F17
	FMOVS scale+80(FP), F18
	VDUP  V16.S[0], V16.S4
	VDUP  V18.S[0], V18.S4
	VEOR  V0.B16, V0.B16, V0.B16
	VEOR  V1.B16, V1.B16, V1.B16
	VEOR  V2.B16, V2.B16, V2.B16
	VEOR  V3.B16, V3.B16, V3.B16
	SUBS  $16, R2, R2
	BLT   rest

loop:
	VLD1.P 64(R1), [V4.S4, V5.S4, V6.S4, V7.S4]
	VLD1.P 64(R3), [V8.S4, V9.S4, V10.S4, V11.S4]
	VFSUB_S4(8, 4, 4)
	VFSUB_S4(9, 5, 5)
	VFSUB_S4(10, 6, 6)
	VFSUB_S4(11, 7, 7)
	VFMUL_S4(16, 4, 4)                  // r
	VFMUL_S4(16, 5, 5)
	VFMUL_S4(16, 6, 6)
	VFMUL_S4(16, 7, 7)
	VFMLA  V4.S4, V4.S4, V0.S4          // + r²
	VFMLA  V5.S4, V5.S4, V1.S4
	VFMLA  V6.S4, V6.S4, V2.S4
	VFMLA  V7.S4, V7.S4, V3.S4
	VFMUL_S4(4, 18, 8)
	VFMUL_S4(5, 18, 9)
	VFMUL_S4(6, 18, 10)
	VFMUL_S4(7, 18, 11)
	VFMUL_S4(16, 8, 8)                  // scale·r·invNoise
	VFMUL_S4(16, 9, 9)
	VFMUL_S4(16, 10, 10)
	VFMUL_S4(16, 11, 11)
	VST1.P [V8.S4, V9.S4, V10.S4, V11.S4], 64(R0)
	SUBS   $16, R2, R2
	BGE    loop

rest:
	ADDS $16, R2, R2
	BEQ  sum
	MOVD $lanes-64(SP), R4
	VST1 [V0.S4, V1.S4, V2.S4, V3.S4], (R4)

rest4:
	SUBS   $4, R2, R2
	BLT    tail
	VLD1.P 16(R1), [V4.S4]
	VLD1.P 16(R3), [V8.S4]
	VFSUB_S4(8, 4, 4)
	VFMUL_S4(16, 4, 4)
	VFMUL_S4(4, 18, 8)
	VFMUL_S4(16, 8, 8)
	VST1.P [V8.S4], 16(R0)

add4:
	FMOVQ (R4), F0
	VFMLA V4.S4, V4.S4, V0.S4
	FMOVQ F0, (R4)
	ADD   $16, R4, R4
	TBZ   $63, R2, rest4
	B     reload

tail:
	CMN  $4, R2
	BEQ  reload
	LOADPART(R1, V4)
	LOADPART(R3, V8)
	VFSUB_S4(8, 4, 4)
	VFMUL_S4(16, 4, 4)
	VFMUL_S4(4, 18, 8)
	VFMUL_S4(16, 8, 8)
	STOREPART(V8, R0)
	PARTMASK(R5, R6, V5)
	VAND V5.B16, V4.B16, V4.B16
	B    add4

reload:
	MOVD $lanes-64(SP), R4
	VLD1 (R4), [V0.S4, V1.S4, V2.S4, V3.S4]

sum:
	TREE32
	FMOVS $0.5, F1
	VFMLA V1.S4, V0.S4, V17.S4          // constant + ½·sum
	FMOVS F17, ret+88(FP)
	RET
