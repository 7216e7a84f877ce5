#include "textflag.h"
#include "simd_arm64.h"
#include "math_arm64.h"

// func GaussianScale(sigma, invSigma, rho []float32)
//
//   σ = max(log(1 + exp ρ), 2⁻⁴⁰);  1/σ if there is room for it          for len(rho) elements
//
// Shapes:   any length; the outputs do not overlap.
// Features: NEON.
// Tail:     the last 1 … 3 elements are loaded and stored lane by lane.
//
// Registers:
//   R0, R1, R3   sigma, invSigma, rho      V0, V1     σ, 1/σ
//   R2           elements left − 4         V7         2⁻⁴⁰; the others: see math_arm64.h
//   R5           room for 1/σ, 0: none

// func GaussianScale(sigma, invSigma, rho []float32)
TEXT ·GaussianScale(SB), NOSPLIT, $0-72
	MOVD  sigma_base+0(FP), R0
	MOVD  invSigma_base+24(FP), R1
	MOVD  invSigma_len+32(FP), R5
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
	TBNZ   $63, R2, last
	VST1.P [V0.S4], 16(R0)
	CBZ    R5, loop
	VFDIV_S4(0, 20, 1)
	VST1.P [V1.S4], 16(R1)
	B      loop

tail:
	CMN  $4, R2
	BEQ  done
	VEOR V0.B16, V0.B16, V0.B16
	LOADPART(R3, V0)
	B    body

last:
	CBZ  R5, sigma
	VFDIV_S4(0, 20, 1)
	STOREPART(V1, R1)

sigma:
	STOREPART(V0, R0)

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

// func KLGaussian(mu, sigma, dMu, dSigma, invPrior []float32, weight float32) (terms, mantissa float64, exponents int64)
//
//   q = σ/s, m = μ/s, v = q²:  terms = Σ (fma(m, m, v) − 1), float32, their sum float64
//                              Π q = mantissa·2^(exponents − 127 n)
//   dμ = fma(m, weight/s, dμ), dσ = dσ + weight·(q/s − 1/σ)
//
// Shapes:   any length (len(sigma)); the slices do not overlap.
// Features: NEON.
// Tail:     the last 1 … 3 elements are loaded and stored lane by lane; to the other lanes 0 is added
//           and 1 multiplied.
//
// The sixteen lanes of the sum, and of the product behind them, wait in memory.
//
// Registers:
//   R0, R1, R3, R4   mu, sigma, dMu, dSigma      V0 … V6, V16, V17   clobbered; V0 = q
//   R2               elements left − 4           V7, V31     σ, m; then V7 = dμ
//   R5, R13          lanes of sum and product    V18, V19    dσ; fma(m, m, v) − 1
//   R6, R7, R12      this vector's               V20 … V23   1, mantissaMask, the exponents, all ones
//   R8, R9           dMu, dSigma in the tail     V30         1/s
//   R10, R11         invPrior, weight            V3, V4      weight, weight/s

// V18 = dσ, V7 = dμ, V19 the terms, V0 = q, from σ = V7, μ = V31, 1/s = V30, dμ = V1, dσ = V2.
#define KL \
	VDUP  R11, V3.S4                                            \
	VFMUL_S4(30, 3, 4)          /* weight/s                  */ \
	VFMUL_S4(30, 31, 31)        /* m = μ/s                   */ \
	VFMUL_S4(30, 7, 0)          /* q = σ/s                   */ \
	VFMUL_S4(0, 0, 19)          /* v = q²                    */ \
	VFMLA V31.S4, V31.S4, V19.S4                                \
	VFSUB_S4(20, 19, 19)        /* m·m + v - 1               */ \
	VFMUL_S4(30, 0, 18)                                         \
	VFDIV_S4(7, 20, 6)                                          \
	VFSUB_S4(6, 18, 18)                                         \
	VFMUL_S4(3, 18, 18)         /* weight·(q/s - 1/σ)        */ \
	VFADD_S4(18, 2, 18)                                         \
	VMOV  V1.B16, V7.B16                                        \
	VFMLA V4.S4, V31.S4, V7.S4  /* dμ + m·weight/s           */

// Adds the terms to their lanes and multiplies theirs by q.
#define KLSUM \
	ADD   R5, R6, R7                                            \
	FLDPQ (R7), (F5, F6)                                        \
	VFCVTL_D2(19, 1)                                            \
	VFCVTL2_D2(19, 2)                                           \
	VFADD_D2(1, 5, 5)                                           \
	VFADD_D2(2, 6, 6)                                           \
	FSTPQ (F5, F6), (R7)                                        \
	ADD   R6>>1, R13, R12                                       \
	VLD1  (R12), [V3.S4]                                        \
	VFMUL_S4(0, 3, 3)                                           \
	VUSHR $23, V3.S4, V4.S4                                     \
	VAND  V23.B16, V4.B16, V4.B16                               \
	VADD  V4.S4, V22.S4, V22.S4                                 \
	VAND  V21.B16, V3.B16, V3.B16                               \
	VORR  V20.B16, V3.B16, V3.B16                               \
	VST1  [V3.S4], (R12)                                        \
	ADD   $32, R6, R6                                           \
	AND   $127, R6, R6

TEXT ·KLGaussian(SB), NOSPLIT, $192-152
	MOVD  mu_base+0(FP), R0
	MOVD  sigma_base+24(FP), R1
	MOVD  sigma_len+32(FP), R2
	MOVD  dMu_base+48(FP), R3
	MOVD  dSigma_base+72(FP), R4
	MOVD  invPrior_base+96(FP), R10
	MOVWU weight+120(FP), R11
	MOVD  $0x3f800000, R6
	VDUP  R6, V20.S4
	MOVD  $0x007fffff, R6
	VDUP  R6, V21.S4
	VEOR  V22.B16, V22.B16, V22.B16
	VCMEQ V22.S4, V22.S4, V23.S4
	MOVD  $lanes-192(SP), R5
	CLEARLANES64(R5, R6)
	ADD   $128, R5, R13
	VMOV  V20.B16, V0.B16
	VMOV  V20.B16, V1.B16
	VMOV  V20.B16, V2.B16
	VMOV  V20.B16, V3.B16
	VST1  [V0.S4, V1.S4, V2.S4, V3.S4], (R13)
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
	PARTMASK(R7, R8, V23)
	VAND V23.B16, V19.B16, V19.B16
	VBIF V23.B16, V20.B16, V0.B16
	KLSUM

done:
	VLD1.P 64(R5), [V0.D2, V1.D2, V2.D2, V3.D2]
	VLD1   (R5), [V4.D2, V5.D2, V6.D2, V7.D2]
	TREE64
	FMOVD  F0, terms+128(FP)
	VLD1   (R13), [V0.S4, V1.S4, V2.S4, V3.S4]
	VFCVTL_D2(0, 4)
	VFCVTL2_D2(0, 5)
	VFCVTL_D2(1, 6)
	VFCVTL2_D2(1, 7)
	VFCVTL_D2(2, 16)
	VFCVTL2_D2(2, 17)
	VFCVTL_D2(3, 18)
	VFCVTL2_D2(3, 19)
	VFMUL_D2(16, 4, 4)
	VFMUL_D2(17, 5, 5)
	VFMUL_D2(18, 6, 6)
	VFMUL_D2(19, 7, 7)
	VFMUL_D2(6, 4, 4)
	VFMUL_D2(7, 5, 5)
	VFMUL_D2(5, 4, 4)
	VDUP   V4.D[1], V5.D2
	FMULD  F5, F4
	FMOVD  F4, mantissa+136(FP)
	VADDV  V22.S4, V22
	VMOV   V22.S[0], R0
	MOVD   R0, exponents+144(FP)
	RET
