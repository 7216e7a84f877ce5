#include "textflag.h"
#include "simd_arm64.h"

// func Maxima(v, c []float64) (u float64)
//
//   u = max c[j],  v[j] = max(v[j], c[j] − u), v[j] where that is NaN
//
// Shapes:   len(c) elements of each, any alignment; c holds no NaN.
// Features: NEON.
// Tail:     eight elements at a time, the others one by one.
//
// Registers: R0 v   R1, R4 c, walking   R2, R3 elements left   R5 −∞
//   V0 … V3 maxima, then V0 u   V16 … V19 c, c − u   V20 … V23 v   V24 where c − u is larger

// x, named X too, is c − u; v, named V too, becomes the larger.
#define COLUMN(x, v, X, V) \
	VFSUB_D2(0, x, x)      \
	VFCMGT_D2(v, x, 24)    \
	VBIT V24.B16, X.B16, V.B16

TEXT ·Maxima(SB), NOSPLIT, $0-56
	MOVD v_base+0(FP), R0
	MOVD c_base+24(FP), R1
	MOVD c_len+32(FP), R2
	MOVD $0xfff0000000000000, R5
	VDUP R5, V0.D2
	VMOV V0.B16, V1.B16
	VMOV V0.B16, V2.B16
	VMOV V0.B16, V3.B16
	MOVD R1, R4
	MOVD R2, R3

eight:
	SUBS   $8, R3, R3
	BLT    reduce
	VLD1.P 64(R4), [V16.D2, V17.D2, V18.D2, V19.D2]
	VFMAX_D2(16, 0, 0)
	VFMAX_D2(17, 1, 1)
	VFMAX_D2(18, 2, 2)
	VFMAX_D2(19, 3, 3)
	B      eight

reduce:
	VFMAX_D2(1, 0, 0)
	VFMAX_D2(3, 2, 2)
	VFMAX_D2(2, 0, 0)
	VDUP  V0.D[1], V1.D2
	FMAXD F1, F0, F0
	ADDS  $8, R3, R3
	BEQ   columns

one:
	FMOVD.P 8(R4), F1
	FMAXD   F1, F0, F0
	SUBS    $1, R3, R3
	BNE     one

columns:
	FMOVD F0, u+48(FP)
	VDUP  V0.D[0], V0.D2

wide:
	SUBS   $8, R2, R2
	BLT    rest
	VLD1.P 64(R1), [V16.D2, V17.D2, V18.D2, V19.D2]
	VLD1   (R0), [V20.D2, V21.D2, V22.D2, V23.D2]
	COLUMN(16, 20, V16, V20)
	COLUMN(17, 21, V17, V21)
	COLUMN(18, 22, V18, V22)
	COLUMN(19, 23, V19, V23)
	VST1.P [V20.D2, V21.D2, V22.D2, V23.D2], 64(R0)
	B      wide

rest:
	ADDS $8, R2, R2
	BEQ  done

last:
	FMOVD.P 8(R1), F16
	FMOVD   (R0), F20
	FSUBD   F0, F16, F16
	FCMPD   F20, F16
	FCSELD  GT, F16, F20, F20
	FMOVD.P F20, 8(R0)
	SUBS    $1, R2, R2
	BNE     last

done:
	RET
