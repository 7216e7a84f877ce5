#include "textflag.h"
#include "simd_arm64.h"
#include "math_arm64.h"

// func AddTo(dst, x []float32)          dst[j] += x[j]                     j < len(x)
// func ReLU(y []float32)                y[j]  = y[j] ≤ 0 ? 0 : y[j]        j < len(y)
// func ReLUGrad(dx, y, dy []float32)    dx[j] = y[j] ≤ 0 ? 0 : dy[j]       j < len(y)
// func TanhGrad(dx, y, dy []float32)    dx[j] = dy[j]·fma(-y[j], y[j], 1)  j < len(y)
//
// Shapes:   any length; an output may be an input.
// Features: NEON.
// Tail:     16 elements at a time, then 4, the last 1 … 3 lane by lane.
//
// Registers:
//   R0   dst, y or dx           V0 … V3    first input and result
//   R1   the first input        V4 … V7    second input
//   R2   elements left          V16        +0 or 1
//   R3   dy                     V17 … V20  1 − y²

// dx = f(y, dy) for a macro f that computes V(4+i) from V(i) and V(4+i), from R1 and R3 to R0.
#define GRAD(f1, f4) \
	SUBS   $16, R2, R2                                \
	BLT    rest                                       \
loop: \
	VLD1.P 64(R1), [V0.S4, V1.S4, V2.S4, V3.S4]       \
	VLD1.P 64(R3), [V4.S4, V5.S4, V6.S4, V7.S4]       \
	f4                                                \
	VST1.P [V4.S4, V5.S4, V6.S4, V7.S4], 64(R0)       \
	SUBS   $16, R2, R2                                \
	BGE    loop                                       \
rest: \
	ADD    $16, R2, R2                                \
loop4: \
	SUBS   $4, R2, R2                                 \
	BLT    tail                                       \
	VLD1.P 16(R1), [V0.S4]                            \
	VLD1.P 16(R3), [V4.S4]                            \
	f1                                                \
	VST1.P [V4.S4], 16(R0)                            \
	B      loop4                                      \
tail: \
	CMN    $4, R2                                     \
	BEQ    done                                       \
	LOADPART(R1, V0)                                  \
	LOADPART(R3, V4)                                  \
	f1                                                \
	STOREPART(V4, R0)                                 \
done: \
	RET

#define RELUGRAD1 \
	VFCMLE0_S4(0, 0)                                  \
	VBIT   V0.B16, V16.B16, V4.B16

#define RELUGRAD4 \
	RELUGRAD1                                         \
	VFCMLE0_S4(1, 1)                                  \
	VFCMLE0_S4(2, 2)                                  \
	VFCMLE0_S4(3, 3)                                  \
	VBIT   V1.B16, V16.B16, V5.B16                    \
	VBIT   V2.B16, V16.B16, V6.B16                    \
	VBIT   V3.B16, V16.B16, V7.B16

#define TANHGRAD1 \
	VMOV   V16.B16, V17.B16                           \
	VFMLS  V0.S4, V0.S4, V17.S4                       \
	VFMUL_S4(17, 4, 4)

#define TANHGRAD4 \
	TANHGRAD1                                         \
	VMOV   V16.B16, V18.B16                           \
	VMOV   V16.B16, V19.B16                           \
	VMOV   V16.B16, V20.B16                           \
	VFMLS  V1.S4, V1.S4, V18.S4                       \
	VFMLS  V2.S4, V2.S4, V19.S4                       \
	VFMLS  V3.S4, V3.S4, V20.S4                       \
	VFMUL_S4(18, 5, 5)                                \
	VFMUL_S4(19, 6, 6)                                \
	VFMUL_S4(20, 7, 7)

// func AddTo(dst, x []float32)
TEXT ·AddTo(SB), NOSPLIT, $0-48
	MOVD   dst_base+0(FP), R0
	MOVD   x_base+24(FP), R1
	MOVD   x_len+32(FP), R2
	SUBS   $16, R2, R2
	BLT    rest

loop:
	VLD1.P 64(R1), [V4.S4, V5.S4, V6.S4, V7.S4]
	VLD1   (R0), [V0.S4, V1.S4, V2.S4, V3.S4]
	VFADD_S4(4, 0, 0)
	VFADD_S4(5, 1, 1)
	VFADD_S4(6, 2, 2)
	VFADD_S4(7, 3, 3)
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R0)
	SUBS   $16, R2, R2
	BGE    loop

rest:
	ADD    $16, R2, R2

loop4:
	SUBS   $4, R2, R2
	BLT    tail
	VLD1.P 16(R1), [V4.S4]
	VLD1   (R0), [V0.S4]
	VFADD_S4(4, 0, 0)
	VST1.P [V0.S4], 16(R0)
	B      loop4

tail:
	CMN    $4, R2
	BEQ    done
	MOVD   R0, R3
	LOADPART(R1, V4)
	LOADPART(R3, V0)
	VFADD_S4(4, 0, 0)
	STOREPART(V0, R0)

done:
	RET

// func ReLU(y []float32)
TEXT ·ReLU(SB), NOSPLIT, $0-24
	MOVD   y_base+0(FP), R0
	MOVD   y_len+8(FP), R2
	VEOR   V16.B16, V16.B16, V16.B16
	SUBS   $16, R2, R2
	BLT    rest

loop:
	VLD1   (R0), [V0.S4, V1.S4, V2.S4, V3.S4]
	VFMAX_S4(16, 0, 0)                           // max(x, +0) keeps NaN
	VFMAX_S4(16, 1, 1)
	VFMAX_S4(16, 2, 2)
	VFMAX_S4(16, 3, 3)
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R0)
	SUBS   $16, R2, R2
	BGE    loop

rest:
	ADD    $16, R2, R2

loop4:
	SUBS   $4, R2, R2
	BLT    tail
	VLD1   (R0), [V0.S4]
	VFMAX_S4(16, 0, 0)
	VST1.P [V0.S4], 16(R0)
	B      loop4

tail:
	CMN    $4, R2
	BEQ    done
	MOVD   R0, R3
	LOADPART(R3, V0)
	VFMAX_S4(16, 0, 0)
	STOREPART(V0, R0)

done:
	RET

// func ReLUGrad(dx, y, dy []float32)
TEXT ·ReLUGrad(SB), NOSPLIT, $0-72
	MOVD dx_base+0(FP), R0
	MOVD y_base+24(FP), R1
	MOVD y_len+32(FP), R2
	MOVD dy_base+48(FP), R3
	VEOR V16.B16, V16.B16, V16.B16
	GRAD(RELUGRAD1, RELUGRAD4)

// func TanhGrad(dx, y, dy []float32)
TEXT ·TanhGrad(SB), NOSPLIT, $0-72
	MOVD  dx_base+0(FP), R0
	MOVD  y_base+24(FP), R1
	MOVD  y_len+32(FP), R2
	MOVD  dy_base+48(FP), R3
	FMOVS $1.0, F16
	VDUP  V16.S[0], V16.S4
	GRAD(TANHGRAD1, TANHGRAD4)
