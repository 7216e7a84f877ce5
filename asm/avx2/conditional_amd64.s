#include "textflag.h"

// func ConditionalSquares(sums, w []float32, columns []int32, mu, invSigma []float32)
//
//   sums[i] = Σ_b z²,  z = (w[columns[b], i] − mu[b])·invSigma[b], a chain of fma over b
//
// Shapes:   n = len(sums), a multiple of 16; w: rows of n; len(columns) values of mu and invSigma.
// Features: AVX2, FMA3.
// Tail:     none; 32 sums at a time, then 16.
//
// Registers:
//   DI       sums                      Y0 … Y3   32 sums
//   R8       sums left                 Y4 … Y7   z
//   SI, R9   w, bytes of its rows      Y8, Y9    mu[b], invSigma[b]
//   R10, DX  columns, their number     R11, R12  mu, invSigma
//   CX, AX   b, row of w

#define SQUARE(at, z, sum) \
	VMOVUPS     at, z     \
	VSUBPS      Y8, z, z  \
	VMULPS      Y9, z, z  \
	VFMADD231PS z, z, sum

#define ROW \
	MOVLQSX      (R10)(CX*4), AX \
	IMULQ        R9, AX          \
	ADDQ         SI, AX          \
	VBROADCASTSS (R11)(CX*4), Y8 \
	VBROADCASTSS (R12)(CX*4), Y9 \
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
	SUBQ   $32, R8
	JLT    rest
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	XORQ   CX, CX

wideloop:
	CMPQ CX, DX
	JEQ  widedone
	ROW
	SQUARE((AX), Y4, Y0)
	SQUARE(32(AX), Y5, Y1)
	SQUARE(64(AX), Y6, Y2)
	SQUARE(96(AX), Y7, Y3)
	JMP  wideloop

widedone:
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ    $128, DI
	ADDQ    $128, SI
	JMP     wide

rest:
	ADDQ   $32, R8
	JEQ    done
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	XORQ   CX, CX

restloop:
	CMPQ CX, DX
	JEQ  restdone
	ROW
	SQUARE((AX), Y4, Y0)
	SQUARE(32(AX), Y5, Y1)
	JMP  restloop

restdone:
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)

done:
	VZEROUPPER
	RET
