#include "textflag.h"

DATA half<>+0(SB)/8, $0.5
GLOBL half<>(SB), RODATA|NOPTR, $8

// Sixteen doublewords of ones, then sixteen of zeros: the mask of the first r lanes starts 4r bytes before the middle.
DATA masks<>+0(SB)/8, $-1
DATA masks<>+8(SB)/8, $-1
DATA masks<>+16(SB)/8, $-1
DATA masks<>+24(SB)/8, $-1
DATA masks<>+32(SB)/8, $-1
DATA masks<>+40(SB)/8, $-1
DATA masks<>+48(SB)/8, $-1
DATA masks<>+56(SB)/8, $-1
DATA masks<>+64(SB)/8, $0
DATA masks<>+72(SB)/8, $0
DATA masks<>+80(SB)/8, $0
DATA masks<>+88(SB)/8, $0
DATA masks<>+96(SB)/8, $0
DATA masks<>+104(SB)/8, $0
DATA masks<>+112(SB)/8, $0
DATA masks<>+120(SB)/8, $0
GLOBL masks<>(SB), RODATA|NOPTR, $128

// func PairLogDensity(c []float64, w, mu, invSigma []float32, logNorm float64)
//
//   c[j] = logNorm - ½·tree(acc_j),  acc_j[p mod 16] += z²,  z = (w[j*d+p]-mu[p])·invSigma[p]
//
// Shapes:   d = len(mu) ≥ 0, len(c) neurons. z in float32, z² in float64: exact, so fused is the same.
// Features: AVX2, FMA3.
// Method:   two neurons share the loads of mu and invSigma; a last odd one goes alone.
// Tail:     the last d mod 16 parameters with the masks Y14, Y15: a lane of zeros adds 0.
//
// Registers:
//   DI      c, walking           R8        neurons left         R9, R10   mu, invSigma behind the last full 16
//   SI      w, walking           DX        d in bytes           R11       d - d mod 16
//   CX      -R11 … 0: p seen from R9, R10 and the rows          BX        the second row of w
//   Y0 … Y3, Y4 … Y7  sixteen lanes of two neurons              Y8, Y9    mu, invSigma of eight p
//   Y10, Y11 -z

// Eight parameters of one neuron into two accumulators; z with the other sign, so that w can stay in memory.
#define SQUARES(lo, hi) \
	VMULPS       Y9, Y10, Y10   \
	VEXTRACTF128 $1, Y10, X11   \
	VCVTPS2PD    X10, Y10       \
	VCVTPS2PD    X11, Y11       \
	VFMADD231PD  Y10, Y10, lo   \
	VFMADD231PD  Y11, Y11, hi

#define NEURON(w, lo, hi) \
	VSUBPS w, Y8, Y10 \
	SQUARES(lo, hi)

#define MASKED(w, mask, lo, hi) \
	VMASKMOVPS w, mask, Y10 \
	VSUBPS     Y10, Y8, Y10 \
	SQUARES(lo, hi)

// Lanes l and l+8, then l and l+4, l and l+2.
#define FOLD(a, b, c, d, xa, xb) \
	VADDPD       c, a, a    \
	VADDPD       d, b, b    \
	VADDPD       b, a, a    \
	VEXTRACTF128 $1, a, xb  \
	VADDPD       xb, xa, xa

TEXT ·PairLogDensity(SB), NOSPLIT, $0-104
	MOVQ   c_base+0(FP), DI
	MOVQ   c_len+8(FP), R8
	MOVQ   w_base+24(FP), SI
	MOVQ   mu_base+48(FP), R9
	MOVQ   mu_len+56(FP), DX
	MOVQ   invSigma_base+72(FP), R10
	VMOVDDUP logNorm+96(FP), X12
	VMOVDDUP half<>(SB), X13
	MOVQ   DX, CX
	ANDQ   $15, CX
	MOVQ   DX, R11
	SUBQ   CX, R11
	LEAQ   masks<>+64(SB), AX
	SHLQ   $2, CX
	SUBQ   CX, AX
	VMOVUPS (AX), Y14
	VMOVUPS 32(AX), Y15
	SHLQ   $2, DX
	LEAQ   (R9)(R11*4), R9
	LEAQ   (R10)(R11*4), R10
	LEAQ   (SI)(R11*4), SI

two:
	SUBQ   $2, R8
	JLT    rest
	LEAQ   (SI)(DX*1), BX
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	VXORPD Y4, Y4, Y4
	VXORPD Y5, Y5, Y5
	VXORPD Y6, Y6, Y6
	VXORPD Y7, Y7, Y7
	XORQ   CX, CX
	SUBQ   R11, CX
	JEQ    twotail

twoloop:
	VMOVUPS (R9)(CX*4), Y8
	VMOVUPS (R10)(CX*4), Y9
	NEURON((SI)(CX*4), Y0, Y1)
	NEURON((BX)(CX*4), Y4, Y5)
	VMOVUPS 32(R9)(CX*4), Y8
	VMOVUPS 32(R10)(CX*4), Y9
	NEURON(32(SI)(CX*4), Y2, Y3)
	NEURON(32(BX)(CX*4), Y6, Y7)
	ADDQ    $16, CX
	JNE     twoloop

twotail:
	VMASKMOVPS (R9), Y14, Y8
	VMASKMOVPS (R10), Y14, Y9
	MASKED((SI), Y14, Y0, Y1)
	MASKED((BX), Y14, Y4, Y5)
	VMASKMOVPS 32(R9), Y15, Y8
	VMASKMOVPS 32(R10), Y15, Y9
	MASKED(32(SI), Y15, Y2, Y3)
	MASKED(32(BX), Y15, Y6, Y7)

	FOLD(Y0, Y1, Y2, Y3, X0, X1)
	FOLD(Y4, Y5, Y6, Y7, X4, X5)
	VUNPCKLPD X4, X0, X1
	VUNPCKHPD X4, X0, X2
	VADDPD    X2, X1, X0
	VMULPD    X13, X0, X0
	VSUBPD    X0, X12, X0
	VMOVUPD   X0, (DI)
	ADDQ      $16, DI
	LEAQ      (SI)(DX*2), SI
	JMP       two

rest:
	ADDQ   $2, R8
	JEQ    done
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	XORQ   CX, CX
	SUBQ   R11, CX
	JEQ    onetail

oneloop:
	VMOVUPS (R9)(CX*4), Y8
	VMOVUPS (R10)(CX*4), Y9
	NEURON((SI)(CX*4), Y0, Y1)
	VMOVUPS 32(R9)(CX*4), Y8
	VMOVUPS 32(R10)(CX*4), Y9
	NEURON(32(SI)(CX*4), Y2, Y3)
	ADDQ    $16, CX
	JNE     oneloop

onetail:
	VMASKMOVPS (R9), Y14, Y8
	VMASKMOVPS (R10), Y14, Y9
	MASKED((SI), Y14, Y0, Y1)
	VMASKMOVPS 32(R9), Y15, Y8
	VMASKMOVPS 32(R10), Y15, Y9
	MASKED(32(SI), Y15, Y2, Y3)

	FOLD(Y0, Y1, Y2, Y3, X0, X1)
	VPERMILPD $1, X0, X1
	VADDSD    X1, X0, X0
	VMULSD    X13, X0, X0
	VSUBSD    X0, X12, X0
	VMOVSD    X0, (DI)

done:
	VZEROUPPER
	RET

// func PairGradAdd(dw, w, mu, invSigma []float32, coefficient float32)
//
//   dw[p] = fma(coefficient, ((w[p]-mu[p])·invSigma[p])·invSigma[p], dw[p])
//
// Shapes:   four slices of len(w) ≥ 0 values.
// Features: AVX2, FMA3.
// Tail:     the last len(w) mod 8 with the mask Y14.
//
// Registers:
//   DI, SI, R9, R10  dw, w, mu, invSigma behind the last full 8      CX  -(len-len mod 8) … 0
//   Y15              coefficient                                     Y0, Y1, Y2  t, invSigma, dw

#define GRADIENT \
	VMULPS      Y1, Y0, Y0  \
	VMULPS      Y1, Y0, Y0  \
	VFMADD231PS Y15, Y0, Y2

TEXT ·PairGradAdd(SB), NOSPLIT, $0-100
	MOVQ dw_base+0(FP), DI
	MOVQ w_base+24(FP), SI
	MOVQ w_len+32(FP), DX
	MOVQ mu_base+48(FP), R9
	MOVQ invSigma_base+72(FP), R10
	VBROADCASTSS coefficient+96(FP), Y15
	MOVQ DX, CX
	ANDQ $7, CX
	SUBQ CX, DX
	LEAQ masks<>+64(SB), AX
	SHLQ $2, CX
	SUBQ CX, AX
	VMOVUPS (AX), Y14
	LEAQ (DI)(DX*4), DI
	LEAQ (SI)(DX*4), SI
	LEAQ (R9)(DX*4), R9
	LEAQ (R10)(DX*4), R10
	XORQ CX, CX
	SUBQ DX, CX
	JEQ  tail

loop:
	VMOVUPS (SI)(CX*4), Y0
	VMOVUPS (R10)(CX*4), Y1
	VMOVUPS (DI)(CX*4), Y2
	VSUBPS  (R9)(CX*4), Y0, Y0
	GRADIENT
	VMOVUPS Y2, (DI)(CX*4)
	ADDQ    $8, CX
	JNE     loop

tail:
	VMASKMOVPS (SI), Y14, Y0
	VMASKMOVPS (R10), Y14, Y1
	VMASKMOVPS (DI), Y14, Y2
	VMASKMOVPS (R9), Y14, Y3
	VSUBPS     Y3, Y0, Y0
	GRADIENT
	VMASKMOVPS Y2, Y14, (DI)
	VZEROUPPER
	RET
