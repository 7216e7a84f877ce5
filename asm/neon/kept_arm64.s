#include "textflag.h"
#include "simd_arm64.h"
#include "math_arm64.h"

// func KeptGrad(dMu, dSigma, dw, noise []float32)
//
//   dμ += dw,  dσ = fma(dw, ε, dσ)          for len(dw) elements
//
// Shapes:   any length; the slices do not overlap.
// Features: NEON.
// Tail:     the last 1 … 3 elements are loaded and stored lane by lane.
//
// Registers:
//   R0, R1, R3, R4   dMu, dSigma, dw, noise    V0 … V3   dw, noise, dμ, dσ
//   R2               elements left − 4         R5, R6    dMu, dSigma in the tail

#define KEPTGRAD \
	VFADD_S4(0, 2, 2)                                       \
	VFMLA V0.S4, V1.S4, V3.S4

// func KeptGrad(dMu, dSigma, dw, noise []float32)
TEXT ·KeptGrad(SB), NOSPLIT, $0-96
	MOVD dMu_base+0(FP), R0
	MOVD dSigma_base+24(FP), R1
	MOVD dw_base+48(FP), R3
	MOVD dw_len+56(FP), R2
	MOVD noise_base+72(FP), R4

loop:
	SUBS   $4, R2, R2
	BLT    tail
	VLD1.P 16(R3), [V0.S4]
	VLD1.P 16(R4), [V1.S4]
	VLD1   (R0), [V2.S4]
	VLD1   (R1), [V3.S4]
	KEPTGRAD
	VST1.P [V2.S4], 16(R0)
	VST1.P [V3.S4], 16(R1)
	B      loop

tail:
	CMN  $4, R2
	BEQ  done
	MOVD R0, R5
	MOVD R1, R6
	LOADPART(R3, V0)
	LOADPART(R4, V1)
	LOADPART(R5, V2)
	LOADPART(R6, V3)
	KEPTGRAD
	STOREPART(V2, R0)
	STOREPART(V3, R1)

done:
	RET
