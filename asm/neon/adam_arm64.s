#include "textflag.h"
#include "simd_arm64.h"
#include "math_arm64.h"

// func Adam(x, m, v, g []float32, lr, beta1, beta2, epsilon, c1, c2, correct1, correct2 float32)
//
//   m = fma(β₁, m, c1·g);  v = fma(β₂, v, c2·(g·g))
//   x = fma(−lr, (m·correct1)/(√(v·correct2) + ε), x)          for len(g) elements
//
// Shapes:   any length; the slices do not overlap.
// Features: NEON.
// Tail:     the last 1 … 3 elements are loaded and stored lane by lane.
//
// Registers:
//   R0, R1, R3, R4   x, m, v, g            V0, V1, V2, V3   x, m, v, g
//   R2               elements left − 4     V4, V5           clobbered
//   R5, R6, R7       x, m, v in the tail   V16 … V23        lr, β₁, β₂, ε, c1, c2, correct1, correct2

#define ADAM \
	VFMUL_S4(3, 20, 4)                                      \
	VFMLA V17.S4, V1.S4, V4.S4  /* m' = c1·g + β₁·m      */ \
	VFMUL_S4(3, 3, 5)                                       \
	VFMUL_S4(5, 21, 5)                                      \
	VFMLA V18.S4, V2.S4, V5.S4  /* v' = c2·g² + β₂·v     */ \
	VFMUL_S4(22, 4, 1)                                      \
	VFMUL_S4(23, 5, 2)                                      \
	VFSQRT_S4(2, 2)                                         \
	VFADD_S4(19, 2, 2)                                      \
	VFDIV_S4(2, 1, 1)                                       \
	VFMLS V16.S4, V1.S4, V0.S4  /* x −= lr·quotient      */

// func Adam(x, m, v, g []float32, lr, beta1, beta2, epsilon, c1, c2, correct1, correct2 float32)
TEXT ·Adam(SB), NOSPLIT, $0-128
	MOVD  x_base+0(FP), R0
	MOVD  m_base+24(FP), R1
	MOVD  v_base+48(FP), R3
	MOVD  g_base+72(FP), R4
	MOVD  g_len+80(FP), R2
	FMOVS lr+96(FP), F16
	FMOVS beta1+100(FP), F17
	FMOVS beta2+104(FP), F18
	FMOVS epsilon+108(FP), F19
	FMOVS c1+112(FP), F20
	FMOVS c2+116(FP), F21
	FMOVS correct1+120(FP), F22
	FMOVS correct2+124(FP), F23
	VDUP  V16.S[0], V16.S4
	VDUP  V17.S[0], V17.S4
	VDUP  V18.S[0], V18.S4
	VDUP  V19.S[0], V19.S4
	VDUP  V20.S[0], V20.S4
	VDUP  V21.S[0], V21.S4
	VDUP  V22.S[0], V22.S4
	VDUP  V23.S[0], V23.S4

loop:
	SUBS   $4, R2, R2
	BLT    tail
	VLD1.P 16(R4), [V3.S4]
	VLD1   (R1), [V1.S4]
	VLD1   (R3), [V2.S4]
	VLD1   (R0), [V0.S4]
	ADAM
	VST1.P [V4.S4], 16(R1)
	VST1.P [V5.S4], 16(R3)
	VST1.P [V0.S4], 16(R0)
	B      loop

tail:
	CMN  $4, R2
	BEQ  done
	MOVD R0, R5
	MOVD R1, R6
	MOVD R3, R7
	LOADPART(R4, V3)
	LOADPART(R5, V0)
	LOADPART(R6, V1)
	LOADPART(R7, V2)
	ADAM
	STOREPART(V0, R0)
	STOREPART(V4, R1)
	STOREPART(V5, R3)

done:
	RET
