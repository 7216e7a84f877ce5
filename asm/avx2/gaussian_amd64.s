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
//   Four registers at a time (long): see math_amd64.h; KLGaussian has v at 0 … 96(SP), the lanes at 128 … 224(SP)

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

// The gradients of eight elements, at bytes on; y = v.
#define KL_GRADIENT(at, y, f, k, v, t) \
	VMOVUPS      at(DX), y         \
	VMOVUPS      at(R8), t         \
	VMULPS       t, y, f           \ // q
	VMOVUPS      one(SB), k        \
	VDIVPS       y, k, k           \ // 1/σ
	VMULPS       f, f, y           \
	VMULPS       t, f, f           \
	VSUBPS       k, f, f           \
	VBROADCASTSS weight+120(FP), v \
	VMULPS       v, f, f           \
	VADDPS       at(BX), f, f      \
	VMOVUPS      f, at(BX)         \ // dσ
	VMULPS       at(SI), t, k      \ // m
	VMULPS       t, v, v           \ // weight/s
	VMOVUPS      at(DI), f         \
	VFMADD231PS  k, v, f           \
	VMOVUPS      f, at(DI)         \ // dμ
	VMOVUPS      y, at(SP)

// m² + v − 1 − log v of eight elements, from y = log v, to the lanes at lanes(SP).
#define KL_SUM(at, lanes, y, f, k, v, xy, xf, xk, xv) \
	VMOVUPS      at(SI), f     \
	VMULPS       at(R8), f, f  \ // m
	VFMADD213PS  at(SP), f, f  \
	VSUBPS       one(SB), f, f \
	VEXTRACTF128 $1, y, xk     \
	VEXTRACTF128 $1, f, xv     \
	VCVTPS2PD    xy, y         \
	VCVTPS2PD    xf, f         \
	VCVTPS2PD    xk, k         \
	VCVTPS2PD    xv, v         \
	VSUBPD       y, f, f       \
	VSUBPD       k, v, v       \
	VADDPD       lanes(SP), f, f    \
	VADDPD       lanes+32(SP), v, v \
	VMOVUPD      f, lanes(SP)       \
	VMOVUPD      v, lanes+32(SP)

// y = max(y, 2^−40), f = 1/y.
#define SCALE(x, y, f, k, v, t) \
	VMOVUPS sigmaMin(SB), t \
	VMAXPS  y, t, y         \ // NaN stays
	VMOVUPS one(SB), t      \
	VDIVPS  y, t, f

TEXT ·GaussianScale(SB), NOSPLIT, $0-72
	MOVQ    sigma_base+0(FP), DI
	MOVQ    invSigma_base+24(FP), DX
	MOVQ    rho_base+48(FP), SI
	MOVQ    rho_len+56(FP), CX
	SUBQ    $32, CX
	JLT     short
long:
	SOFTPLUS_STAGES(FOUR_AT, SI)
	FOUR_AT(SCALE, SI)
	VMOVUPS Y0, (DI)
	VMOVUPS Y3, 32(DI)
	VMOVUPS Y6, 64(DI)
	VMOVUPS Y9, 96(DI)
	VMOVUPS Y1, (DX)
	VMOVUPS Y4, 32(DX)
	VMOVUPS Y7, 64(DX)
	VMOVUPS Y10, 96(DX)
	ADDQ    $128, SI
	ADDQ    $128, DX
	ADDQ    $128, DI
	SUBQ    $32, CX
	JGE     long
short:
	ADDQ    $32, CX
	FIRST
	NEXT(next, full, body, done, LOADS_RHO)
	SOFTPLUS(Y0, Y1, Y2, Y3, Y4, Y5)
	SCALE(Y0, Y1, Y2, Y3, Y4, Y5)
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
	SUBQ    $32, CX
	JLT     short
long:
	SIGMOID_STAGES(FOUR_AT, SI)
	VMULPS  (DX), Y0, Y0
	VMULPS  32(DX), Y3, Y3
	VMULPS  64(DX), Y6, Y6
	VMULPS  96(DX), Y9, Y9
	VMOVUPS Y0, (DI)
	VMOVUPS Y3, 32(DI)
	VMOVUPS Y6, 64(DI)
	VMOVUPS Y9, 96(DI)
	ADDQ    $128, SI
	ADDQ    $128, DX
	ADDQ    $128, DI
	SUBQ    $32, CX
	JGE     long
short:
	ADDQ    $32, CX
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

TEXT ·KLGaussian(SB), NOSPLIT, $256-136
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
	SUBQ         $32, CX
	JLT          short
	VMOVUPD      Y10, 128(SP)
	VMOVUPD      Y10, 160(SP)
	VMOVUPD      Y10, 192(SP)
	VMOVUPD      Y10, 224(SP)
long:
	KL_GRADIENT(0, Y0, Y1, Y2, Y12, Y13)
	KL_GRADIENT(32, Y3, Y4, Y5, Y12, Y13)
	KL_GRADIENT(64, Y6, Y7, Y8, Y12, Y13)
	KL_GRADIENT(96, Y9, Y10, Y11, Y12, Y13)
	LOG_STAGES(FOUR_AT, SP)
	KL_SUM(0, 128, Y0, Y1, Y2, Y12, X0, X1, X2, X12)
	KL_SUM(32, 192, Y3, Y4, Y5, Y12, X3, X4, X5, X12)
	KL_SUM(64, 128, Y6, Y7, Y8, Y12, X6, X7, X8, X12)
	KL_SUM(96, 192, Y9, Y10, Y11, Y12, X9, X10, X11, X12)
	ADDQ         $128, SI
	ADDQ         $128, DX
	ADDQ         $128, DI
	ADDQ         $128, BX
	ADDQ         $128, R8
	SUBQ         $32, CX
	JGE          long
	VMOVUPD      128(SP), Y10
	VMOVUPD      160(SP), Y11
	VMOVUPD      192(SP), Y12
	VMOVUPD      224(SP), Y13
short:
	ADDQ         $32, CX
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
