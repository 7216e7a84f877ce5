#include "textflag.h"
#include "math_amd64.h"

// func GaussianScale(sigma, invSigma, rho []float32)
// func GaussianScaleGrad(dRho, dSigma, rho []float32)
// func KLGaussian(mu, sigma, dMu, dSigma, invPrior []float32, weight float32) (terms, mantissa float64, exponents int64)
//
//   σ = max(softplus ρ, 2^−40), 1/σ if there is room for it        dρ = dσ·sigmoid ρ
//   q = σ/s, m = μ/s, v = q²:  terms = Σ (fma(m, m, v) − 1),  Π q = mantissa·2^(exponents − 127 n)
//                              dμ = fma(m, weight/s, dμ),  dσ += weight·(q/s − 1/σ)
//
// Shapes:   the length of rho or sigma, any alignment; dRho may be dSigma.
// Features: AVX-512 F, DQ.
// Tail:     masked here.
//
// Registers:
//   DI, DX, SI   sigma, invSigma, rho; dRho, dSigma, rho; SI, DX, DI, BX, R8  mu, sigma, dMu, dSigma, invPrior
//   CX           elements left                K1  elements in range    R9  room for 1/σ, 0: none
//   Z0           rho, sigma                   Z1 … Z9  temporaries, in KLGaussian Z7, Z8, Z9 = q, m, v
//   Z15, Z18     1/s, weight                  Z16, Z17  the lanes of the sum
//   Z19, Z20     lanes of the product, of the exponents    Z21, Z22  mantissaMask, 1
//   Four registers at a time (long) in Z0 … Z23 and K2 … K5; GaussianScale has Z30, Z31 = 2^−40, 1

// y = max(y, 2^−40)
#define LARGE_ENOUGH(x, y, f, k, v, t, m) \
	VMAXPS y, Z30, y // NaN stays

// f = 1/y
#define INVERSE(x, y, f, k, v, t, m) \
	VDIVPS y, Z31, f

TEXT ·GaussianScale(SB), NOSPLIT, $0-72
	MOVQ         sigma_base+0(FP), DI
	MOVQ         invSigma_base+24(FP), DX
	MOVQ         invSigma_len+32(FP), R9
	MOVQ         rho_base+48(FP), SI
	MOVQ         rho_len+56(FP), CX
	VBROADCASTSS sigmaMin, Z30
	VBROADCASTSS one, Z31
	SUBQ         $64, CX
	JLT          short
long:
	VMOVUPS      (SI), Z0
	VMOVUPS      64(SI), Z6
	VMOVUPS      128(SI), Z12
	VMOVUPS      192(SI), Z18
	SOFTPLUS_STAGES(FOUR)
	FOUR(LARGE_ENOUGH)
	VMOVUPS      Z1, (DI)
	VMOVUPS      Z7, 64(DI)
	VMOVUPS      Z13, 128(DI)
	VMOVUPS      Z19, 192(DI)
	TESTQ        R9, R9
	JEQ          onward
	FOUR(INVERSE)
	VMOVUPS      Z2, (DX)
	VMOVUPS      Z8, 64(DX)
	VMOVUPS      Z14, 128(DX)
	VMOVUPS      Z20, 192(DX)
onward:
	ADDQ         $256, SI
	ADDQ         $256, DX
	ADDQ         $256, DI
	SUBQ         $64, CX
	JGE          long
short:
	ADDQ         $64, CX
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z    (SI), K1, Z0
	SOFTPLUS_STAGES(ONE)
	ONE(LARGE_ENOUGH)
	VMOVUPS      Z1, K1, (DI)
	TESTQ        R9, R9
	JEQ          last
	ONE(INVERSE)
	VMOVUPS      Z2, K1, (DX)
last:
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
	SUBQ      $64, CX
	JLT       short
long:
	VMOVUPS   (SI), Z0
	VMOVUPS   64(SI), Z6
	VMOVUPS   128(SI), Z12
	VMOVUPS   192(SI), Z18
	SIGMOID_STAGES(FOUR)
	VMULPS    (DX), Z1, Z1
	VMULPS    64(DX), Z7, Z7
	VMULPS    128(DX), Z13, Z13
	VMULPS    192(DX), Z19, Z19
	VMOVUPS   Z1, (DI)
	VMOVUPS   Z7, 64(DI)
	VMOVUPS   Z13, 128(DI)
	VMOVUPS   Z19, 192(DI)
	ADDQ      $256, SI
	ADDQ      $256, DX
	ADDQ      $256, DI
	SUBQ      $64, CX
	JGE       long
short:
	ADDQ      $64, CX
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z (SI), K1, Z0
	SIGMOID_STAGES(ONE)
	VMULPS.Z  (DX), Z1, K1, Z1
	VMOVUPS   Z1, K1, (DI)
	ADDQ      $64, SI
	ADDQ      $64, DX
	ADDQ      $64, DI
	JMP       next
done:
	VZEROUPPER
	RET

TEXT ·KLGaussian(SB), NOSPLIT, $0-152
	MOVQ         mu_base+0(FP), SI
	MOVQ         sigma_base+24(FP), DX
	MOVQ         sigma_len+32(FP), CX
	MOVQ         dMu_base+48(FP), DI
	MOVQ         dSigma_base+72(FP), BX
	MOVQ         invPrior_base+96(FP), R8
	VBROADCASTSS weight+120(FP), Z18
	VBROADCASTSS mantissaMask, Z21
	VBROADCASTSS one, Z22
	VMOVAPS      Z22, Z19
	VPXORD       Z20, Z20, Z20
	CLEAR64(Z16, Z17)
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z    (DX), K1, Z0
	VMOVUPS.Z    (R8), K1, Z15
	VMULPS       Z15, Z0, Z7         // q
	VMULPS.Z     (SI), Z15, K1, Z8   // m
	VMULPS       Z7, Z7, Z9          // v
	VMULPS       Z7, Z19, K1, Z19
	VPSRLD       $23, Z19, K1, Z2
	VPADDD       Z2, Z20, K1, Z20
	VPANDD       Z21, Z19, Z19
	VPORD        Z22, Z19, Z19
	VDIVPS       Z0, Z22, Z1         // 1/σ
	VMULPS       Z15, Z7, Z7
	VSUBPS       Z1, Z7, Z7
	VMULPS       Z18, Z7, Z7
	VADDPS.Z     (BX), Z7, K1, Z7
	VMOVUPS      Z7, K1, (BX)        // dσ
	VMOVUPS.Z    (DI), K1, Z2
	VMULPS       Z15, Z18, Z15       // weight/s
	VFMADD231PS  Z8, Z15, Z2
	VMOVUPS      Z2, K1, (DI)        // dμ
	VFMADD213PS  Z9, Z8, Z8          // m² + v
	VSUBPS       Z22, Z8, Z8
	ADD64(Z8, Y8, Y3, Z3, Z4, Z16, Z17)
	ADDQ         $64, SI
	ADDQ         $64, DX
	ADDQ         $64, DI
	ADDQ         $64, BX
	ADDQ         $64, R8
	JMP          next
done:
	TREE64(Z16, Y16, X16, Z17, Y17, X17)
	VMOVSD       X16, terms+128(FP)
	VEXTRACTF32X8 $1, Z19, Y0
	VCVTPS2PD    Y19, Z1
	VCVTPS2PD    Y0, Z0
	VMULPD       Z0, Z1, Z1
	VEXTRACTF64X4 $1, Z1, Y0
	VMULPD       Y0, Y1, Y1
	VEXTRACTF128 $1, Y1, X0
	VMULPD       X0, X1, X1
	VPERMILPD    $1, X1, X0
	VMULSD       X0, X1, X1
	VMOVSD       X1, mantissa+136(FP)
	VEXTRACTI64X4 $1, Z20, Y0
	VPADDD       Y0, Y20, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0x4e, X0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0xb1, X0, X1
	VPADDD       X1, X0, X0
	VMOVD        X0, AX
	MOVQ         AX, exponents+144(FP)
	VZEROUPPER
	RET
