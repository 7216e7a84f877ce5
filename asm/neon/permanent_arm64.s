#include "textflag.h"

// r = the number of ones in the register x; clobbers V28.
#define ONES(x, r) \
	FMOVD   x, F28              \
	VCNT    V28.B8, V28.B8      \
	VUADDLV V28.B8, V28         \
	FMOVD   F28, r

// func SubsetForward(f, a, table []float64, n int)
//
//   f[∅] = 1,  f[S] = Σ_{j∈S} a[|S|−1, j]·f[S∖j], an FMA chain with j decreasing
//
// Shapes:   2ⁿ sets, n ≥ 3; table as in kernels/cpu.subsetTable.
// Features: NEON.
// Method:   the eight sets 8H … 8H+7 are four vectors of two. Their high columns j ≥ 3 are those of H;
//           columns 2 and 1 take a vector to another, column 0 the low lane of one to its high lane.
// Tail:     none.
//
// Registers:
//   R0   f                          R1   table                  R2         bytes of a row of the table, 64n
//   R3   64H                        R4   64·2ⁿ⁻³                R5         the table's row |H|
//   R6   64·(bits of H left)        R7   the highest of them    R8         its number
//   R9   1<<63                      R10  addresses
//   V0 … V3    f[8H … 8H+7]         V4 … V7    f of H without a bit
//   V16 … V27  rows of the table    V28, V29   clobbered

// The high lane of v += coefficient·its low lane.
#define COLUMN0(coefficient, v) \
	VDUP  v.D[0], V28.D2                     \
	VMOV  v.B16, V29.B16                     \
	VFMLA V28.D2, coefficient.D2, V29.D2     \
	VMOV  V29.D[1], v.D[1]

// func SubsetForward(f, a, table []float64, n int)
TEXT ·SubsetForward(SB), NOSPLIT, $0-80
	MOVD  f_base+0(FP), R0
	MOVD  table_base+48(FP), R1
	MOVD  n+72(FP), R2
	MOVD  $8, R4
	LSL   R2, R4, R4
	LSL   $6, R2, R2
	MOVD  $1<<63, R9
	MOVD  ZR, R3
	MOVD  R1, R5
	FMOVD $1.0, F0              // f[∅], and 0 beside it
	VEOR  V1.B16, V1.B16, V1.B16
	VEOR  V2.B16, V2.B16, V2.B16
	VEOR  V3.B16, V3.B16, V3.B16
	B     low

vector:
	ONES(R3, R5)
	MADD R5, R1, R2, R5
	MOVD R3, R6
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16

column:
	CLZ   R6, R8
	LSR   R8, R9, R7
	EOR   $63, R8, R8           // 6 + j−3
	EOR   R7, R3, R10
	ADD   R0, R10, R10
	VLD1  (R10), [V4.D2, V5.D2, V6.D2, V7.D2]
	ADD   R8<<6, R5, R10
	SUB   $192, R10, R10
	VLD1  (R10), [V16.D2, V17.D2, V18.D2, V19.D2]
	VFMLA V4.D2, V16.D2, V0.D2
	VFMLA V5.D2, V17.D2, V1.D2
	VFMLA V6.D2, V18.D2, V2.D2
	VFMLA V7.D2, V19.D2, V3.D2
	EOR   R7, R6, R6
	CBNZ  R6, column

low:
	MOVD   R5, R10
	VLD1.P 64(R10), [V24.D2, V25.D2, V26.D2, V27.D2] // third columns
	VLD1.P 64(R10), [V20.D2, V21.D2, V22.D2, V23.D2] // second
	VLD1   (R10), [V16.D2, V17.D2, V18.D2, V19.D2]   // first
	COLUMN0(V16, V0)
	VFMLA  V0.D2, V17.D2, V1.D2
	COLUMN0(V21, V1)
	VFMLA  V0.D2, V18.D2, V2.D2
	COLUMN0(V22, V2)
	VFMLA  V1.D2, V19.D2, V3.D2
	VFMLA  V2.D2, V23.D2, V3.D2
	COLUMN0(V27, V3)
	ADD    R0, R3, R10
	VST1   [V0.D2, V1.D2, V2.D2, V3.D2], (R10)
	ADD    $64, R3, R3
	CMP    R4, R3
	BNE    vector
	RET

// func SubsetMarginals(sums, f, b []float64, n int)
//
//   sums[h, j, l] = Σ f[S]·b[all∖(S∪j)] over S = 8H+l, |H| = h, j ∉ S: FMA chains in increasing S
//
// Shapes:   2ⁿ sets, n ≥ 3; (n+1)·n·8 sums.
// Features: NEON.
// Method:   the complements of the eight sets 8H … 8H+7 are four vectors of b in reverse order, so f and the
//           sums are reversed instead: lane 7−l. A low column exchanges lanes of b.
// Tail:     none.
//
// Registers:
//   R0   sums                       R1   f                      R2         bytes of a row of the sums, 64n
//   R3   64H                        R4   64·2ⁿ⁻³                R5         the sums' row |H|
//   R6   64·(complement of H)       R7   its bits left          R8, R9     the lowest of them, its number
//   R10  b                          R11  addresses              R12        bits left without R8
//   V0 … V3    f, reversed          V4 … V7    b of the complement
//   V16 … V19  sums                 V20 … V23  b               V28, V29   clobbered

// V0 … V3 = the eight values in V4 … V7, last first.
#define REVERSE \
	VEXT $8, V7.B16, V7.B16, V0.B16  \
	VEXT $8, V6.B16, V6.B16, V1.B16  \
	VEXT $8, V5.B16, V5.B16, V2.B16  \
	VEXT $8, V4.B16, V4.B16, V3.B16

// The high lane of sum += f·the low lane of b.
#define LOWLANE(f, b, sum) \
	VDUP  b.D[0], V28.D2                     \
	VMOV  sum.B16, V29.B16                   \
	VFMLA V28.D2, f.D2, V29.D2               \
	VMOV  V29.D[1], sum.D[1]

// func SubsetMarginals(sums, f, b []float64, n int)
TEXT ·SubsetMarginals(SB), NOSPLIT, $0-80
	MOVD sums_base+0(FP), R0
	MOVD sums_len+8(FP), R3
	MOVD f_base+24(FP), R1
	MOVD b_base+48(FP), R10

	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	MOVD R0, R11

clear:
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(R11)
	SUBS   $8, R3, R3
	BNE    clear

	MOVD n+72(FP), R2
	MOVD $8, R4
	LSL  R2, R4, R4
	LSL  $6, R2, R2
	MOVD ZR, R3
	SUB  $64, R4, R6

vector:
	ADD  R3, R1, R11
	VLD1 (R11), [V4.D2, V5.D2, V6.D2, V7.D2]
	REVERSE
	ADD  R6, R10, R11
	VLD1 (R11), [V4.D2, V5.D2, V6.D2, V7.D2]
	ONES(R3, R5)
	MADD R5, R0, R2, R5

	// Columns 0, 1 and 2.
	VLD1   (R5), [V16.D2, V17.D2, V18.D2, V19.D2]
	LOWLANE(V0, V4, V16)
	LOWLANE(V1, V5, V17)
	LOWLANE(V2, V6, V18)
	LOWLANE(V3, V7, V19)
	MOVD   R5, R11
	VST1.P [V16.D2, V17.D2, V18.D2, V19.D2], 64(R11)
	VLD1   (R11), [V16.D2, V17.D2, V18.D2, V19.D2]
	VFMLA  V4.D2, V1.D2, V17.D2
	VFMLA  V6.D2, V3.D2, V19.D2
	VST1.P [V16.D2, V17.D2, V18.D2, V19.D2], 64(R11)
	VLD1   (R11), [V16.D2, V17.D2, V18.D2, V19.D2]
	VFMLA  V4.D2, V2.D2, V18.D2
	VFMLA  V5.D2, V3.D2, V19.D2
	VST1   [V16.D2, V17.D2, V18.D2, V19.D2], (R11)
	CBZ    R6, finish
	MOVD   R6, R7

column:
	SUB   $1, R7, R12
	AND   R7, R12, R12
	EOR   R7, R12, R8           // the lowest bit
	RBIT  R7, R9
	CLZ   R9, R9                // 6 + j−3
	EOR   R6, R8, R11
	ADD   R10, R11, R11
	VLD1  (R11), [V20.D2, V21.D2, V22.D2, V23.D2]
	ADD   R9<<6, R5, R11
	SUB   $192, R11, R11
	VLD1  (R11), [V16.D2, V17.D2, V18.D2, V19.D2]
	VFMLA V20.D2, V0.D2, V16.D2
	VFMLA V21.D2, V1.D2, V17.D2
	VFMLA V22.D2, V2.D2, V18.D2
	VFMLA V23.D2, V3.D2, V19.D2
	VST1  [V16.D2, V17.D2, V18.D2, V19.D2], (R11)
	MOVD  R12, R7
	CBNZ  R7, column
	ADD   $64, R3, R3
	SUB   $64, R6, R6
	B     vector

finish:
	// The rows 0 … n−3 of the sums, the right way round.
	ADD R2, R5, R5

turn:
	VLD1   (R0), [V4.D2, V5.D2, V6.D2, V7.D2]
	REVERSE
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(R0)
	CMP    R5, R0
	BNE    turn
	RET
