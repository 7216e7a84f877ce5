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
// Features: AVX2, FMA3.
// Tail:     masked here; +0 is added to lanes without an element, which are not −0.
//
// Registers:
//   DI, DX, SI   sigma, invSigma, rho; dRho, dSigma, rho; SI, DX, DI, BX, R8  mu, sigma, dMu, dSigma, invPrior
//   CX           elements left                Y15  elements in range    R9  room for 1/σ, 0: none
//   Y0           rho, sigma                   Y1 … Y5  temporaries
//   Y6, Y7       dSigma; in KLGaussian the weight and lanes of the exponents    Y14  1/s
//   Y8, Y9       sixteen lanes of the product, which take turns
//   Y10 … Y13    eight lanes of the sum in two; the pairs take turns
//   GaussianScale and its gradient take eight registers at a time (long), R10 scratch: see math_amd64.h

#define LOADS_RHO(load) \
	load((SI), Y0)

#define LOADS_RHO_DSIGMA(load) \
	load((SI), Y0) \
	load((DX), Y6)

#define LOADS_KL(load) \
	load((DX), Y0) \
	load((SI), Y4) \
	load((BX), Y5) \
	load((DI), Y2) \
	load((R8), Y14)

// The gradients of eight elements at bytes on, and their share of the value: lanes0, lanes1 += terms, product *= q.
#define KL(at, product, lanes0, lanes1) \
	VMOVUPS      at(DX), Y0         \ // σ
	VMOVUPS      at(R8), Y1         \ // 1/s
	VMOVUPS      one(SB), Y2        \
	VDIVPS       Y0, Y2, Y2         \
	VMULPS       Y1, Y0, Y3         \ // q
	VMULPS       at(SI), Y1, Y4     \ // m
	VMULPS       Y1, Y3, Y5         \
	VSUBPS       Y2, Y5, Y5         \
	VMULPS       Y6, Y5, Y5         \
	VADDPS       at(BX), Y5, Y5     \
	VMOVUPS      Y5, at(BX)         \ // dσ
	VMULPS       Y1, Y6, Y1         \
	VMOVUPS      at(DI), Y5         \
	VFMADD231PS  Y4, Y1, Y5         \
	VMOVUPS      Y5, at(DI)         \ // dμ
	VMULPS       Y3, product, Y2    \
	VPSRLD       $23, Y2, Y5        \
	VPADDD       Y5, Y7, Y7         \
	VPAND        mantissaMask(SB), Y2, Y2 \
	VPOR         one(SB), Y2, product \
	VMULPS       Y3, Y3, Y3         \
	VFMADD231PS  Y4, Y4, Y3         \
	VSUBPS       one(SB), Y3, Y3    \
	ADD64(Y3, X3, X5, Y5, lanes0, lanes1)

// Eight registers: σ, and 1/σ.
#define SIGMA(at, y) \
	VMOVUPS sigmaMin(SB), Y8 \
	VMAXPS  y, Y8, y         \ // NaN stays
	VMOVUPS y, at(DI)

#define INVERSE(at, y) \
	VMOVUPS one(SB), Y8 \
	VDIVPS  y, Y8, Y8   \
	VMOVUPS Y8, at(DX)

#define TIMES_DSIGMA(at, y) \
	VMULPS  at(DX), y, y     \
	VMOVUPS y, at(DI)

// The next 64 elements.
#define ADVANCE \
	ADDQ    $256, SI \
	ADDQ    $256, DX \
	ADDQ    $256, DI

TEXT ·GaussianScale(SB), NOSPLIT, $544-72
	MOVQ    sigma_base+0(FP), DI
	MOVQ    invSigma_base+24(FP), DX
	MOVQ    invSigma_len+32(FP), R9
	MOVQ    rho_base+48(FP), SI
	MOVQ    rho_len+56(FP), CX
	LEAQ    31(SP), R10
	ANDQ    $~31, R10
	SUBQ    $64, CX
	JLT     short
long:
	EIGHT_SOFTPLUS
	EIGHT_AT(SIGMA)
	TESTQ   R9, R9
	JEQ     onward
	EIGHT_AT(INVERSE)
onward:
	ADVANCE
	SUBQ    $64, CX
	JGE     long
short:
	ADDQ    $64, CX
	FIRST
	NEXT(next, full, body, done, LOADS_RHO)
	SOFTPLUS(Y0, Y1, Y2, Y3, Y4, Y5)
	VMOVUPS sigmaMin(SB), Y5
	VMAXPS  Y1, Y5, Y1         // NaN stays
	STORE(Y1, (DI))
	TESTQ   R9, R9
	JEQ     last
	VMOVUPS one(SB), Y5
	VDIVPS  Y1, Y5, Y2
	STORE(Y2, (DX))
last:
	ADDQ    $32, SI
	ADDQ    $32, DX
	ADDQ    $32, DI
	JMP     next
done:
	VZEROUPPER
	RET

TEXT ·GaussianScaleGrad(SB), NOSPLIT, $544-72
	MOVQ    dRho_base+0(FP), DI
	MOVQ    dSigma_base+24(FP), DX
	MOVQ    rho_base+48(FP), SI
	MOVQ    rho_len+56(FP), CX
	LEAQ    31(SP), R10
	ANDQ    $~31, R10
	SUBQ    $64, CX
	JLT     short
long:
	EIGHT_SIGMOID
	EIGHT_AT(TIMES_DSIGMA)
	ADVANCE
	SUBQ    $64, CX
	JGE     long
short:
	ADDQ    $64, CX
	FIRST
	NEXT(next, full, body, done, LOADS_RHO_DSIGMA)
	SIGMOID(Y0, Y1, Y2, Y3, Y4, Y5)
	VMULPS  Y6, Y1, Y1
	STORE(Y1, (DI))
	ADDQ    $32, SI
	ADDQ    $32, DX
	ADDQ    $32, DI
	JMP     next
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
	VBROADCASTSS weight+120(FP), Y6
	VPXOR        Y7, Y7, Y7
	VMOVUPS      one(SB), Y8
	VMOVUPS      one(SB), Y9
	VXORPS       Y10, Y10, Y10
	VXORPS       Y11, Y11, Y11
	VXORPS       Y12, Y12, Y12
	VXORPS       Y13, Y13, Y13
	SUBQ         $32, CX
	JLT          short
long:
	PREFETCHT0   512(SI)
	PREFETCHT0   576(SI)
	PREFETCHT0   512(DX)
	PREFETCHT0   576(DX)
	KL(0, Y8, Y10, Y11)
	KL(32, Y9, Y12, Y13)
	KL(64, Y8, Y10, Y11)
	KL(96, Y9, Y12, Y13)
	ADDQ         $128, SI
	ADDQ         $128, DX
	ADDQ         $128, DI
	ADDQ         $128, BX
	ADDQ         $128, R8
	SUBQ         $32, CX
	JGE          long
short:
	ADDQ         $32, CX
	FIRST
	NEXT(next, full, body, done, LOADS_KL)
	VMULPS       Y14, Y0, Y3         // q
	VMOVUPS      one(SB), Y1
	VDIVPS       Y0, Y1, Y1
	VMULPS       Y14, Y3, Y0
	VSUBPS       Y1, Y0, Y0
	VMULPS       Y6, Y0, Y0
	VADDPS       Y5, Y0, Y0
	STORE(Y0, (BX))                  // dσ
	VMULPS       Y14, Y4, Y4         // m
	VMULPS       Y14, Y6, Y1
	VFMADD231PS  Y4, Y1, Y2
	STORE(Y2, (DI))                  // dμ
	VMOVUPS      one(SB), Y1
	VBLENDVPS    Y15, Y3, Y1, Y1     // 1 without an element
	VMULPS       Y1, Y8, Y1
	VPSRLD       $23, Y1, Y2
	VPAND        Y15, Y2, Y2
	VPADDD       Y2, Y7, Y7
	VPAND        mantissaMask(SB), Y1, Y1
	VPOR         one(SB), Y1, Y8
	VMULPS       Y3, Y3, Y3          // v
	VFMADD231PS  Y4, Y4, Y3
	VSUBPS       one(SB), Y3, Y3
	VANDPS       Y15, Y3, Y3
	ADD64(Y3, X3, X5, Y5, Y10, Y11)
	SWAP(Y8, Y9, Y2)
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
	VMOVSD       X10, terms+128(FP)
	VEXTRACTF128 $1, Y8, X0
	VEXTRACTF128 $1, Y9, X1
	VCVTPS2PD    X8, Y8
	VCVTPS2PD    X9, Y9
	VCVTPS2PD    X0, Y0
	VCVTPS2PD    X1, Y1
	VMULPD       Y9, Y8, Y8
	VMULPD       Y1, Y0, Y0
	VMULPD       Y0, Y8, Y8
	VEXTRACTF128 $1, Y8, X0
	VMULPD       X0, X8, X8
	VPERMILPD    $1, X8, X0
	VMULSD       X0, X8, X8
	VMOVSD       X8, mantissa+136(FP)
	VEXTRACTI128 $1, Y7, X0
	VPADDD       X0, X7, X7
	VPSHUFD      $0x4e, X7, X0
	VPADDD       X0, X7, X7
	VPSHUFD      $0xb1, X7, X0
	VPADDD       X0, X7, X7
	VMOVD        X7, AX
	MOVQ         AX, exponents+144(FP)
	VZEROUPPER
	RET
