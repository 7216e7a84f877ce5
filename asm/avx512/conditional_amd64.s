#include "textflag.h"

// func ConditionalSquares(sums, w []float32, columns []int32, mu, invSigma []float32)
//
//   sums[i] = Σ_b z²,  z = (w[columns[b], i] − mu[b])·invSigma[b], a chain of fma over b
//
// Shapes:   n = len(sums), a multiple of 16; w: rows of n; len(columns) values of mu and invSigma.
// Features: AVX-512 F.
// Tail:     none; 64 sums at a time, then 16.
//
// Registers:
//   DI       sums                      Z0 … Z3   64 sums
//   R8       sums left                 Z4 … Z7   z
//   SI, R9   w, bytes of its rows      Z8, Z9    mu[b], invSigma[b]
//   R10, DX  columns, their number     R11, R12  mu, invSigma
//   CX, AX   b, row of w

#define SQUARE(at, z, sum) \
	VMOVUPS     at, z     \
	VSUBPS      Z8, z, z  \
	VMULPS      Z9, z, z  \
	VFMADD231PS z, z, sum

#define ROW \
	MOVLQSX      (R10)(CX*4), AX \
	IMULQ        R9, AX          \
	ADDQ         SI, AX          \
	VBROADCASTSS (R11)(CX*4), Z8 \
	VBROADCASTSS (R12)(CX*4), Z9 \
	INCQ         CX

TEXT ·ConditionalSquares(SB), NOSPLIT, $0-120
	MOVQ   sums_base+0(FP), DI
	MOVQ   sums_len+8(FP), R8
	MOVQ   w_base+24(FP), SI
	MOVQ   columns_base+48(FP), R10
	MOVQ   columns_len+56(FP), DX
	MOVQ   mu_base+72(FP), R11
	MOVQ   invSigma_base+96(FP), R12
	LEAQ   (R8*4), R9

wide:
	SUBQ   $64, R8
	JLT    narrow
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	XORQ   CX, CX

wideloop:
	CMPQ CX, DX
	JEQ  widedone
	ROW
	SQUARE((AX), Z4, Z0)
	SQUARE(64(AX), Z5, Z1)
	SQUARE(128(AX), Z6, Z2)
	SQUARE(192(AX), Z7, Z3)
	JMP  wideloop

widedone:
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	VMOVUPS Z2, 128(DI)
	VMOVUPS Z3, 192(DI)
	ADDQ    $256, DI
	ADDQ    $256, SI
	JMP     wide

narrow:
	ADDQ $64, R8

rest:
	SUBQ   $16, R8
	JLT    done
	VPXORD Z0, Z0, Z0
	XORQ   CX, CX

restloop:
	CMPQ CX, DX
	JEQ  restdone
	ROW
	SQUARE((AX), Z4, Z0)
	JMP  restloop

restdone:
	VMOVUPS Z0, (DI)
	ADDQ    $64, DI
	ADDQ    $64, SI
	JMP     rest

done:
	VZEROUPPER
	RET
