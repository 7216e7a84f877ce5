#include "textflag.h"
#include "math_amd64.h"

// func GaussianScale(sigma, invSigma, rho []float32)
// func GaussianScaleGrad(dRho, dSigma, rho []float32)
// func KLGaussian(mu, sigma, dMu, dSigma []float32, invPrior float32) float64
//
//   σ = max(softplus ρ, 2^−40), 1/σ        dρ = dσ·sigmoid ρ
//   q = σ/s, m = μ/s, v = q²:  KL = ½ Σ (fma(m, m, v) − 1 − log v),  dμ = fma(m, 1/s, dμ),  dσ += q/s − 1/σ
//
// Shapes:   the length of rho or sigma, any alignment; dRho may be dSigma.
// Features: AVX-512 F, DQ.
// Tail:     masked here.
//
// Registers:
//   DI, DX, SI   sigma, invSigma, rho; dRho, dSigma, rho; SI, DX, DI, BX  mu, sigma, dMu, dSigma
//   CX           elements left                K1  elements in range
//   Z0           rho, sigma                   Z1 … Z9  temporaries, in KLGaussian Z7, Z8, Z9 = q, m, v
//   Z15          1/s                          Z16, Z17  the lanes of the sum

TEXT ·GaussianScale(SB), NOSPLIT, $0-72
	MOVQ         sigma_base+0(FP), DI
	MOVQ         invSigma_base+24(FP), DX
	MOVQ         rho_base+48(FP), SI
	MOVQ         rho_len+56(FP), CX
	VBROADCASTSS sigmaMin, Z8
	VBROADCASTSS one, Z9
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z    (SI), K1, Z0
	SOFTPLUS(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	VMAXPS       Z1, Z8, Z1 // NaN stays
	VDIVPS       Z1, Z9, Z2
	VMOVUPS      Z1, K1, (DI)
	VMOVUPS      Z2, K1, (DX)
	ADDQ         $64, SI
	ADDQ         $64, DX
	ADDQ         $64, DI
	JMP          next
done:
	VZEROUPPER
	RET

TEXT ·GaussianScaleGrad(SB), NOSPLIT, $0-72
	MOVQ      dRho_base+0(FP), DI
	MOVQ      dSigma_base+24(FP), DX
	MOVQ      rho_base+48(FP), SI
	MOVQ      rho_len+56(FP), CX
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z (SI), K1, Z0
	SIGMOID(Z0, Z1, Z2, Z3, Z4, Z5)
	VMULPS.Z  (DX), Z1, K1, Z1
	VMOVUPS   Z1, K1, (DI)
	ADDQ      $64, SI
	ADDQ      $64, DX
	ADDQ      $64, DI
	JMP       next
done:
	VZEROUPPER
	RET

TEXT ·KLGaussian(SB), NOSPLIT, $0-112
	MOVQ         mu_base+0(FP), SI
	MOVQ         sigma_base+24(FP), DX
	MOVQ         sigma_len+32(FP), CX
	MOVQ         dMu_base+48(FP), DI
	MOVQ         dSigma_base+72(FP), BX
	VBROADCASTSS invPrior+96(FP), Z15
	CLEAR64(Z16, Z17)
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z    (DX), K1, Z0
	VMULPS       Z15, Z0, Z7         // q
	VMULPS.Z     (SI), Z15, K1, Z8   // m
	VMULPS       Z7, Z7, Z9          // v
	VBROADCASTSS one, Z1
	VDIVPS       Z0, Z1, Z1          // 1/σ
	VMULPS       Z15, Z7, Z7
	VSUBPS       Z1, Z7, Z7
	VADDPS.Z     (BX), Z7, K1, Z7
	VMOVUPS      Z7, K1, (BX)        // dσ
	VMOVUPS.Z    (DI), K1, Z2
	VFMADD231PS  Z8, Z15, Z2
	VMOVUPS      Z2, K1, (DI)        // dμ
	LOG(Z9, Z1, Z2, Z3, Z4, Z5)
	VFMADD213PS  Z9, Z8, Z8          // m² + v
	VSUBPS.BCST  one, Z8, Z8
	KSHIFTRW     $8, K1, K3
	VEXTRACTF32X8 $1, Z1, Y3
	VEXTRACTF32X8 $1, Z8, Y4
	VCVTPS2PD    Y1, Z1
	VCVTPS2PD    Y8, Z2
	VCVTPS2PD    Y3, Z3
	VCVTPS2PD    Y4, Z4
	VSUBPD       Z1, Z2, Z2
	VSUBPD       Z3, Z4, Z4
	VADDPD       Z2, Z16, K1, Z16
	VADDPD       Z4, Z17, K3, Z17
	ADDQ         $64, SI
	ADDQ         $64, DX
	ADDQ         $64, DI
	ADDQ         $64, BX
	JMP          next
done:
	TREE64(Z16, Y16, X16, Z17, Y17, X17)
	VMULSD       halfDouble<>(SB), X16, X16
	VMOVSD       X16, ret+104(FP)
	VZEROUPPER
	RET

DATA halfDouble<>+0(SB)/8, $0.5
GLOBL halfDouble<>(SB), RODATA|NOPTR, $8
