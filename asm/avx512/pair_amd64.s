#include "textflag.h"

DATA half<>+0(SB)/8, $0.5
GLOBL half<>(SB), RODATA|NOPTR, $8

// func PairLogDensity(c []float64, w, mu, invSigma []float32, logNorm float64)
//
//   c[j] = logNorm - ½·tree(acc_j),  acc_j[p mod 16] += z²,  z = (w[j*d+p]-mu[p])·invSigma[p]
//
// Shapes:   d = len(mu) ≥ 0, len(c) neurons. z in float32, z² in float64: exact, so fused is the same.
// Features: AVX-512 F and VL.
// Method:   four neurons share the loads of mu and invSigma; the last three or fewer go one by one.
// Tail:     the last d mod 16 parameters with the mask K1: a lane of zeros adds 0.
//
// Registers:
//   DI       c, walking          R8        neurons left         R9, R10   mu, invSigma behind the last full 16
//   SI       w, walking          DX        d in bytes           R11       d - d mod 16
//   CX       -R11 … 0: p seen from R9, R10 and the rows
//   BX, AX, R12, R13  the rows of w      Z0 … Z7   lanes 0-7 and 8-15 of four neurons
//   Y16, Y17 mu                  Y20, Y21  invSigma             Z18, Z19  ±z
//   Z16, Z17 in the tail mu and invSigma

// z with the other sign, so that w can stay in memory. In halves: the conversion takes a half, and
// to cut one off a full vector costs more than to have subtracted and multiplied in two.
#define NEURON(w, lo, hi) \
	VSUBPS      (w)(CX*4), Y16, Y18   \
	VSUBPS      32(w)(CX*4), Y17, Y19 \
	VMULPS      Y20, Y18, Y18         \
	VMULPS      Y21, Y19, Y19         \
	VCVTPS2PD   Y18, Z18              \
	VCVTPS2PD   Y19, Z19              \
	VFMADD231PD Z18, Z18, lo          \
	VFMADD231PD Z19, Z19, hi

// The last d mod 16 parameters, in a full vector.
#define TAIL(w, lo, hi) \
	VMOVUPS.Z     (w), K1, Z18  \
	VSUBPS        Z16, Z18, Z18 \
	VMULPS        Z17, Z18, Z18 \
	VEXTRACTF64X4 $1, Z18, Y19  \
	VCVTPS2PD     Y18, Z18      \
	VCVTPS2PD     Y19, Z19      \
	VFMADD231PD   Z18, Z18, lo  \
	VFMADD231PD   Z19, Z19, hi

#define SHARED \
	VMOVUPS (R9)(CX*4), Y16    \
	VMOVUPS 32(R9)(CX*4), Y17  \
	VMOVUPS (R10)(CX*4), Y20   \
	VMOVUPS 32(R10)(CX*4), Y21

// Lanes l and l+8, then l and l+4.
#define FOLD(lo, hi, ylo, yhi) \
	VADDPD        hi, lo, lo     \
	VEXTRACTF64X4 $1, lo, yhi    \
	VADDPD        yhi, ylo, ylo

TEXT ·PairLogDensity(SB), NOSPLIT, $0-104
	MOVQ  c_base+0(FP), DI
	MOVQ  c_len+8(FP), R8
	MOVQ  w_base+24(FP), SI
	MOVQ  mu_base+48(FP), R9
	MOVQ  mu_len+56(FP), DX
	MOVQ  invSigma_base+72(FP), R10
	VBROADCASTSD logNorm+96(FP), Z30
	VBROADCASTSD half<>(SB), Z31
	MOVQ  DX, CX
	ANDQ  $15, CX
	MOVL  $1, AX
	SHLL  CX, AX
	DECL  AX
	KMOVW AX, K1
	MOVQ  DX, R11
	SUBQ  CX, R11
	SHLQ  $2, DX
	LEAQ  (R9)(R11*4), R9
	LEAQ  (R10)(R11*4), R10
	LEAQ  (SI)(R11*4), SI

four:
	SUBQ   $4, R8
	JLT    rest
	MOVQ   SI, AX
	LEAQ   (SI)(DX*1), BX
	LEAQ   (SI)(DX*2), R12
	LEAQ   (BX)(DX*2), R13
	LEAQ   (SI)(DX*4), SI
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	VPXORD Z4, Z4, Z4
	VPXORD Z5, Z5, Z5
	VPXORD Z6, Z6, Z6
	VPXORD Z7, Z7, Z7
	XORQ   CX, CX
	SUBQ   R11, CX
	JEQ    fourtail

fourloop:
	SHARED
	NEURON(AX, Z0, Z1)
	NEURON(BX, Z2, Z3)
	NEURON(R12, Z4, Z5)
	NEURON(R13, Z6, Z7)
	ADDQ    $16, CX
	JNE     fourloop

fourtail:
	VMOVUPS.Z (R9), K1, Z16
	VMOVUPS.Z (R10), K1, Z17
	TAIL(AX, Z0, Z1)
	TAIL(BX, Z2, Z3)
	TAIL(R12, Z4, Z5)
	TAIL(R13, Z6, Z7)

	FOLD(Z0, Z1, Y0, Y1)
	FOLD(Z2, Z3, Y2, Y3)
	FOLD(Z4, Z5, Y4, Y5)
	FOLD(Z6, Z7, Y6, Y7)
	VPERM2F128 $0x20, Y2, Y0, Y8    // lanes 0 and 1 of neurons 0 and 1
	VPERM2F128 $0x31, Y2, Y0, Y9    // lanes 2 and 3
	VADDPD     Y9, Y8, Y0
	VPERM2F128 $0x20, Y6, Y4, Y8
	VPERM2F128 $0x31, Y6, Y4, Y9
	VADDPD     Y9, Y8, Y4
	VUNPCKLPD  Y4, Y0, Y8           // lane 0 of neurons 0, 2, 1, 3
	VUNPCKHPD  Y4, Y0, Y9           // lane 1
	VADDPD     Y9, Y8, Y0
	VPERMPD    $0xd8, Y0, Y0
	VMULPD     Y31, Y0, Y0
	VSUBPD     Y0, Y30, Y0
	VMOVUPD    Y0, (DI)
	ADDQ       $32, DI
	JMP        four

rest:
	ADDQ $4, R8
	JEQ  done

one:
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	XORQ   CX, CX
	SUBQ   R11, CX
	JEQ    onetail

oneloop:
	SHARED
	NEURON(SI, Z0, Z1)
	ADDQ    $16, CX
	JNE     oneloop

onetail:
	VMOVUPS.Z (R9), K1, Z16
	VMOVUPS.Z (R10), K1, Z17
	TAIL(SI, Z0, Z1)

	FOLD(Z0, Z1, Y0, Y1)
	VEXTRACTF128 $1, Y0, X1
	VADDPD       X1, X0, X0
	VPERMILPD    $1, X0, X1
	VADDSD       X1, X0, X0
	VMULSD       X31, X0, X0
	VSUBSD       X0, X30, X0
	VMOVSD       X0, (DI)
	ADDQ         $8, DI
	ADDQ         DX, SI
	DECQ         R8
	JNE          one

done:
	VZEROUPPER
	RET

// func PairGradAdd(dw, w, mu, invSigma []float32, coefficient float32)
//
//   dw[p] = fma(coefficient, ((w[p]-mu[p])·invSigma[p])·invSigma[p], dw[p])
//
// Shapes:   four slices of len(w) ≥ 0 values.
// Features: AVX-512 F.
// Tail:     the last len(w) mod 16 with the mask K1.
//
// Registers:
//   DI, SI, R9, R10  dw, w, mu, invSigma behind the last full 16     CX  -(len-len mod 16) … 0
//   Z31              coefficient                                     Z0, Z1, Z2  t, invSigma, dw

#define GRADIENT \
	VMULPS      Z1, Z0, Z0  \
	VMULPS      Z1, Z0, Z0  \
	VFMADD231PS Z31, Z0, Z2

TEXT ·PairGradAdd(SB), NOSPLIT, $0-100
	MOVQ  dw_base+0(FP), DI
	MOVQ  w_base+24(FP), SI
	MOVQ  w_len+32(FP), DX
	MOVQ  mu_base+48(FP), R9
	MOVQ  invSigma_base+72(FP), R10
	VBROADCASTSS coefficient+96(FP), Z31
	MOVQ  DX, CX
	ANDQ  $15, CX
	MOVL  $1, AX
	SHLL  CX, AX
	DECL  AX
	KMOVW AX, K1
	SUBQ  CX, DX
	LEAQ  (DI)(DX*4), DI
	LEAQ  (SI)(DX*4), SI
	LEAQ  (R9)(DX*4), R9
	LEAQ  (R10)(DX*4), R10
	XORQ  CX, CX
	SUBQ  DX, CX
	JEQ   tail

loop:
	VMOVUPS (SI)(CX*4), Z0
	VMOVUPS (R10)(CX*4), Z1
	VMOVUPS (DI)(CX*4), Z2
	VSUBPS  (R9)(CX*4), Z0, Z0
	GRADIENT
	VMOVUPS Z2, (DI)(CX*4)
	ADDQ    $16, CX
	JNE     loop

tail:
	VMOVUPS.Z (SI), K1, Z0
	VMOVUPS.Z (R10), K1, Z1
	VMOVUPS.Z (DI), K1, Z2
	VSUBPS.Z  (R9), Z0, K1, Z0
	GRADIENT
	VMOVUPS   Z2, K1, (DI)
	VZEROUPPER
	RET
