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

// func PairGrad(dw, w, mu, invSigma, coefficients []float32, stride, n int)
//
//   dw[p] = Σ_i a_i·((w[p]-mu[i*d+p])·invSigma[i*d+p])·invSigma[i*d+p],  a_i = coefficients[i*stride]
//           an FMA chain from 0 in increasing i that leaves out a_i = ±0
//
// Shapes:   d = len(w) = len(dw) ≥ 0; mu and invSigma n×d, n ≥ 1.
// Features: AVX-512 F; BMI2.
// Method:   sixty-four parameters stay in registers while i runs.
// Tail:     sixteen at a time, the last d mod 16 with the mask K1.
//
// Registers:
//   DI, SI   dw, w, walking        R9, R10   mu, invSigma, walking      DX   parameters left
//   R11, R12 their row i           R13       coefficients, walking      CX   rows left
//   R8, BX   bytes of a row, of the stride                              AX   twice the bits of a_i, 0 for ±0
//   Z0 … Z3  dw                    Z8 … Z11  w                          Z12  a_i
//   Z4, Z5   t, invSigma

#define TERM(at, w, dw) \
	VMOVUPS     at(R12), Z5     \
	VSUBPS      at(R11), w, Z4  \
	VMULPS      Z5, Z4, Z4      \
	VMULPS      Z5, Z4, Z4      \
	VFMADD231PS Z12, Z4, dw

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
	SUBQ    $64, DX
	JLT     rest
	VMOVUPS (SI), Z8
	VMOVUPS 64(SI), Z9
	VMOVUPS 128(SI), Z10
	VMOVUPS 192(SI), Z11
	VPXORD  Z0, Z0, Z0
	VPXORD  Z1, Z1, Z1
	VPXORD  Z2, Z2, Z2
	VPXORD  Z3, Z3, Z3
	MOVQ R9, R11
	MOVQ R10, R12
	MOVQ coefficients_base+96(FP), R13
	MOVQ n+128(FP), CX
row:
	MOVL (R13), AX
	ADDL AX, AX
	JEQ  norow
	VBROADCASTSS (R13), Z12
	TERM(0, Z8, Z0)
	TERM(64, Z9, Z1)
	TERM(128, Z10, Z2)
	TERM(192, Z11, Z3)
norow:
	NEXT
	JNE     row
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	VMOVUPS Z2, 128(DI)
	VMOVUPS Z3, 192(DI)
	ADDQ    $256, DI
	ADDQ    $256, SI
	ADDQ    $256, R9
	ADDQ    $256, R10
	JMP     block

rest:
	ADDQ $64, DX
tail:
	TESTQ     DX, DX
	JLE       done
	MOVL      $-1, AX
	BZHIL     DX, AX, AX
	KMOVW     AX, K1
	VMOVUPS.Z (SI), K1, Z8
	VPXORD    Z0, Z0, Z0
	MOVQ R9, R11
	MOVQ R10, R12
	MOVQ coefficients_base+96(FP), R13
	MOVQ n+128(FP), CX
tailrow:
	MOVL (R13), AX
	ADDL AX, AX
	JEQ  notailrow
	VBROADCASTSS (R13), Z12
	VMOVUPS.Z    (R12), K1, Z5
	VSUBPS.Z     (R11), Z8, K1, Z4
	VMULPS       Z5, Z4, Z4
	VMULPS       Z5, Z4, Z4
	VFMADD231PS  Z12, Z4, Z0
notailrow:
	NEXT
	JNE     tailrow
	VMOVUPS Z0, K1, (DI)
	ADDQ    $64, DI
	ADDQ    $64, SI
	ADDQ    $64, R9
	ADDQ    $64, R10
	SUBQ    $16, DX
	JMP     tail

done:
	VZEROUPPER
	RET

// func PermutedPair(w, mu, invSigma []float32, columns []int32) float64
//
//   tree(acc),  acc[b mod 16] += z²,  z = (w[columns[b]]-mu[b])·invSigma[b]
//
// Shapes:   mu, invSigma and columns of len(columns) ≥ 0 values, indices into w.
// Features: AVX-512 F.
// Tail:     the last len(columns) mod 16 with the mask K1: a lane of zeros adds 0.
//
// Registers:
//   SI  w          R9, R10, R11  mu, invSigma, columns behind the last full 16     CX  -(len - len mod 16) … 0
//   Z0, Z1  lanes 0-7 and 8-15    Z16, Z17   mu, invSigma     Z2, Z19  indices and a half of z, z
//   Z31     len(w)-1              K2  the gather's lanes; Bochs 2.7 knows no indices in Z16 … Z31

#define GATHERED \
	VPMINUD       Z31, Z2, Z2         \
	VPXORD        Z19, Z19, Z19       \
	VGATHERDPS    (SI)(Z2*4), K2, Z19 \
	VSUBPS        Z16, Z19, Z19       \
	VMULPS        Z17, Z19, Z19       \
	VEXTRACTF64X4 $1, Z19, Y2         \
	VCVTPS2PD     Y19, Z19            \
	VCVTPS2PD     Y2, Z2              \
	VFMADD231PD   Z19, Z19, Z0        \
	VFMADD231PD   Z2, Z2, Z1

TEXT ·PermutedPair(SB), NOSPLIT, $0-104
	MOVQ  w_base+0(FP), SI
	MOVQ  w_len+8(FP), AX
	MOVQ  mu_base+24(FP), R9
	MOVQ  invSigma_base+48(FP), R10
	MOVQ  columns_base+72(FP), R11
	MOVQ  columns_len+80(FP), DX
	DECQ  AX
	VPBROADCASTD AX, Z31
	MOVQ  DX, CX
	ANDQ  $15, CX
	MOVL  $1, AX
	SHLL  CX, AX
	DECL  AX
	KMOVW AX, K1
	SUBQ  CX, DX
	LEAQ  (R9)(DX*4), R9
	LEAQ  (R10)(DX*4), R10
	LEAQ  (R11)(DX*4), R11
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	XORQ  CX, CX
	SUBQ  DX, CX
	JEQ   tail

loop:
	KXNORW    K2, K2, K2
	VMOVDQU32 (R11)(CX*4), Z2
	VMOVUPS   (R9)(CX*4), Z16
	VMOVUPS   (R10)(CX*4), Z17
	GATHERED
	ADDQ      $16, CX
	JNE       loop

tail:
	KMOVW       K1, K2
	VMOVDQU32.Z (R11), K1, Z2
	VMOVUPS.Z   (R9), K1, Z16
	VMOVUPS.Z   (R10), K1, Z17
	GATHERED

	FOLD(Z0, Z1, Y0, Y1)
	VEXTRACTF128 $1, Y0, X1
	VADDPD       X1, X0, X0
	VPERMILPD    $1, X0, X1
	VADDSD       X1, X0, X0
	VMOVSD       X0, ret+96(FP)
	VZEROUPPER
	RET
