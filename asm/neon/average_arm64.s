#include "textflag.h"
#include "simd_arm64.h"

// func GatherAdd(logs, c []float64, perms []int32, n int)
//
//   logs[k] += Σ_i c[i, perms[k, i]], a chain in increasing i
//
// Shapes:   c n×n, perms len(logs)×n, n ≥ 0.
// Features: none but the scalar unit's.
// Method:   NEON has no gather: four permutations at a time, four independent scalar chains.
// Tail:     the last len(logs) mod 4 permutations one by one.
//
// Registers:
//   R0, R1    logs, permutations left       R7         rows of c left
//   R2        row i of c                    R8, R9     n − 1, 8n
//   R3 … R6   four permutations, walking    R10, R11   perms[k, i], n
//   F0 … F3   the sums                      F4         c[i, perms[k, i]]

#define ADDONE(perm, f) \
	MOVWU.P 4(perm), R10          \
	CMP     R8, R10               \
	CSEL    HI, R8, R10, R10      \
	FMOVD   (R2)(R10<<3), F4      \
	FADDD   F4, f, f

// func GatherAdd(logs, c []float64, perms []int32, n int)
TEXT ·GatherAdd(SB), NOSPLIT, $0-80
	MOVD logs_base+0(FP), R0
	MOVD logs_len+8(FP), R1
	MOVD perms_base+48(FP), R3
	MOVD n+72(FP), R11
	CBZ  R11, done
	SUB  $1, R11, R8
	LSL  $3, R11, R9

four:
	SUBS  $4, R1, R1
	BLT   rest
	ADD   R11<<2, R3, R4
	ADD   R11<<2, R4, R5
	ADD   R11<<2, R5, R6
	MOVD  c_base+24(FP), R2
	MOVD  R11, R7
	FLDPD (R0), (F0, F1)
	FLDPD 16(R0), (F2, F3)

fourloop:
	ADDONE(R3, F0)
	ADDONE(R4, F1)
	ADDONE(R5, F2)
	ADDONE(R6, F3)
	ADD   R9, R2, R2
	SUBS  $1, R7, R7
	BNE   fourloop
	FSTPD (F0, F1), (R0)
	FSTPD (F2, F3), 16(R0)
	ADD   $32, R0, R0
	MOVD  R6, R3
	B     four

rest:
	ADDS $4, R1, R1
	BEQ  done

one:
	MOVD  c_base+24(FP), R2
	MOVD  R11, R7
	FMOVD (R0), F0

oneloop:
	ADDONE(R3, F0)
	ADD     R9, R2, R2
	SUBS    $1, R7, R7
	BNE     oneloop
	FMOVD.P F0, 8(R0)
	SUBS    $1, R1, R1
	BNE     one

done:
	RET

// func ScatterAdd(c, weights []float64, perms []int32, n int)
//
//   c[i, perms[k, i]] += weights[k], in increasing k
//
// Shapes:   c n×n, perms len(weights)×n, n ≥ 0.
// Features: none but the scalar unit's: the next permutation may hit the same element.
// Tail:     none.
//
// Registers:
//   R0        row i of c                   R7         rows of c left
//   R1, R2    weights, left                R8, R9     n − 1, 8n
//   R3        perms, walking               R10, R11   perms[k, i], n
//   F0, F1    weights[k], the sum

// func ScatterAdd(c, weights []float64, perms []int32, n int)
TEXT ·ScatterAdd(SB), NOSPLIT, $0-80
	MOVD weights_base+24(FP), R1
	MOVD weights_len+32(FP), R2
	MOVD perms_base+48(FP), R3
	MOVD n+72(FP), R11
	CBZ  R11, done
	CBZ  R2, done
	SUB  $1, R11, R8
	LSL  $3, R11, R9

permutation:
	MOVD    c_base+0(FP), R0
	MOVD    R11, R7
	FMOVD.P 8(R1), F0

row:
	MOVWU.P 4(R3), R10
	CMP     R8, R10
	CSEL    HI, R8, R10, R10
	FMOVD   (R0)(R10<<3), F1
	FADDD   F0, F1, F1
	FMOVD   F1, (R0)(R10<<3)
	ADD     R9, R0, R0
	SUBS    $1, R7, R7
	BNE     row
	SUBS    $1, R2, R2
	BNE     permutation

done:
	RET

// func Weights(weights, x []float64) (largest, sum float64)
//
//   largest = max x;  weights[k] = e^(x[k] − largest);  sum = Σ weights, in order;  weights[k] /= sum
//
// Shapes:   len(x) ≥ 1 values each.
// Features: NEON.
// Tail:     an odd last element alone in its vector.
//
// The largest is x[0] unless a later x compares greater, so NaN is passed over after x[0], and of several
// zeros the first counts.
//
// Registers:
//   R0, R4   weights, their start      V0          x, e^(x − largest)
//   R1, R3   x, its start              V1 … V4     clobbered
//   R2, R5   elements left, n          V5, V6      largest, sum
//   R6       constants                 V14 … V31   710, −746, log2E, 1.5·2⁵², ln2High, ln2Low, C11 … C2, 1

// V0 = ref.Exp64(V0); clobbers V1 … V4.
#define EXP64 \
	VFMIN_D2(14, 0, 0)                                            \
	VFMAX_D2(15, 0, 0)                                            \
	VFMUL_D2(16, 0, 1)                                            \
	VFADD_D2(17, 1, 1)          /* t = x·log2E + roundInt      */ \
	VFSUB_D2(17, 1, 2)          /* n = t - roundInt            */ \
	VFMLS V18.D2, V2.D2, V0.D2                                    \
	VFMLS V19.D2, V2.D2, V0.D2  /* r = x - n·ln 2              */ \
	VMOV  V21.B16, V2.B16                                         \
	VMOV  V22.B16, V3.B16                                         \
	VFMLA V20.D2, V0.D2, V2.D2  /* p = C11·r + C10             */ \
	VMOV  V23.B16, V4.B16                                         \
	VFMLA V2.D2, V0.D2, V3.D2   /* p = p·r + C9, and so on     */ \
	VMOV  V24.B16, V2.B16                                         \
	VFMLA V3.D2, V0.D2, V4.D2                                     \
	VMOV  V25.B16, V3.B16                                         \
	VFMLA V4.D2, V0.D2, V2.D2                                     \
	VMOV  V26.B16, V4.B16                                         \
	VFMLA V2.D2, V0.D2, V3.D2                                     \
	VMOV  V27.B16, V2.B16                                         \
	VFMLA V3.D2, V0.D2, V4.D2                                     \
	VMOV  V28.B16, V3.B16                                         \
	VFMLA V4.D2, V0.D2, V2.D2                                     \
	VMOV  V29.B16, V4.B16                                         \
	VFMLA V2.D2, V0.D2, V3.D2                                     \
	VFMLA V3.D2, V0.D2, V4.D2   /* p = p·r + C2                */ \
	VFMUL_D2(0, 0, 2)                                             \
	VFMLA V4.D2, V2.D2, V0.D2                                     \
	VFADD_D2(30, 0, 0)          /* p = r²·p + r + 1            */ \
	VSUB  V17.D2, V1.D2, V1.D2  /* k = t - roundInt            */ \
	VSSHR_D2(1, 1, 2)           /* half = k >> 1               */ \
	VSUB  V2.D2, V1.D2, V1.D2                                     \
	VSHL  $52, V2.D2, V2.D2                                       \
	VSHL  $52, V1.D2, V1.D2                                       \
	VADD  V30.D2, V2.D2, V2.D2  /* 2^half                      */ \
	VADD  V30.D2, V1.D2, V1.D2  /* 2^(k - half)                */ \
	VFMUL_D2(2, 0, 0)                                             \
	VFMUL_D2(1, 0, 0)

// V5's lanes, or V0's where they compare greater.
#define LARGER \
	VFCMGT_D2(5, 0, 1)                                            \
	VBIT  V1.B16, V0.B16, V5.B16

DATA exp64<>+0(SB)/8, $710.0                    // exp64High
DATA exp64<>+8(SB)/8, $-746.0                   // exp64Low
DATA exp64<>+16(SB)/8, $(0x1.71547652b82fep+0)  // log2E64
DATA exp64<>+24(SB)/8, $(0x1.8p52)              // roundInt64
DATA exp64<>+32(SB)/8, $(0x1.62e42fefa38p-1)    // ln2High64
DATA exp64<>+40(SB)/8, $(0x1.ef35793c7673p-45)  // ln2Low64
DATA exp64<>+48(SB)/8, $(0x1.adb16c3d8563ep-26) // exp64C11
DATA exp64<>+56(SB)/8, $(0x1.28ade3769365cp-22) // exp64C10
DATA exp64<>+64(SB)/8, $(0x1.71df0400f04e9p-19) // exp64C9
DATA exp64<>+72(SB)/8, $(0x1.a0199979485afp-16) // exp64C8
DATA exp64<>+80(SB)/8, $(0x1.a01a013a447f4p-13) // exp64C7
DATA exp64<>+88(SB)/8, $(0x1.6c16c1846e52ap-10) // exp64C6
DATA exp64<>+96(SB)/8, $(0x1.11111111248ccp-7)  // exp64C5
DATA exp64<>+104(SB)/8, $(0x1.55555555506d9p-5) // exp64C4
DATA exp64<>+112(SB)/8, $(0x1.5555555555508p-3) // exp64C3
DATA exp64<>+120(SB)/8, $(0x1.000000000000ap-1) // exp64C2
DATA exp64<>+128(SB)/8, $1.0
GLOBL exp64<>(SB), RODATA|NOPTR, $136

// func Weights(weights, x []float64) (largest, sum float64)
TEXT ·Weights(SB), NOSPLIT, $0-64
	MOVD    weights_base+0(FP), R4
	MOVD    x_base+24(FP), R3
	MOVD    x_len+32(FP), R5
	MOVD    $exp64<>(SB), R6
	VLD4R.P 32(R6), [V14.D2, V15.D2, V16.D2, V17.D2]
	VLD4R.P 32(R6), [V18.D2, V19.D2, V20.D2, V21.D2]
	VLD4R.P 32(R6), [V22.D2, V23.D2, V24.D2, V25.D2]
	VLD4R.P 32(R6), [V26.D2, V27.D2, V28.D2, V29.D2]
	VLD1R   (R6), [V30.D2]
	MOVD    R3, R1
	MOVD    R5, R2
	VLD1R   (R1), [V5.D2]

max:
	SUBS   $2, R2, R2
	BLT    maxlast
	VLD1.P 16(R1), [V0.D2]
	LARGER
	B      max

maxlast:
	TBZ   $0, R2, maxlanes
	VLD1R (R1), [V0.D2]
	LARGER

maxlanes:
	VDUP V5.D[1], V0.D2
	LARGER

	// Lane 0 is the largest, but for the sign of a zero.
	FCMPD $(0.0), F5
	BNE   exp
	MOVD  R3, R1

zero:
	FMOVD.P 8(R1), F5
	FCMPD   $(0.0), F5
	BNE     zero

exp:
	FMOVD F5, largest+48(FP)
	VDUP  V5.D[0], V5.D2
	FMOVD ZR, F6
	MOVD  R3, R1
	MOVD  R4, R0
	MOVD  R5, R2

loop:
	SUBS   $2, R2, R2
	BLT    last
	VLD1.P 16(R1), [V0.D2]
	VFSUB_D2(5, 0, 0)
	EXP64
	VST1.P [V0.D2], 16(R0)
	VDUP   V0.D[1], V1.D2
	FADDD  F0, F6
	FADDD  F1, F6
	B      loop

last:
	TBZ   $0, R2, sum
	FMOVD (R1), F0
	VFSUB_D2(5, 0, 0)
	EXP64
	FMOVD F0, (R0)
	FADDD F0, F6

sum:
	FMOVD F6, sum+56(FP)
	VDUP  V6.D[0], V6.D2
	MOVD  R4, R0
	MOVD  R5, R2

div:
	SUBS   $2, R2, R2
	BLT    divlast
	VLD1   (R0), [V0.D2]
	VFDIV_D2(6, 0, 0)
	VST1.P [V0.D2], 16(R0)
	B      div

divlast:
	TBZ   $0, R2, done
	FMOVD (R0), F0
	FDIVD F6, F0
	FMOVD F0, (R0)

done:
	RET

// func ExpScaled(b, c, v []float64, u float64)
//
//   b[i] = e^(c[i] - u - v[i]), 0 where c[i] is −∞
//
// Shapes:   len(c) values each.
// Features: NEON.
// Tail:     an odd last element alone in its vector.
//
// Registers:
//   R0 … R2   b, c, v         V0, V5     c, v             V6   where c is −∞
//   R3        values left     V8, V9     u, −∞            V7   0
//   R6        constants       V1 … V4 and V14 … V30 as in Weights

#define EXPSCALED \
	VCMEQ V9.D2, V0.D2, V6.D2                                     \
	VFSUB_D2(8, 0, 0)                                             \
	VFSUB_D2(5, 0, 0)                                             \
	EXP64                                                         \
	VBIT  V6.B16, V7.B16, V0.B16

// func ExpScaled(b, c, v []float64, u float64)
TEXT ·ExpScaled(SB), NOSPLIT, $0-80
	MOVD    b_base+0(FP), R0
	MOVD    c_base+24(FP), R1
	MOVD    c_len+32(FP), R3
	MOVD    v_base+48(FP), R2
	MOVD    u+72(FP), R6
	VDUP    R6, V8.D2
	MOVD    $0xfff0000000000000, R6
	VDUP    R6, V9.D2
	VEOR    V7.B16, V7.B16, V7.B16
	MOVD    $exp64<>(SB), R6
	VLD4R.P 32(R6), [V14.D2, V15.D2, V16.D2, V17.D2]
	VLD4R.P 32(R6), [V18.D2, V19.D2, V20.D2, V21.D2]
	VLD4R.P 32(R6), [V22.D2, V23.D2, V24.D2, V25.D2]
	VLD4R.P 32(R6), [V26.D2, V27.D2, V28.D2, V29.D2]
	VLD1R   (R6), [V30.D2]

scaled:
	SUBS   $2, R3, R3
	BLT    scaledlast
	VLD1.P 16(R1), [V0.D2]
	VLD1.P 16(R2), [V5.D2]
	EXPSCALED
	VST1.P [V0.D2], 16(R0)
	B      scaled

scaledlast:
	TBZ   $0, R3, scaleddone
	FMOVD (R1), F0
	FMOVD (R2), F5
	EXPSCALED
	FMOVD F0, (R0)

scaleddone:
	RET
