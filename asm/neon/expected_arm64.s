#include "textflag.h"
#include "simd_arm64.h"

// Sixteen float64 zeros in V0 … V7.
#define CLEARSUMS \
	VEOR V0.B16, V0.B16, V0.B16 \
	VEOR V1.B16, V1.B16, V1.B16 \
	VEOR V2.B16, V2.B16, V2.B16 \
	VEOR V3.B16, V3.B16, V3.B16 \
	VEOR V4.B16, V4.B16, V4.B16 \
	VEOR V5.B16, V5.B16, V5.B16 \
	VEOR V6.B16, V6.B16, V6.B16 \
	VEOR V7.B16, V7.B16, V7.B16

// func ExpectedMoments(mean, second, x, p []float64)
//
//   mean[i] = Σ_j p[j]·x[j, i],  second[i] = Σ_j (p[j]·x[j, i])·x[j, i], products rounded
//
// Shapes:   n = len(mean), a multiple of 16; x: len(p) rows of n.
// Features: NEON.
// Tail:     none; 16 elements at a time.
//
// Registers:
//   R0, R1   mean, second                V0 … V7     16 means
//   R2       elements left               V8 … V15    16 second moments
//   R3, R4   x, bytes of its rows        V16 … V23   x
//   R5, R6   p, its length               V24, V25    p[j], y
//   R7 … R10 p and x from j on, rows left, x's second half

// x, mean and second are the numbers of their vectors.
#define MOMENT(x, mean, second) \
	VFMUL_D2(24, x, 25)            \
	VFADD_D2(25, mean, mean)       \
	VFMUL_D2(x, 25, 25)            \
	VFADD_D2(25, second, second)

TEXT ·ExpectedMoments(SB), NOSPLIT, $0-96
	MOVD mean_base+0(FP), R0
	MOVD mean_len+8(FP), R2
	MOVD second_base+24(FP), R1
	MOVD x_base+48(FP), R3
	MOVD p_base+72(FP), R5
	MOVD p_len+80(FP), R6
	LSL  $3, R2, R4

block:
	CBZ  R2, done
	SUB  $16, R2, R2
	CLEARSUMS
	VEOR V8.B16, V8.B16, V8.B16
	VEOR V9.B16, V9.B16, V9.B16
	VEOR V10.B16, V10.B16, V10.B16
	VEOR V11.B16, V11.B16, V11.B16
	VEOR V12.B16, V12.B16, V12.B16
	VEOR V13.B16, V13.B16, V13.B16
	VEOR V14.B16, V14.B16, V14.B16
	VEOR V15.B16, V15.B16, V15.B16
	MOVD R5, R7
	MOVD R3, R8
	MOVD R6, R9

row:
	CBZ     R9, store
	SUB     $1, R9, R9
	VLD1R.P 8(R7), [V24.D2]
	ADD     $64, R8, R10
	VLD1    (R8), [V16.D2, V17.D2, V18.D2, V19.D2]
	VLD1    (R10), [V20.D2, V21.D2, V22.D2, V23.D2]
	ADD     R4, R8, R8
	MOMENT(16, 0, 8)
	MOMENT(17, 1, 9)
	MOMENT(18, 2, 10)
	MOMENT(19, 3, 11)
	MOMENT(20, 4, 12)
	MOMENT(21, 5, 13)
	MOMENT(22, 6, 14)
	MOMENT(23, 7, 15)
	B       row

store:
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(R0)
	VST1.P [V4.D2, V5.D2, V6.D2, V7.D2], 64(R0)
	VST1.P [V8.D2, V9.D2, V10.D2, V11.D2], 64(R1)
	VST1.P [V12.D2, V13.D2, V14.D2, V15.D2], 64(R1)
	ADD    $128, R3, R3
	B      block

done:
	RET

// func ExpectedSquares(total, mean, variance, mu, precision []float64)
//
//   total[i] = Σ_k ((mean[k, i] - mu[k])² + variance[k, i])·precision[k], products rounded
//
// Shapes:   n = len(total), a multiple of 16; mean and variance: len(mu) rows of n.
// Features: NEON.
// Tail:     none; 16 elements at a time.
//
// Registers:
//   R0        total                        V0 … V7     16 sums
//   R2        elements left                V8 … V15    variance
//   R1, R3    mean, variance               V16 … V23   mean, z
//   R4        bytes of their rows          V24, V25    mu[k], precision[k]
//   R5, R6    mu, its length               R7 … R9     mu, precision from k on, rows left
//   R10       precision                    R11 … R13   mean and variance from k on, a second half

// z, of and sum are the numbers of their vectors.
#define SQUARE(z, of, sum) \
	VFSUB_D2(24, z, z)       \
	VFMUL_D2(z, z, z)        \
	VFADD_D2(of, z, z)       \
	VFMUL_D2(25, z, z)       \
	VFADD_D2(z, sum, sum)

TEXT ·ExpectedSquares(SB), NOSPLIT, $0-120
	MOVD total_base+0(FP), R0
	MOVD total_len+8(FP), R2
	MOVD mean_base+24(FP), R1
	MOVD variance_base+48(FP), R3
	MOVD mu_base+72(FP), R5
	MOVD mu_len+80(FP), R6
	MOVD precision_base+96(FP), R10
	LSL  $3, R2, R4

sums:
	CBZ  R2, end
	SUB  $16, R2, R2
	CLEARSUMS
	MOVD R5, R7
	MOVD R10, R8
	MOVD R6, R9
	MOVD R1, R11
	MOVD R3, R12

term:
	CBZ     R9, write
	SUB     $1, R9, R9
	VLD1R.P 8(R7), [V24.D2]
	VLD1R.P 8(R8), [V25.D2]
	ADD     $64, R11, R13
	VLD1    (R11), [V16.D2, V17.D2, V18.D2, V19.D2]
	VLD1    (R13), [V20.D2, V21.D2, V22.D2, V23.D2]
	ADD     R4, R11, R11
	ADD     $64, R12, R13
	VLD1    (R12), [V8.D2, V9.D2, V10.D2, V11.D2]
	VLD1    (R13), [V12.D2, V13.D2, V14.D2, V15.D2]
	ADD     R4, R12, R12
	SQUARE(16, 8, 0)
	SQUARE(17, 9, 1)
	SQUARE(18, 10, 2)
	SQUARE(19, 11, 3)
	SQUARE(20, 12, 4)
	SQUARE(21, 13, 5)
	SQUARE(22, 14, 6)
	SQUARE(23, 15, 7)
	B       term

write:
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(R0)
	VST1.P [V4.D2, V5.D2, V6.D2, V7.D2], 64(R0)
	ADD    $128, R1, R1
	ADD    $128, R3, R3
	B      sums

end:
	RET
