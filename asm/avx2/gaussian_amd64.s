#include "textflag.h"
#include "math_amd64.h"

// func GaussianScale(sigma, invSigma, rho []float32)
// func GaussianScaleGrad(dRho, dSigma, rho []float32)
// func KLGaussian(mu, sigma, dMu, dSigma, invPrior []float32, weight float32) float64
//
//   σ = max(softplus ρ, 2^−40), 1/σ        dρ = dσ·sigmoid ρ
//   q = σ/s, m = μ/s, v = q²:  KL = ½ Σ (fma(m, m, v) − 1 − log v)
//                              dμ = fma(m, weight/s, dμ),  dσ += weight·(q/s − 1/σ)
//
// Shapes:   the length of rho or sigma, any alignment; dRho may be dSigma.
// Features: AVX2, FMA3.
// Tail:     masked here; +0 is added to lanes without an element, which are not −0.
//
// Registers:
//   DI, DX, SI   sigma, invSigma, rho; dRho, dSigma, rho; SI, DX, DI, BX, R8  mu, sigma, dMu, dSigma, invPrior
//   CX           elements left                Y15  elements in range
//   Y0           rho, sigma                   Y1 … Y9  temporaries, in KLGaussian Y6, Y7, Y8, Y9 = weight, q, m, v
//   Y14          1/s                          Y10 … Y13  eight lanes of the sum in two; the pairs take turns

#define LOADS_RHO(load) \
	load((SI), Y0)

#define LOADS_RHO_DSIGMA(load) \
	load((SI), Y0) \
	load((DX), Y6)

#define LOADS_KL(load) \
	load((DX), Y0) \
	load((SI), Y8) \
	load((BX), Y5) \
	load((DI), Y2) \
	load((R8), Y14)

TEXT ·GaussianScale(SB), NOSPLIT, $0-72
	MOVQ    sigma_base+0(FP), DI
	MOVQ    invSigma_base+24(FP), DX
	MOVQ    rho_base+48(FP), SI
	MOVQ    rho_len+56(FP), CX
	VMOVUPS sigmaMin(SB), Y8
	VMOVUPS one(SB), Y9
	FIRST
	NEXT(next, full, body, done, LOADS_RHO)
	SOFTPLUS(Y0, Y1, Y2, Y3, Y4, Y5)
	VMAXPS  Y1, Y8, Y1 // NaN stays
	VDIVPS  Y1, Y9, Y2
	STORE(Y1, (DI))
	STORE(Y2, (DX))
	ADDQ    $32, SI
	ADDQ    $32, DX
	ADDQ    $32, DI
	JMP     next
done:
	VZEROUPPER
	RET

TEXT ·GaussianScaleGrad(SB), NOSPLIT, $0-72
	MOVQ   dRho_base+0(FP), DI
	MOVQ   dSigma_base+24(FP), DX
	MOVQ   rho_base+48(FP), SI
	MOVQ   rho_len+56(FP), CX
	FIRST
	NEXT(next, full, body, done, LOADS_RHO_DSIGMA)
	SIGMOID(Y0, Y1, Y2, Y3, Y4, Y5)
	VMULPS Y6, Y1, Y1
	STORE(Y1, (DI))
	ADDQ   $32, SI
	ADDQ   $32, DX
	ADDQ   $32, DI
	JMP    next
done:
	VZEROUPPER
	RET

TEXT ·KLGaussian(SB), NOSPLIT, $0-136
	MOVQ         mu_base+0(FP), SI
	MOVQ         sigma_base+24(FP), DX
	MOVQ         sigma_len+32(FP), CX
	MOVQ         dMu_base+48(FP), DI
	MOVQ         dSigma_base+72(FP), BX
	MOVQ         invPrior_base+96(FP), R8
	VXORPS       Y10, Y10, Y10
	VXORPS       Y11, Y11, Y11
	VXORPS       Y12, Y12, Y12
	VXORPS       Y13, Y13, Y13
	FIRST
	NEXT(next, full, body, done, LOADS_KL)
	VBROADCASTSS weight+120(FP), Y6
	VMULPS       Y14, Y0, Y7         // q
	VMULPS       Y8, Y14, Y8         // m
	VMULPS       Y7, Y7, Y9          // v
	VMOVUPS      one(SB), Y1
	VDIVPS       Y0, Y1, Y1          // 1/σ
	VMULPS       Y14, Y7, Y7
	VSUBPS       Y1, Y7, Y7
	VMULPS       Y6, Y7, Y7
	VADDPS       Y5, Y7, Y7
	STORE(Y7, (BX))                  // dσ
	VMULPS       Y14, Y6, Y6         // weight/s
	VFMADD231PS  Y8, Y6, Y2
	STORE(Y2, (DI))                  // dμ
	LOG(Y9, Y1, Y2, Y3, Y4, Y5)
	VFMADD213PS  Y9, Y8, Y8          // m² + v
	VSUBPS       one(SB), Y8, Y8
	VANDPS       Y15, Y1, Y1
	VANDPS       Y15, Y8, Y8
	VEXTRACTF128 $1, Y1, X3
	VEXTRACTF128 $1, Y8, X4
	VCVTPS2PD    X1, Y1
	VCVTPS2PD    X8, Y8
	VCVTPS2PD    X3, Y3
	VCVTPS2PD    X4, Y4
	VSUBPD       Y1, Y8, Y8
	VSUBPD       Y3, Y4, Y4
	VADDPD       Y8, Y10, Y10
	VADDPD       Y4, Y11, Y11
	SWAP(Y10, Y12, Y2)
	SWAP(Y11, Y13, Y3)
	ADDQ         $32, SI
	ADDQ         $32, DX
	ADDQ         $32, DI
	ADDQ         $32, BX
	ADDQ         $32, R8
	JMP          next
done:
	TREE64(Y10, Y11, Y12, Y13, X10, X11)
	VMULSD       halfDouble<>(SB), X10, X10
	VMOVSD       X10, ret+128(FP)
	VZEROUPPER
	RET

DATA halfDouble<>+0(SB)/8, $0.5
GLOBL halfDouble<>(SB), RODATA|NOPTR, $8
