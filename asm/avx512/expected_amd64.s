#include "textflag.h"

// func ExpectedMoments(mean, second, x, p []float64)
//
//   mean[i] = Σ_j p[j]·x[j, i],  second[i] = Σ_j (p[j]·x[j, i])·x[j, i], products rounded
//
// Shapes:   n = len(mean), a multiple of 16; x: len(p) rows of n.
// Features: AVX-512 F.
// Tail:     none; 16 elements at a time.
//
// Registers:
//   DI, BX   mean, second              Z0, Z1    16 means
//   CX       elements left             Z4, Z5    16 second moments
//   SI, R9   x, bytes of its rows      Z8, Z9    y, x
//   R10, DX  p, its length             Z10       p[j]
//   AX, R11  row of x, j

#define MOMENT(at, y, mean, second) \
	VMOVUPD at, Z9            \
	VMULPD  Z10, Z9, y        \
	VADDPD  y, mean, mean     \
	VMULPD  Z9, y, y         \
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
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z4, Z4, Z4
	VPXORQ Z5, Z5, Z5
	MOVQ SI, AX
	XORQ R11, R11

row:
	CMPQ         R11, DX
	JEQ          store
	VBROADCASTSD (R10)(R11*8), Z10
	MOMENT((AX), Z8, Z0, Z4)
	MOMENT(64(AX), Z8, Z1, Z5)
	ADDQ         R9, AX
	INCQ         R11
	JMP          row

store:
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	VMOVUPD Z4, (BX)
	VMOVUPD Z5, 64(BX)
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
// Features: AVX-512 F.
// Tail:     none; 16 elements at a time.
//
// Registers:
//   DI         total                       Z0, Z1    16 sums
//   CX         elements left               Z8         z
//   SI, BX     mean, variance              Z10, Z11   mu[k], precision[k]
//   R10, R12   mu, precision               DX         their length
//   R9, AX     bytes of a row, those before row k     R11        k

#define SQUARE(at, of, sum) \
	VMOVUPD at, Z8        \
	VSUBPD  Z10, Z8, Z8 \
	VMULPD  Z8, Z8, Z8  \
	VADDPD  of, Z8, Z8   \
	VMULPD  Z11, Z8, Z8 \
	VADDPD  Z8, sum, sum

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
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	XORQ AX, AX
	XORQ R11, R11

term:
	CMPQ         R11, DX
	JEQ          write
	VBROADCASTSD (R10)(R11*8), Z10
	VBROADCASTSD (R12)(R11*8), Z11
	SQUARE((SI)(AX*1), (BX)(AX*1), Z0)
	SQUARE(64(SI)(AX*1), 64(BX)(AX*1), Z1)
	ADDQ         R9, AX
	INCQ         R11
	JMP          term

write:
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	ADDQ    $128, DI
	ADDQ    $128, SI
	ADDQ    $128, BX
	JMP     sums

end:
	VZEROUPPER
	RET
