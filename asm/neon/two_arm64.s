#include "textflag.h"
#include "simd_arm64.h"
#include "math_arm64.h"

// Two rows at a time of what conditional_arm64.s, expected_arm64.s and importance_arm64.s do with one:
// they read the same matrix, which is larger than the first-level cache, and one row's division and
// sum of lanes are done beside the other's. Every number's chain of operations is the same.
// Features: NEON.

#define CLEAR8(a, b, c, d, e, f, g, h) \
	VEOR a.B16, a.B16, a.B16 \
	VEOR b.B16, b.B16, b.B16 \
	VEOR c.B16, c.B16, c.B16 \
	VEOR d.B16, d.B16, d.B16 \
	VEOR e.B16, e.B16, e.B16 \
	VEOR f.B16, f.B16, f.B16 \
	VEOR g.B16, g.B16, g.B16 \
	VEOR h.B16, h.B16, h.B16

// func ConditionalSquaresOfTwo(sums, w []float32, columns []int32, mu, invSigma []float32)
//
//   sums[r, i] = Σ_b z²,  z = (w[columns[b], i] − mu[r, b])·invSigma[r, b], a chain of fma over b
//
// Shapes:   n = len(sums)/2, a multiple of 16; w: rows of n; mu and invSigma: two rows of len(columns).
// Tail:     none; 16 sums of each row at a time.
//
// Registers:
//   R0, R13  sums of both rows             V0 … V3, V4 … V7   16 sums of each
//   R1       sums left                     V16 … V19          w, z of row 1
//   R2, R3   w, bytes of its rows          V20, V21           mu[0, b], invSigma[0, b]
//   R4, R5   columns, their number         V22, V23           mu[1, b], invSigma[1, b]
//   R6, R7   mu, invSigma of row 0         V24                z of row 0
//   R14, R15 mu, invSigma of row 1         R8 … R10, R16, R17   columns and these four from b on
//   R11, R12 columns left, row of w

// w is the number of the register named v.
#define TWO_SQUARES(w, v, sum0, sum1) \
	VFSUB_S4(20, w, 24)            \
	VFSUB_S4(22, w, w)             \
	VFMUL_S4(21, 24, 24)           \
	VFMUL_S4(23, w, w)             \
	VFMLA V24.S4, V24.S4, sum0.S4  \
	VFMLA v.S4, v.S4, sum1.S4

TEXT ·ConditionalSquaresOfTwo(SB), NOSPLIT, $0-120
	MOVD sums_base+0(FP), R0
	MOVD sums_len+8(FP), R1
	MOVD w_base+24(FP), R2
	MOVD columns_base+48(FP), R4
	MOVD columns_len+56(FP), R5
	MOVD mu_base+72(FP), R6
	MOVD invSigma_base+96(FP), R7
	LSR  $1, R1, R1
	LSL  $2, R1, R3
	ADD  R3, R0, R13
	ADD  R5<<2, R6, R14
	ADD  R5<<2, R7, R15

block:
	CBZ  R1, done
	SUB  $16, R1, R1
	CLEAR8(V0, V1, V2, V3, V4, V5, V6, V7)
	MOVD R4, R8
	MOVD R6, R9
	MOVD R7, R10
	MOVD R14, R16
	MOVD R15, R17
	MOVD R5, R11

loop:
	CBZ     R11, store
	SUB     $1, R11, R11
	MOVW.P  4(R8), R12
	MADD    R3, R2, R12, R12
	VLD1R.P 4(R9), [V20.S4]
	VLD1R.P 4(R10), [V21.S4]
	VLD1R.P 4(R16), [V22.S4]
	VLD1R.P 4(R17), [V23.S4]
	VLD1    (R12), [V16.S4, V17.S4, V18.S4, V19.S4]
	TWO_SQUARES(16, V16, V0, V4)
	TWO_SQUARES(17, V17, V1, V5)
	TWO_SQUARES(18, V18, V2, V6)
	TWO_SQUARES(19, V19, V3, V7)
	B       loop

store:
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R0)
	VST1.P [V4.S4, V5.S4, V6.S4, V7.S4], 64(R13)
	ADD    $64, R2, R2
	B      block

done:
	RET

// func ExpectedMomentsOfTwo(mean, second, x, p []float64)
//
//   mean[r, i] = Σ_j p[r, j]·x[j, i],  second[r, i] = Σ_j (p[r, j]·x[j, i])·x[j, i], products rounded
//
// Shapes:   n = len(mean)/2, a multiple of 8; x: len(p)/2 rows of n.
// Tail:     none; 8 elements of each row at a time.
//
// Registers:
//   R0, R11   mean of both rows          V0 … V3, V8 … V11     8 means of row 0, of row 1
//   R1, R12   second of both rows        V4 … V7, V12 … V15    8 second moments of row 0, of row 1
//   R2        elements left              V16 … V19             x
//   R3, R4    x, bytes of its rows       V20, V21              p[0, j], p[1, j]
//   R5, R6    p, length of its rows      V22, V23              p·x of row 0, of row 1
//   R7, R14   p of both rows from j on   R8, R9                x from j on, rows left
//   R13       p of row 1

// x and the sums are the numbers of their vectors.
#define TWO_MOMENTS(x, mean0, second0, mean1, second1) \
	VFMUL_D2(20, x, 22)            \
	VFMUL_D2(21, x, 23)            \
	VFADD_D2(22, mean0, mean0)     \
	VFADD_D2(23, mean1, mean1)     \
	VFMUL_D2(x, 22, 22)            \
	VFMUL_D2(x, 23, 23)            \
	VFADD_D2(22, second0, second0) \
	VFADD_D2(23, second1, second1)

TEXT ·ExpectedMomentsOfTwo(SB), NOSPLIT, $0-96
	MOVD mean_base+0(FP), R0
	MOVD mean_len+8(FP), R2
	MOVD second_base+24(FP), R1
	MOVD x_base+48(FP), R3
	MOVD p_base+72(FP), R5
	MOVD p_len+80(FP), R6
	LSR  $1, R2, R2
	LSR  $1, R6, R6
	LSL  $3, R2, R4
	ADD  R4, R0, R11
	ADD  R4, R1, R12
	ADD  R6<<3, R5, R13

block:
	CBZ  R2, done
	SUB  $8, R2, R2
	CLEAR8(V0, V1, V2, V3, V4, V5, V6, V7)
	CLEAR8(V8, V9, V10, V11, V12, V13, V14, V15)
	MOVD R5, R7
	MOVD R13, R14
	MOVD R3, R8
	MOVD R6, R9

row:
	CBZ     R9, store
	SUB     $1, R9, R9
	VLD1R.P 8(R7), [V20.D2]
	VLD1R.P 8(R14), [V21.D2]
	VLD1    (R8), [V16.D2, V17.D2, V18.D2, V19.D2]
	ADD     R4, R8, R8
	TWO_MOMENTS(16, 0, 4, 8, 12)
	TWO_MOMENTS(17, 1, 5, 9, 13)
	TWO_MOMENTS(18, 2, 6, 10, 14)
	TWO_MOMENTS(19, 3, 7, 11, 15)
	B       row

store:
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(R0)
	VST1.P [V4.D2, V5.D2, V6.D2, V7.D2], 64(R1)
	VST1.P [V8.D2, V9.D2, V10.D2, V11.D2], 64(R11)
	VST1.P [V12.D2, V13.D2, V14.D2, V15.D2], 64(R12)
	ADD    $64, R3, R3
	B      block

done:
	RET

// func ExpectedSquaresOfTwo(total, mean, variance, mu, precision []float64)
//
//   total[r, i] = Σ_k ((mean[k, i] - mu[r, k])² + variance[k, i])·precision[r, k], products rounded
//
// Shapes:   n = len(total)/2, a multiple of 16; mean and variance: len(mu)/2 rows of n.
// Tail:     none; 16 totals of each row at a time.
//
// Registers:
//   R0, R19   total of both rows            V0 … V7, V8 … V15   16 sums of each
//   R2        elements left                 V16 … V19           mean, z of row 1
//   R1, R3    mean, variance                V20 … V23           variance
//   R4        bytes of their rows           V24, V25            mu[0, k], precision[0, k]
//   R5, R6    mu, length of its rows        V26, V27            mu[1, k], precision[1, k]
//   R10       precision                     V28                 z of row 0
//   R7, R8, R14, R15   mu, precision of row 0, of row 1 from k on     R16, R17   those of row 1
//   R9        rows left                     R11 … R13           mean and variance from k on, a second half

// z, of and the sums are the numbers of their vectors.
#define TWO_SUMS(z, of, sum0, sum1) \
	VFSUB_D2(24, z, 28)      \
	VFSUB_D2(26, z, z)       \
	VFMUL_D2(28, 28, 28)     \
	VFMUL_D2(z, z, z)        \
	VFADD_D2(of, 28, 28)     \
	VFADD_D2(of, z, z)       \
	VFMUL_D2(25, 28, 28)     \
	VFMUL_D2(27, z, z)       \
	VFADD_D2(28, sum0, sum0) \
	VFADD_D2(z, sum1, sum1)

#define HALF_SUMS(sum0, sum1) \
	TWO_SUMS(16, 20, sum0+0, sum1+0) \
	TWO_SUMS(17, 21, sum0+1, sum1+1) \
	TWO_SUMS(18, 22, sum0+2, sum1+2) \
	TWO_SUMS(19, 23, sum0+3, sum1+3)

TEXT ·ExpectedSquaresOfTwo(SB), NOSPLIT, $0-120
	MOVD total_base+0(FP), R0
	MOVD total_len+8(FP), R2
	MOVD mean_base+24(FP), R1
	MOVD variance_base+48(FP), R3
	MOVD mu_base+72(FP), R5
	MOVD mu_len+80(FP), R6
	MOVD precision_base+96(FP), R10
	LSR  $1, R2, R2
	LSR  $1, R6, R6
	LSL  $3, R2, R4
	ADD  R4, R0, R19
	ADD  R6<<3, R5, R16
	ADD  R6<<3, R10, R17

sums:
	CBZ  R2, end
	SUB  $16, R2, R2
	CLEAR8(V0, V1, V2, V3, V4, V5, V6, V7)
	CLEAR8(V8, V9, V10, V11, V12, V13, V14, V15)
	MOVD R5, R7
	MOVD R10, R8
	MOVD R16, R14
	MOVD R17, R15
	MOVD R6, R9
	MOVD R1, R11
	MOVD R3, R12

term:
	CBZ     R9, write
	SUB     $1, R9, R9
	VLD1R.P 8(R7), [V24.D2]
	VLD1R.P 8(R8), [V25.D2]
	VLD1R.P 8(R14), [V26.D2]
	VLD1R.P 8(R15), [V27.D2]
	VLD1    (R11), [V16.D2, V17.D2, V18.D2, V19.D2]
	VLD1    (R12), [V20.D2, V21.D2, V22.D2, V23.D2]
	HALF_SUMS(0, 8)
	ADD     $64, R11, R13
	VLD1    (R13), [V16.D2, V17.D2, V18.D2, V19.D2]
	ADD     $64, R12, R13
	VLD1    (R13), [V20.D2, V21.D2, V22.D2, V23.D2]
	ADD     R4, R11, R11
	ADD     R4, R12, R12
	HALF_SUMS(4, 12)
	B       term

write:
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(R0)
	VST1.P [V4.D2, V5.D2, V6.D2, V7.D2], 64(R0)
	VST1.P [V8.D2, V9.D2, V10.D2, V11.D2], 64(R19)
	VST1.P [V12.D2, V13.D2, V14.D2, V15.D2], 64(R19)
	ADD    $128, R1, R1
	ADD    $128, R3, R3
	B      sums

end:
	RET

// func SweepTwo(mass, r, a, cols []float64)
//
//   r[k] = 1/tree(acc) or 0 where that is at most 2⁻⁵¹²,  acc[j mod 16] += a[k, j]·cols[j],  k = 0, 1
//   mass[j] = (mass[j] + a[1, j]·r[1]) + a[0, j]·r[0], products rounded
//
// Shapes:   n = len(mass), a multiple of 16; a: two rows of n.
// Tail:     none.
//
// Registers: R0 mass   R1, R7 rows 0 and 1 of a   R5, R8 these, walking   R2 cols   R9 r   R3, R4 elements, those left
//   R6 constants   V0 … V7, V8 … V15 the 16 lanes of both rows, then F30, F0 their sums
//   V16 … V19 cols, V20 … V27 products   V28, V29 r[0], r[1]

// r = 1/x or 0, F31 = 2⁻⁵¹².
#define RECIPROCAL(x, r, zero) \
	FMOVD ZR, r       \
	FCMPD F31, x      \
	BLE   zero        \ // not above
	FMOVD $1.0, r     \
	FDIVD x, r        \
zero:

// Adds the products of eight elements of both rows to the eight lanes from vector number s on, and
// s + 8 on.
#define TWO_PRODUCTS(s) \
	VLD1.P 64(R2), [V16.D2, V17.D2, V18.D2, V19.D2] \
	VLD1.P 64(R5), [V20.D2, V21.D2, V22.D2, V23.D2] \
	VLD1.P 64(R8), [V24.D2, V25.D2, V26.D2, V27.D2] \
	VFMUL_D2(20, 16, 20)      \
	VFMUL_D2(21, 17, 21)      \
	VFMUL_D2(22, 18, 22)      \
	VFMUL_D2(23, 19, 23)      \
	VFMUL_D2(24, 16, 24)      \
	VFMUL_D2(25, 17, 25)      \
	VFMUL_D2(26, 18, 26)      \
	VFMUL_D2(27, 19, 27)      \
	VFADD_D2(20, s+0, s+0)    \
	VFADD_D2(21, s+1, s+1)    \
	VFADD_D2(22, s+2, s+2)    \
	VFADD_D2(23, s+3, s+3)    \
	VFADD_D2(24, s+8, s+8)    \
	VFADD_D2(25, s+9, s+9)    \
	VFADD_D2(26, s+10, s+10)  \
	VFADD_D2(27, s+11, s+11)

TEXT ·SweepTwo(SB), NOSPLIT, $0-96
	MOVD mass_base+0(FP), R0
	MOVD mass_len+8(FP), R3
	MOVD r_base+24(FP), R9
	MOVD a_base+48(FP), R1
	MOVD cols_base+72(FP), R2
	ADD  R3<<3, R1, R7
	CLEAR8(V0, V1, V2, V3, V4, V5, V6, V7)
	CLEAR8(V8, V9, V10, V11, V12, V13, V14, V15)
	MOVD R1, R5
	MOVD R7, R8
	MOVD R3, R4

dot:
	CBZ R4, tree
	SUB $16, R4, R4
	TWO_PRODUCTS(0)
	TWO_PRODUCTS(4)
	B   dot

tree:
	TREE64
	VMOV V0.B16, V30.B16
	VMOV V8.B16, V0.B16
	VMOV V9.B16, V1.B16
	VMOV V10.B16, V2.B16
	VMOV V11.B16, V3.B16
	VMOV V12.B16, V4.B16
	VMOV V13.B16, V5.B16
	VMOV V14.B16, V6.B16
	VMOV V15.B16, V7.B16
	TREE64
	MOVD  $0x1ff0000000000000, R6 // ref.ProposalTiny, 2⁻⁵¹²
	FMOVD R6, F31
	RECIPROCAL(F30, F28, first)
	RECIPROCAL(F0, F29, second)
	FMOVD F28, (R9)
	FMOVD F29, 8(R9)
	VDUP  V28.D[0], V28.D2
	VDUP  V29.D[0], V29.D2

add:
	CBZ    R3, done
	SUB    $8, R3, R3
	VLD1.P 64(R1), [V16.D2, V17.D2, V18.D2, V19.D2]
	VLD1.P 64(R7), [V20.D2, V21.D2, V22.D2, V23.D2]
	VLD1   (R0), [V0.D2, V1.D2, V2.D2, V3.D2]
	VFMUL_D2(29, 20, 20)
	VFMUL_D2(29, 21, 21)
	VFMUL_D2(29, 22, 22)
	VFMUL_D2(29, 23, 23)
	VFMUL_D2(28, 16, 16)
	VFMUL_D2(28, 17, 17)
	VFMUL_D2(28, 18, 18)
	VFMUL_D2(28, 19, 19)
	VFADD_D2(20, 0, 0)
	VFADD_D2(21, 1, 1)
	VFADD_D2(22, 2, 2)
	VFADD_D2(23, 3, 3)
	VFADD_D2(16, 0, 0)
	VFADD_D2(17, 1, 1)
	VFADD_D2(18, 2, 2)
	VFADD_D2(19, 3, 3)
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(R0)
	B      add

done:
	RET
