#include "textflag.h"
#include "simd_arm64.h"
#include "math_arm64.h"

// func GaussianScale(sigma, invSigma, rho []float32)
//
//   σ = max(log(1 + exp ρ), 2⁻⁴⁰);  1/σ          for len(rho) elements
//
// Shapes:   any length; the outputs do not overlap.
// Features: NEON.
// Tail:     the last 1 … 3 elements are loaded and stored lane by lane.
//
// Registers:
//   R0, R1, R3   sigma, invSigma, rho      V0, V1     σ, 1/σ
//   R2           elements left − 4         V7         2⁻⁴⁰; the others: see math_arm64.h

// func GaussianScale(sigma, invSigma, rho []float32)
TEXT ·GaussianScale(SB), NOSPLIT, $0-72
	MOVD  sigma_base+0(FP), R0
	MOVD  invSigma_base+24(FP), R1
	MOVD  rho_base+48(FP), R3
	MOVD  rho_len+56(FP), R2
	LOADEXP(R4)
	LOADLOG1PPOLY(R4)
	LOADLOG1PFINITE(R4)
	LOADSIGN(R4)
	MOVD  $0x2b800000, R4           // 2⁻⁴⁰
	VDUP  R4, V7.S4

loop:
	SUBS   $4, R2, R2
	BLT    tail
	VLD1.P 16(R3), [V0.S4]

body:
	SOFTPLUS
	VFMAX_S4(7, 0, 0)
	VFDIV_S4(0, 20, 1)
	TBNZ   $63, R2, last
	VST1.P [V0.S4], 16(R0)
	VST1.P [V1.S4], 16(R1)
	B      loop

tail:
	CMN  $4, R2
	BEQ  done
	VEOR V0.B16, V0.B16, V0.B16
	LOADPART(R3, V0)
	B    body

last:
	STOREPART(V0, R0)
	STOREPART(V1, R1)

done:
	RET

// func GaussianScaleGrad(dRho, dSigma, rho []float32)
//
//   dρ = dσ/(1 + exp −ρ)          for len(rho) elements
//
// Shapes:   any length; dRho may be dSigma or rho.
// Features: NEON.
// Tail:     the last 1 … 3 elements are loaded and stored lane by lane.
//
// Registers:
//   R0, R1, R3   dRho, dSigma, rho         V0         sigmoid ρ, dρ
//   R2           elements left − 4         V7         dσ; the others: see math_arm64.h

// func GaussianScaleGrad(dRho, dSigma, rho []float32)
TEXT ·GaussianScaleGrad(SB), NOSPLIT, $0-72
	MOVD dRho_base+0(FP), R0
	MOVD dSigma_base+24(FP), R1
	MOVD rho_base+48(FP), R3
	MOVD rho_len+56(FP), R2
	LOADEXP(R4)
	LOADSIGN(R4)

loop:
	SUBS   $4, R2, R2
	BLT    tail
	VLD1.P 16(R3), [V0.S4]
	VLD1.P 16(R1), [V7.S4]

body:
	SIGMOID
	VFMUL_S4(0, 7, 0)
	TBNZ   $63, R2, last
	VST1.P [V0.S4], 16(R0)
	B      loop

tail:
	CMN  $4, R2
	BEQ  done
	VEOR V0.B16, V0.B16, V0.B16
	LOADPART(R3, V0)
	LOADPART(R1, V7)
	B    body

last:
	STOREPART(V0, R0)

done:
	RET

// func KLGaussian(mu, sigma, dMu, dSigma, invPrior []float32, weight float32) float64
//
//   q = σ/s, m = μ/s, v = q²:  KL = ½ Σ (fma(m, m, v) − 1 − log v), the terms float32, the sum float64
//   dμ = fma(m, weight/s, dμ), dσ = dσ + weight·(q/s − 1/σ)
//
// Shapes:   any length (len(sigma)); the slices do not overlap.
// Features: NEON.
// Tail:     the last 1 … 3 elements are loaded and stored lane by lane, the other lanes' terms cleared.
//
// The sixteen lanes of the sum wait in memory: a vector's logarithm takes far longer than the way there.
//
// Registers:
//   R0, R1, R3, R4   mu, sigma, dMu, dSigma     V0 … V6        clobbered
//   R2               elements left − 4          V7, V31        σ, m; then V7 = dμ
//   R5, R6, R7       the lanes, this vector's   V18, V19       q, then dσ; fma(m, m, v) − 1
//   R8, R9           dMu, dSigma in the tail    V30            1/s; the others: see math_arm64.h
//   R10, R11         invPrior, weight           V3, V4         weight, weight/s

// V18 = dσ, V7 = dμ, V19 − V0 the terms, from σ = V7, μ = V31, 1/s = V30, dμ = V1, dσ = V2.
#define KL \
	VDUP  R11, V3.S4                                            \
	VFMUL_S4(30, 3, 4)          /* weight/s                  */ \
	VFMUL_S4(30, 31, 31)        /* m = μ/s                   */ \
	VFMUL_S4(30, 7, 18)         /* q = σ/s                   */ \
	VFMUL_S4(18, 18, 0)         /* v = q²                    */ \
	VMOV  V0.B16, V19.B16                                       \
	VFMLA V31.S4, V31.S4, V19.S4                                \
	VFSUB_S4(20, 19, 19)        /* m·m + v - 1               */ \
	VFMUL_S4(30, 18, 18)                                        \
	VFDIV_S4(7, 20, 6)                                          \
	VFSUB_S4(6, 18, 18)                                         \
	VFMUL_S4(3, 18, 18)         /* weight·(q/s - 1/σ)        */ \
	VFADD_S4(18, 2, 18)                                         \
	VMOV  V1.B16, V7.B16                                        \
	VFMLA V4.S4, V31.S4, V7.S4  /* dμ + m·weight/s           */ \
	LOG

// Adds the terms to their lanes.
#define KLSUM \
	ADD   R5, R6, R7                                            \
	FLDPQ (R7), (F5, F6)                                        \
	VFCVTL_D2(19, 1)                                            \
	VFCVTL2_D2(19, 2)                                           \
	VFCVTL_D2(0, 3)                                             \
	VFCVTL2_D2(0, 4)                                            \
	VFSUB_D2(3, 1, 1)                                           \
	VFSUB_D2(4, 2, 2)                                           \
	VFADD_D2(1, 5, 5)                                           \
	VFADD_D2(2, 6, 6)                                           \
	FSTPQ (F5, F6), (R7)                                        \
	ADD   $32, R6, R6                                           \
	AND   $127, R6, R6

// func KLGaussian(mu, sigma, dMu, dSigma, invPrior []float32, weight float32) float64
TEXT ·KLGaussian(SB), NOSPLIT, $128-136
	MOVD  mu_base+0(FP), R0
	MOVD  sigma_base+24(FP), R1
	MOVD  sigma_len+32(FP), R2
	MOVD  dMu_base+48(FP), R3
	MOVD  dSigma_base+72(FP), R4
	LOADLOG(R6)
	MOVD  invPrior_base+96(FP), R10
	MOVWU weight+120(FP), R11
	MOVD  $lanes-128(SP), R5
	CLEARLANES64(R5, R6)
	MOVD  ZR, R6

loop:
	SUBS   $4, R2, R2
	BLT    tail
	VLD1.P 16(R0), [V31.S4]
	VLD1.P 16(R1), [V7.S4]
	VLD1   (R3), [V1.S4]
	VLD1   (R4), [V2.S4]
	VLD1.P 16(R10), [V30.S4]

body:
	KL
	TBNZ   $63, R2, last
	VST1.P [V7.S4], 16(R3)
	VST1.P [V18.S4], 16(R4)
	KLSUM
	B      loop

tail:
	CMN  $4, R2
	BEQ  done
	MOVD R3, R8
	MOVD R4, R9
	LOADPART(R0, V31)
	LOADPART(R1, V7)
	LOADPART(R8, V1)
	LOADPART(R9, V2)
	LOADPART(R10, V30)
	B    body

last:
	STOREPART(V7, R3)
	STOREPART(V18, R4)
	PARTMASK(R7, R8, V7)
	VAND V7.B16, V0.B16, V0.B16
	VAND V7.B16, V19.B16, V19.B16
	KLSUM

done:
	VLD1.P 64(R5), [V0.D2, V1.D2, V2.D2, V3.D2]
	VLD1   (R5), [V4.D2, V5.D2, V6.D2, V7.D2]
	TREE64
	FMOVD  $0.5, F1
	FMULD  F1, F0
	FMOVD  F0, ret+128(FP)
	RET
