#include "textflag.h"
#include "simd_arm64.h"
#include "math_arm64.h"

// The inner loops of a proposal of permutations (internal/ref/importance.go). Lengths are multiples
// of 16, so that there is no tail; products are rounded before they are added.
// Features: NEON.

// Adds the products of eight elements, V16 … V19, and others, V20 … V23, to the eight lanes from
// vector number s on.
#define ADDPRODUCTS(s) \
	VFMUL_D2(20, 16, 16)    \
	VFMUL_D2(21, 17, 17)    \
	VFMUL_D2(22, 18, 18)    \
	VFMUL_D2(23, 19, 19)    \
	VFADD_D2(16, s+0, s+0)  \
	VFADD_D2(17, s+1, s+1)  \
	VFADD_D2(18, s+2, s+2)  \
	VFADD_D2(19, s+3, s+3)

// func MaskedLanes(acc, b, free []float64)
//
//   acc[j mod 16] += b[j]·free[j]
//
// Registers: R0, R4 acc   R1 b   R2 free   R3 elements left   V0 … V7 the 16 lanes
TEXT ·MaskedLanes(SB), NOSPLIT, $0-72
	MOVD   acc_base+0(FP), R0
	MOVD   b_base+24(FP), R1
	MOVD   b_len+32(FP), R3
	MOVD   free_base+48(FP), R2
	MOVD   R0, R4
	VLD1.P 64(R4), [V0.D2, V1.D2, V2.D2, V3.D2]
	VLD1   (R4), [V4.D2, V5.D2, V6.D2, V7.D2]

group:
	CBZ    R3, done
	SUB    $16, R3, R3
	VLD1.P 64(R1), [V16.D2, V17.D2, V18.D2, V19.D2]
	VLD1.P 64(R2), [V20.D2, V21.D2, V22.D2, V23.D2]
	ADDPRODUCTS(0)
	VLD1.P 64(R1), [V16.D2, V17.D2, V18.D2, V19.D2]
	VLD1.P 64(R2), [V20.D2, V21.D2, V22.D2, V23.D2]
	ADDPRODUCTS(4)
	B      group

done:
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(R0)
	VST1   [V4.D2, V5.D2, V6.D2, V7.D2], (R0)
	RET

// func SweepRow(mass, a, cols []float64) float64
//
//   mass[j] += a[j]·r,  r = 1/tree(acc) or 0 where that is at most 2⁻⁵¹²,  acc[j mod 16] += a[j]·cols[j]
//
// Registers: R0 mass   R1, R5 a   R2 cols   R3, R4 elements, those left   R6 constants
//   V0 … V7 the 16 lanes, then F0 their sum   V24 r
TEXT ·SweepRow(SB), NOSPLIT, $0-80
	MOVD mass_base+0(FP), R0
	MOVD a_base+24(FP), R1
	MOVD a_len+32(FP), R3
	MOVD cols_base+48(FP), R2
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16
	MOVD R1, R5
	MOVD R3, R4

dot:
	CBZ    R4, tree
	SUB    $16, R4, R4
	VLD1.P 64(R5), [V16.D2, V17.D2, V18.D2, V19.D2]
	VLD1.P 64(R2), [V20.D2, V21.D2, V22.D2, V23.D2]
	ADDPRODUCTS(0)
	VLD1.P 64(R5), [V16.D2, V17.D2, V18.D2, V19.D2]
	VLD1.P 64(R2), [V20.D2, V21.D2, V22.D2, V23.D2]
	ADDPRODUCTS(4)
	B      dot

tree:
	TREE64
	MOVD  $0x1ff0000000000000, R6 // ref.ProposalTiny, 2⁻⁵¹²
	FMOVD R6, F1
	FMOVD ZR, F24
	FCMPD F1, F0
	BLE   scale                   // the sum is not above
	FMOVD $1.0, F24
	FDIVD F0, F24

scale:
	FMOVD F24, ret+72(FP)
	VDUP  V24.D[0], V24.D2

add:
	CBZ    R3, done
	SUB    $8, R3, R3
	VLD1.P 64(R1), [V16.D2, V17.D2, V18.D2, V19.D2]
	VLD1   (R0), [V0.D2, V1.D2, V2.D2, V3.D2]
	VFMUL_D2(24, 16, 16)
	VFMUL_D2(24, 17, 17)
	VFMUL_D2(24, 18, 18)
	VFMUL_D2(24, 19, 19)
	VFADD_D2(16, 0, 0)
	VFADD_D2(17, 1, 1)
	VFADD_D2(18, 2, 2)
	VFADD_D2(19, 3, 3)
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(R0)
	B      add

done:
	RET

// a and m are the numbers of the vectors of a, which V names too, and of mass.
#define SHARE(a, m, V) \
	VFMUL_D2(24, a, a)         \
	VFCMGT_D2(26, m, 27)       \
	VFDIV_D2(m, a, a)          \
	VAND V27.B16, V.B16, V.B16 \
	VFADD_D2(25, a, a)

// func Shares(b, a, mass []float64, r float64)
//
//   b[j] = 2⁻⁶⁰ + a[j]·r/mass[j], the quotient 0 where mass is 0
//
// Registers: R0 b   R1 a   R2 mass   R3 elements left   V24 r   V25 2⁻⁶⁰   V26 0   V27 mass > 0
TEXT ·Shares(SB), NOSPLIT, $0-80
	MOVD b_base+0(FP), R0
	MOVD a_base+24(FP), R1
	MOVD mass_base+48(FP), R2
	MOVD mass_len+56(FP), R3
	MOVD r+72(FP), R4
	VDUP R4, V24.D2
	MOVD $0x3c30000000000000, R4 // ref.proposalFloor, 2⁻⁶⁰
	VDUP R4, V25.D2
	VEOR V26.B16, V26.B16, V26.B16

quarter:
	CBZ    R3, done
	SUB    $4, R3, R3
	VLD1.P 32(R1), [V0.D2, V1.D2]
	VLD1.P 32(R2), [V2.D2, V3.D2]
	SHARE(0, 2, V0)
	SHARE(1, 3, V1)
	VST1.P [V0.D2, V1.D2], 32(R0)
	B      quarter

done:
	RET
