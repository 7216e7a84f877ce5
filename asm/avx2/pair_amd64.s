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

// func PairGrad(dw, w, mu, invSigma, coefficients []float32, stride, n int)
//
//   dw[p] = Σ_i a_i·((w[p]-mu[i*d+p])·invSigma[i*d+p])·invSigma[i*d+p],  a_i = coefficients[i*stride]
//           an FMA chain from 0 in increasing i that leaves out a_i = ±0
//
// Shapes:   d = len(w) = len(dw) ≥ 0; mu and invSigma n×d, n ≥ 1.
// Features: AVX2, FMA3.
// Method:   thirty-two parameters stay in registers while i runs.
// Tail:     eight at a time, the last d mod 8 with the mask Y13.
//
// Registers:
//   DI, SI   dw, w, walking        R9, R10   mu, invSigma, walking      DX   parameters left
//   R11, R12 their row i           R13       coefficients, walking      CX   rows left
//   R8, BX   bytes of a row, of the stride                              AX   twice the bits of a_i, 0 for ±0
//   Y0 … Y3  dw                    Y8 … Y11  w                          Y12  a_i
//   Y4, Y5   t, invSigma

#define TERM(at, w, dw) \
	VMOVUPS     at(R12), Y5     \
	VSUBPS      at(R11), w, Y4  \
	VMULPS      Y5, Y4, Y4      \
	VMULPS      Y5, Y4, Y4      \
	VFMADD231PS Y12, Y4, dw

#define NEXT \
	ADDQ R8, R11 \
	ADDQ R8, R12 \
	ADDQ BX, R13 \
	DECQ CX

TEXT ·PairGrad(SB), NOSPLIT, $0-136
	MOVQ dw_base+0(FP), DI
	MOVQ w_base+24(FP), SI
	MOVQ w_len+32(FP), DX
	MOVQ mu_base+48(FP), R9
	MOVQ invSigma_base+72(FP), R10
	MOVQ stride+120(FP), BX
	SHLQ $2, BX
	LEAQ (DX*4), R8

block:
	SUBQ    $32, DX
	JLT     rest
	VMOVUPS (SI), Y8
	VMOVUPS 32(SI), Y9
	VMOVUPS 64(SI), Y10
	VMOVUPS 96(SI), Y11
	VXORPS  Y0, Y0, Y0
	VXORPS  Y1, Y1, Y1
	VXORPS  Y2, Y2, Y2
	VXORPS  Y3, Y3, Y3
	MOVQ R9, R11
	MOVQ R10, R12
	MOVQ coefficients_base+96(FP), R13
	MOVQ n+128(FP), CX
row:
	MOVL (R13), AX
	ADDL AX, AX
	JEQ  norow
	VBROADCASTSS (R13), Y12
	TERM(0, Y8, Y0)
	TERM(32, Y9, Y1)
	TERM(64, Y10, Y2)
	TERM(96, Y11, Y3)
norow:
	NEXT
	JNE     row
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ    $128, DI
	ADDQ    $128, SI
	ADDQ    $128, R9
	ADDQ    $128, R10
	JMP     block

rest:
	ADDQ $32, DX
tail:
	TESTQ      DX, DX
	JLE        done
	MOVL       $8, CX
	CMPQ       DX, CX
	CMOVQLT    DX, CX
	SHLQ       $2, CX
	LEAQ       masks<>+64(SB), AX
	SUBQ       CX, AX
	VMOVUPS    (AX), Y13
	VMASKMOVPS (SI), Y13, Y8
	VXORPS     Y0, Y0, Y0
	MOVQ R9, R11
	MOVQ R10, R12
	MOVQ coefficients_base+96(FP), R13
	MOVQ n+128(FP), CX
tailrow:
	MOVL (R13), AX
	ADDL AX, AX
	JEQ  notailrow
	VBROADCASTSS (R13), Y12
	VMASKMOVPS   (R12), Y13, Y5
	VMASKMOVPS   (R11), Y13, Y4
	VSUBPS       Y4, Y8, Y4
	VMULPS       Y5, Y4, Y4
	VMULPS       Y5, Y4, Y4
	VFMADD231PS  Y12, Y4, Y0
notailrow:
	NEXT
	JNE        tailrow
	VMASKMOVPS Y0, Y13, (DI)
	ADDQ       $32, DI
	ADDQ       $32, SI
	ADDQ       $32, R9
	ADDQ       $32, R10
	SUBQ       $8, DX
	JMP        tail

done:
	VZEROUPPER
	RET

// func PermutedPair(w, mu, invSigma []float32, columns []int32) float64
//
//   tree(acc),  acc[b mod 16] += z²,  z = (w[columns[b]]-mu[b])·invSigma[b]
//
// Shapes:   mu, invSigma and columns of len(columns) ≥ 0 values, indices into w.
// Features: AVX2, FMA3.
// Tail:     the last len(columns) mod 16 with the masks Y14, Y15: a lane of zeros adds 0.
//
// Registers:
//   SI  w          R9, R10, R11  mu, invSigma, columns behind the last full 16     CX  -(len - len mod 16) … 0
//   Y0 … Y3  the sixteen lanes    Y8, Y9  mu, invSigma     Y4  indices     Y10, Y11  -z
//   Y12      len(w)-1             Y13     the gather's mask

#define GATHERED(lo, hi) \
	VPMINUD    Y12, Y4, Y4           \
	VXORPS     Y10, Y10, Y10         \
	VGATHERDPS Y13, (SI)(Y4*4), Y10  \
	VSUBPS     Y10, Y8, Y10          \
	SQUARES(lo, hi)

#define GATHERTAIL(at, mask, lo, hi) \
	VPMASKMOVD at(R11), mask, Y4   \
	VMASKMOVPS at(R9), mask, Y8    \
	VMASKMOVPS at(R10), mask, Y9   \
	VMOVAPS    mask, Y13           \
	GATHERED(lo, hi)

#define GATHEREIGHT(at, lo, hi) \
	VMOVDQU  at(R11)(CX*4), Y4 \
	VMOVUPS  at(R9)(CX*4), Y8  \
	VMOVUPS  at(R10)(CX*4), Y9 \
	VPCMPEQD Y13, Y13, Y13     \
	GATHERED(lo, hi)

TEXT ·PermutedPair(SB), NOSPLIT, $0-104
	MOVQ  w_base+0(FP), SI
	MOVQ  w_len+8(FP), AX
	MOVQ  mu_base+24(FP), R9
	MOVQ  invSigma_base+48(FP), R10
	MOVQ  columns_base+72(FP), R11
	MOVQ  columns_len+80(FP), DX
	DECQ  AX
	VMOVD AX, X12
	VPBROADCASTD X12, Y12
	MOVQ  DX, CX
	ANDQ  $15, CX
	SUBQ  CX, DX
	LEAQ  masks<>+64(SB), AX
	SHLQ  $2, CX
	SUBQ  CX, AX
	VMOVUPS (AX), Y14
	VMOVUPS 32(AX), Y15
	LEAQ  (R9)(DX*4), R9
	LEAQ  (R10)(DX*4), R10
	LEAQ  (R11)(DX*4), R11
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	XORQ  CX, CX
	SUBQ  DX, CX
	JEQ   tail

loop:
	GATHEREIGHT(0, Y0, Y1)
	GATHEREIGHT(32, Y2, Y3)
	ADDQ $16, CX
	JNE  loop

tail:
	GATHERTAIL(0, Y14, Y0, Y1)
	GATHERTAIL(32, Y15, Y2, Y3)
	FOLD(Y0, Y1, Y2, Y3, X0, X1)
	VPERMILPD $1, X0, X1
	VADDSD    X1, X0, X0
	VMOVSD    X0, ret+96(FP)
	VZEROUPPER
	RET

// func PermutedGradAdd(dw, w, mu, invSigma []float32, columns []int32, coefficient float32)
//
//   dw[j] = fma(coefficient, ((w[j]-mu[b])·invSigma[b])·invSigma[b], dw[j]),  j = columns[b]
//
// Shapes:   mu, invSigma and columns of len(columns) ≥ 0 values, indices into dw and w.
// Features: AVX, FMA3. Scalar: there is no scatter here, and AVX-512's is no faster than single stores.
// Tail:     none.
//
// Registers:
//   DI, SI  dw, w     R9, R10, R11  mu, invSigma, columns, ends     CX  -len … 0
//   AX      j         DX  len(w)-1, its bound (unsigned)            X0, X1, X2  t, invSigma, dw    X15  coefficient

TEXT ·PermutedGradAdd(SB), NOSPLIT, $0-124
	MOVQ   dw_base+0(FP), DI
	MOVQ   w_base+24(FP), SI
	MOVQ   w_len+32(FP), DX
	MOVQ   mu_base+48(FP), R9
	MOVQ   invSigma_base+72(FP), R10
	MOVQ   columns_base+96(FP), R11
	MOVQ   columns_len+104(FP), CX
	VMOVSS coefficient+120(FP), X15
	DECQ   DX
	LEAQ   (R9)(CX*4), R9
	LEAQ   (R10)(CX*4), R10
	LEAQ   (R11)(CX*4), R11
	NEGQ   CX
	JEQ    done

loop:
	MOVL        (R11)(CX*4), AX
	CMPL        AX, DX
	CMOVLHI     DX, AX
	VMOVSS      (SI)(AX*4), X0
	VMOVSS      (R10)(CX*4), X1
	VSUBSS      (R9)(CX*4), X0, X0
	VMULSS      X1, X0, X0
	VMULSS      X1, X0, X0
	VMOVSS      (DI)(AX*4), X2
	VFMADD231SS X15, X0, X2
	VMOVSS      X2, (DI)(AX*4)
	INCQ        CX
	JNE         loop

done:
	VZEROUPPER
	RET
