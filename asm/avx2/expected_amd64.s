#include "textflag.h"

// func ExpectedMoments(mean, second, x, p []float64)
//
//   mean[i] = Σ_j p[j]·x[j, i],  second[i] = Σ_j (p[j]·x[j, i])·x[j, i], products rounded
//
// Shapes:   n = len(mean), a multiple of 16; x: len(p) rows of n.
// Features: AVX2.
// Tail:     none; 16 elements at a time.
//
// Registers:
//   DI, BX   mean, second              Y0 … Y3   16 means
//   CX       elements left             Y4 … Y7   16 second moments
//   SI, R9   x, bytes of its rows      Y8, Y9    y, x
//   R10, DX  p, its length             Y10       p[j]
//   AX, R11  row of x, j

#define MOMENT(at, y, mean, second) \
	VMOVUPD at, Y9            \
	VMULPD  Y10, Y9, y        \
	VADDPD  y, mean, mean     \
	VMULPD  Y9, y, y         \
	VADDPD  y, second, second

TEXT ·ExpectedMoments(SB), NOSPLIT, $0-96
	MOVQ mean_base+0(FP), DI
	MOVQ mean_len+8(FP), CX
	MOVQ second_base+24(FP), BX
	MOVQ x_base+48(FP), SI
	MOVQ p_base+72(FP), R10
	MOVQ p_len+80(FP), DX
	LEAQ (CX*8), R9

block:
	SUBQ $16, CX
	JLT  done
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	VXORPD Y4, Y4, Y4
	VXORPD Y5, Y5, Y5
	VXORPD Y6, Y6, Y6
	VXORPD Y7, Y7, Y7
	MOVQ SI, AX
	XORQ R11, R11

row:
	CMPQ         R11, DX
	JEQ          store
	VBROADCASTSD (R10)(R11*8), Y10
	MOMENT((AX), Y8, Y0, Y4)
	MOMENT(32(AX), Y8, Y1, Y5)
	MOMENT(64(AX), Y8, Y2, Y6)
	MOMENT(96(AX), Y8, Y3, Y7)
	ADDQ         R9, AX
	INCQ         R11
	JMP          row

store:
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	VMOVUPD Y4, (BX)
	VMOVUPD Y5, 32(BX)
	VMOVUPD Y6, 64(BX)
	VMOVUPD Y7, 96(BX)
	ADDQ    $128, DI
	ADDQ    $128, BX
	ADDQ    $128, SI
	JMP     block

done:
	VZEROUPPER
	RET

// func ExpectedSquares(total, mean, variance, mu, precision []float64)
//
//   total[i] = Σ_k ((mean[k, i] - mu[k])² + variance[k, i])·precision[k], products rounded
//
// Shapes:   n = len(total), a multiple of 16; mean and variance: len(mu) rows of n.
// Features: AVX2.
// Tail:     none; 16 elements at a time.
//
// Registers:
//   DI         total                       Y0 … Y3   16 sums
//   CX         elements left               Y8         z
//   SI, BX     mean, variance              Y10, Y11   mu[k], precision[k]
//   R10, R12   mu, precision               DX         their length
//   R9, AX     bytes of a row, those before row k     R11        k

#define SQUARE(at, of, sum) \
	VMOVUPD at, Y8        \
	VSUBPD  Y10, Y8, Y8 \
	VMULPD  Y8, Y8, Y8  \
	VADDPD  of, Y8, Y8   \
	VMULPD  Y11, Y8, Y8 \
	VADDPD  Y8, sum, sum

TEXT ·ExpectedSquares(SB), NOSPLIT, $0-120
	MOVQ total_base+0(FP), DI
	MOVQ total_len+8(FP), CX
	MOVQ mean_base+24(FP), SI
	MOVQ variance_base+48(FP), BX
	MOVQ mu_base+72(FP), R10
	MOVQ mu_len+80(FP), DX
	MOVQ precision_base+96(FP), R12
	LEAQ (CX*8), R9

sums:
	SUBQ $16, CX
	JLT  end
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	XORQ AX, AX
	XORQ R11, R11

term:
	CMPQ         R11, DX
	JEQ          write
	VBROADCASTSD (R10)(R11*8), Y10
	VBROADCASTSD (R12)(R11*8), Y11
	SQUARE((SI)(AX*1), (BX)(AX*1), Y0)
	SQUARE(32(SI)(AX*1), 32(BX)(AX*1), Y1)
	SQUARE(64(SI)(AX*1), 64(BX)(AX*1), Y2)
	SQUARE(96(SI)(AX*1), 96(BX)(AX*1), Y3)
	ADDQ         R9, AX
	INCQ         R11
	JMP          term

write:
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	ADDQ    $128, DI
	ADDQ    $128, SI
	ADDQ    $128, BX
	JMP     sums

end:
	VZEROUPPER
	RET
