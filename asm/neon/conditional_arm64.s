#include "textflag.h"
#include "simd_arm64.h"

// func ConditionalSquares(sums, w []float32, columns []int32, mu, invSigma []float32)
//
//   sums[i] = Σ_b z²,  z = (w[columns[b], i] − mu[b])·invSigma[b], a chain of fma over b
//
// Shapes:   n = len(sums), a multiple of 16; w: rows of n; len(columns) values of mu and invSigma.
// Features: NEON.
// Tail:     none; 16 sums at a time.
//
// Registers:
//   R0, R1   sums, how many are left   V0 … V3     16 sums
//   R2, R3   w, bytes of its rows      V4 … V7     z
//   R4, R5   columns, their number     V16, V17    mu[b], invSigma[b]
//   R6, R7   mu, invSigma              R8 … R10    columns, mu, invSigma from b on
//   R11, R12 columns left, row of w

// z is the number of the register named v.
#define SQUARE(z, v, sum) \
	VFSUB_S4(16, z, z)         \
	VFMUL_S4(17, z, z)         \
	VFMLA v.S4, v.S4, sum.S4

TEXT ·ConditionalSquares(SB), NOSPLIT, $0-120
	MOVD sums_base+0(FP), R0
	MOVD sums_len+8(FP), R1
	MOVD w_base+24(FP), R2
	MOVD columns_base+48(FP), R4
	MOVD columns_len+56(FP), R5
	MOVD mu_base+72(FP), R6
	MOVD invSigma_base+96(FP), R7
	LSL  $2, R1, R3

block:
	CBZ  R1, done
	SUB  $16, R1, R1
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	MOVD R4, R8
	MOVD R6, R9
	MOVD R7, R10
	MOVD R5, R11

loop:
	CBZ     R11, store
	SUB     $1, R11, R11
	MOVW.P  4(R8), R12
	MADD    R3, R2, R12, R12
	VLD1R.P 4(R9), [V16.S4]
	VLD1R.P 4(R10), [V17.S4]
	VLD1    (R12), [V4.S4, V5.S4, V6.S4, V7.S4]
	SQUARE(4, V4, V0)
	SQUARE(5, V5, V1)
	SQUARE(6, V6, V2)
	SQUARE(7, V7, V3)
	B       loop

store:
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R0)
	ADD    $64, R2, R2
	B      block

done:
	RET
