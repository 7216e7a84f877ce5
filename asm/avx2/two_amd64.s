#include "textflag.h"

// Two rows at a time of what conditional_amd64.s, expected_amd64.s and importance_amd64.s do with one:
// they read the same matrix, which is larger than the first-level cache, and one row's division and
// sum of lanes are done beside the other's. Every number's chain of operations is the same.
// Features: AVX2, FMA3.

#define CLEAR8 \
	VXORPD Y0, Y0, Y0 \
	VXORPD Y1, Y1, Y1 \
	VXORPD Y2, Y2, Y2 \
	VXORPD Y3, Y3, Y3 \
	VXORPD Y4, Y4, Y4 \
	VXORPD Y5, Y5, Y5 \
	VXORPD Y6, Y6, Y6 \
	VXORPD Y7, Y7, Y7

// func ConditionalSquaresOfTwo(sums, w []float32, columns []int32, mu, invSigma []float32)
//
//   sums[r, i] = Σ_b z²,  z = (w[columns[b], i] − mu[r, b])·invSigma[r, b], a chain of fma over b
//
// Shapes:   n = len(sums)/2, a multiple of 16; w: rows of n; mu and invSigma: two rows of len(columns).
// Tail:     none; 32 sums of each row at a time, then 16.
//
// Registers:
//   DI, BX   sums of both rows         Y0 … Y3, Y4 … Y7   32 sums of each
//   R8       sums left                 Y8, Y9             w, z
//   SI, R9   w, bytes of its rows      Y10 … Y13          mu[0, b], invSigma[0, b], mu[1, b], invSigma[1, b]
//   R10, DX  columns, their number     R11 … R14          mu and invSigma of row 0, of row 1
//   CX, AX   b, row of w

#define TWO_SQUARES(at, sum0, sum1) \
	VMOVUPS     at, Y8        \
	VSUBPS      Y10, Y8, Y9   \
	VSUBPS      Y12, Y8, Y8   \
	VMULPS      Y11, Y9, Y9   \
	VMULPS      Y13, Y8, Y8   \
	VFMADD231PS Y9, Y9, sum0  \
	VFMADD231PS Y8, Y8, sum1

#define TWO_ROWS \
	MOVLQSX      (R10)(CX*4), AX  \
	IMULQ        R9, AX           \
	ADDQ         SI, AX           \
	VBROADCASTSS (R11)(CX*4), Y10 \
	VBROADCASTSS (R12)(CX*4), Y11 \
	VBROADCASTSS (R13)(CX*4), Y12 \
	VBROADCASTSS (R14)(CX*4), Y13 \
	INCQ         CX

TEXT ·ConditionalSquaresOfTwo(SB), NOSPLIT, $0-120
	MOVQ   sums_base+0(FP), DI
	MOVQ   sums_len+8(FP), R8
	SHRQ   $1, R8
	LEAQ   (DI)(R8*4), BX
	MOVQ   w_base+24(FP), SI
	MOVQ   columns_base+48(FP), R10
	MOVQ   columns_len+56(FP), DX
	MOVQ   mu_base+72(FP), R11
	MOVQ   invSigma_base+96(FP), R12
	LEAQ   (R11)(DX*4), R13
	LEAQ   (R12)(DX*4), R14
	LEAQ   (R8*4), R9

wide:
	SUBQ   $32, R8
	JLT    rest
	CLEAR8
	XORQ   CX, CX

wideloop:
	CMPQ CX, DX
	JEQ  widedone
	TWO_ROWS
	TWO_SQUARES((AX), Y0, Y4)
	TWO_SQUARES(32(AX), Y1, Y5)
	TWO_SQUARES(64(AX), Y2, Y6)
	TWO_SQUARES(96(AX), Y3, Y7)
	JMP  wideloop

widedone:
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	VMOVUPS Y4, (BX)
	VMOVUPS Y5, 32(BX)
	VMOVUPS Y6, 64(BX)
	VMOVUPS Y7, 96(BX)
	ADDQ    $128, DI
	ADDQ    $128, BX
	ADDQ    $128, SI
	JMP     wide

rest:
	ADDQ   $32, R8
	JEQ    done
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	XORQ   CX, CX

restloop:
	CMPQ CX, DX
	JEQ  restdone
	TWO_ROWS
	TWO_SQUARES((AX), Y0, Y4)
	TWO_SQUARES(32(AX), Y1, Y5)
	JMP  restloop

restdone:
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y4, (BX)
	VMOVUPS Y5, 32(BX)

done:
	VZEROUPPER
	RET

// func ExpectedMomentsOfTwo(mean, second, x, p []float64)
//
//   mean[r, i] = Σ_j p[r, j]·x[j, i],  second[r, i] = Σ_j (p[r, j]·x[j, i])·x[j, i], products rounded
//
// Shapes:   n = len(mean)/2, a multiple of 8; x: len(p)/2 rows of n.
// Tail:     none; 8 elements of each row at a time.
//
// Registers:
//   DI, R12    mean of both rows           Y0, Y1, Y4, Y5   8 means of row 0, of row 1
//   BX, R13    second of both rows         Y2, Y3, Y6, Y7   8 second moments of row 0, of row 1
//   CX         elements left               Y8, Y9           x, p·x
//   SI, R9     x, bytes of its rows        Y10, Y11         p[0, j], p[1, j]
//   R10, R14   p of row 0, of row 1        AX, R11, DX      row of x, j, length of p's rows

#define TWO_MOMENTS(at, mean0, second0, mean1, second1) \
	VMOVUPD at, Y8               \
	VMULPD  Y10, Y8, Y9          \
	VADDPD  Y9, mean0, mean0     \
	VMULPD  Y8, Y9, Y9           \
	VADDPD  Y9, second0, second0 \
	VMULPD  Y11, Y8, Y9          \
	VADDPD  Y9, mean1, mean1     \
	VMULPD  Y8, Y9, Y9           \
	VADDPD  Y9, second1, second1

TEXT ·ExpectedMomentsOfTwo(SB), NOSPLIT, $0-96
	MOVQ mean_base+0(FP), DI
	MOVQ mean_len+8(FP), CX
	SHRQ $1, CX
	LEAQ (DI)(CX*8), R12
	MOVQ second_base+24(FP), BX
	LEAQ (BX)(CX*8), R13
	MOVQ x_base+48(FP), SI
	MOVQ p_base+72(FP), R10
	MOVQ p_len+80(FP), DX
	SHRQ $1, DX
	LEAQ (R10)(DX*8), R14
	LEAQ (CX*8), R9

block:
	SUBQ $8, CX
	JLT  finished
	CLEAR8
	MOVQ SI, AX
	XORQ R11, R11

row:
	CMPQ         R11, DX
	JEQ          store
	VBROADCASTSD (R10)(R11*8), Y10
	VBROADCASTSD (R14)(R11*8), Y11
	TWO_MOMENTS((AX), Y0, Y2, Y4, Y6)
	TWO_MOMENTS(32(AX), Y1, Y3, Y5, Y7)
	ADDQ         R9, AX
	INCQ         R11
	JMP          row

store:
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, (BX)
	VMOVUPD Y3, 32(BX)
	VMOVUPD Y4, (R12)
	VMOVUPD Y5, 32(R12)
	VMOVUPD Y6, (R13)
	VMOVUPD Y7, 32(R13)
	ADDQ    $64, DI
	ADDQ    $64, BX
	ADDQ    $64, R12
	ADDQ    $64, R13
	ADDQ    $64, SI
	JMP     block

finished:
	VZEROUPPER
	RET

// func ExpectedSquaresOfTwo(total, mean, variance, mu, precision []float64)
//
//   total[r, i] = Σ_k ((mean[k, i] - mu[r, k])² + variance[k, i])·precision[r, k], products rounded
//
// Shapes:   n = len(total)/2, a multiple of 16; mean and variance: len(mu)/2 rows of n.
// Tail:     none; 16 totals of each row at a time.
//
// Registers:
//   DI, R8     total of both rows          Y0 … Y3, Y4 … Y7   16 sums of each
//   CX         elements left               Y8, Y9             mean, z
//   SI, BX     mean, variance              Y10 … Y13          mu, precision of row 0, of row 1
//   R10, R12   mu, precision of row 0      R13, R14           of row 1
//   R9, AX     bytes of a row, those before row k     R11, DX            k, length of mu's rows

#define TWO_SUMS(at, of, sum0, sum1) \
	VMOVUPD at, Y8        \
	VSUBPD  Y10, Y8, Y9   \
	VSUBPD  Y12, Y8, Y8   \
	VMULPD  Y9, Y9, Y9    \
	VMULPD  Y8, Y8, Y8    \
	VMOVUPD of, Y14       \
	VADDPD  Y14, Y9, Y9   \
	VADDPD  Y14, Y8, Y8   \
	VMULPD  Y11, Y9, Y9   \
	VMULPD  Y13, Y8, Y8   \
	VADDPD  Y9, sum0, sum0 \
	VADDPD  Y8, sum1, sum1

TEXT ·ExpectedSquaresOfTwo(SB), NOSPLIT, $0-120
	MOVQ total_base+0(FP), DI
	MOVQ total_len+8(FP), CX
	SHRQ $1, CX
	LEAQ (DI)(CX*8), R8
	MOVQ mean_base+24(FP), SI
	MOVQ variance_base+48(FP), BX
	MOVQ mu_base+72(FP), R10
	MOVQ mu_len+80(FP), DX
	SHRQ $1, DX
	MOVQ precision_base+96(FP), R12
	LEAQ (R10)(DX*8), R13
	LEAQ (R12)(DX*8), R14
	LEAQ (CX*8), R9

sums:
	SUBQ   $16, CX
	JLT    end
	CLEAR8
	XORQ   AX, AX
	XORQ   R11, R11

term:
	CMPQ         R11, DX
	JEQ          write
	VBROADCASTSD (R10)(R11*8), Y10
	VBROADCASTSD (R12)(R11*8), Y11
	VBROADCASTSD (R13)(R11*8), Y12
	VBROADCASTSD (R14)(R11*8), Y13
	TWO_SUMS((SI)(AX*1), (BX)(AX*1), Y0, Y4)
	TWO_SUMS(32(SI)(AX*1), 32(BX)(AX*1), Y1, Y5)
	TWO_SUMS(64(SI)(AX*1), 64(BX)(AX*1), Y2, Y6)
	TWO_SUMS(96(SI)(AX*1), 96(BX)(AX*1), Y3, Y7)
	ADDQ         R9, AX
	INCQ         R11
	JMP          term

write:
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	VMOVUPD Y4, (R8)
	VMOVUPD Y5, 32(R8)
	VMOVUPD Y6, 64(R8)
	VMOVUPD Y7, 96(R8)
	ADDQ    $128, DI
	ADDQ    $128, R8
	ADDQ    $128, SI
	ADDQ    $128, BX
	JMP     sums

end:
	VZEROUPPER
	RET

// func SweepTwo(mass, r, a, cols []float64)
//
//   r[k] = 1/tree(acc) or 0 where that is at most 2⁻⁵¹²,  acc[j mod 16] += a[k, j]·cols[j],  k = 0, 1
//   mass[j] = (mass[j] + a[1, j]·r[1]) + a[0, j]·r[0], products rounded
//
// Shapes:   n = len(mass), a multiple of 16, at least 16; a: two rows of n.
// Tail:     none.
//
// Registers: DI mass   SI, BX rows 0 and 1 of a   DX cols   R8 r   CX groups left   R9 groups
//   AX bytes of the row done   R10, R11 the two rows before these
//   Y0 … Y3, Y4 … Y7 the 16 lanes of both rows, then X0, X4 their sums   Y8 … Y11 cols   Y12 … Y15 products
//   X5, X6, Y5, Y6 r[0], r[1]

#define TWO_PRODUCTS(at, col, lanes0, lanes1, t0, t1) \
	VMOVUPD at(DX)(AX*1), col      \
	VMULPD  at(SI)(AX*1), col, t0  \
	VMULPD  at(BX)(AX*1), col, t1  \
	VADDPD  t0, lanes0, lanes0     \
	VADDPD  t1, lanes1, lanes1

#define TREE(a, b, c, d, xa, xb) \
	VADDPD       c, a, a    \
	VADDPD       d, b, b    \
	VADDPD       b, a, a    \
	VEXTRACTF128 $1, a, xb  \
	VADDPD       xb, xa, xa \
	VPERMILPD    $1, xa, xb \
	VADDSD       xb, xa, xa

// r = 1/x or 0.
#define RECIPROCAL(x, r) \
	VXORPD   r, r, r            \
	VUCOMISD twoTiny<>(SB), x   \
	JLS      3(PC)              \
	VMOVSD   twoOne<>(SB), r    \
	VDIVSD   x, r, r

// The rows before these are next, and too far apart for the processor's own prefetching.
#define TWO_MASSES(at, t0, t1) \
	VMULPD  at(BX)(AX*1), Y6, t1 \
	VMULPD  at(SI)(AX*1), Y5, t0 \
	VADDPD  at(DI)(AX*1), t1, t1 \
	VADDPD  t0, t1, t1           \
	VMOVUPD t1, at(DI)(AX*1)

TEXT ·SweepTwo(SB), NOSPLIT, $0-96
	MOVQ   mass_base+0(FP), DI
	MOVQ   mass_len+8(FP), R9
	MOVQ   r_base+24(FP), R8
	MOVQ   a_base+48(FP), SI
	LEAQ   (SI)(R9*8), BX
	MOVQ   R9, R10
	SHLQ   $4, R10
	NEGQ   R10
	ADDQ   SI, R10
	LEAQ   (R10)(R9*8), R11
	MOVQ   cols_base+72(FP), DX
	SHRQ   $4, R9
	CLEAR8
	MOVQ   R9, CX
	XORQ   AX, AX

dot:
	TWO_PRODUCTS(0, Y8, Y0, Y4, Y12, Y13)
	TWO_PRODUCTS(32, Y9, Y1, Y5, Y14, Y15)
	TWO_PRODUCTS(64, Y10, Y2, Y6, Y12, Y13)
	TWO_PRODUCTS(96, Y11, Y3, Y7, Y14, Y15)
	ADDQ        $128, AX
	DECQ        CX
	JNZ         dot
	TREE(Y0, Y1, Y2, Y3, X0, X1)
	TREE(Y4, Y5, Y6, Y7, X4, X5)
	RECIPROCAL(X0, X5)
	RECIPROCAL(X4, X6)
	VMOVSD      X5, (R8)
	VMOVSD      X6, 8(R8)
	VBROADCASTSD X5, Y5
	VBROADCASTSD X6, Y6
	XORQ        AX, AX

add:
	TWO_MASSES(0, Y0, Y1)
	TWO_MASSES(32, Y2, Y3)
	TWO_MASSES(64, Y4, Y7)
	TWO_MASSES(96, Y8, Y9)
	PREFETCHT0 0(R10)(AX*1)
	PREFETCHT0 64(R10)(AX*1)
	PREFETCHT0 0(R11)(AX*1)
	PREFETCHT0 64(R11)(AX*1)
	ADDQ $128, AX
	DECQ R9
	JNZ  add
	VZEROUPPER
	RET

DATA twoTiny<>+0(SB)/8, $0x1ff0000000000000 // proposalTiny, 2⁻⁵¹²
GLOBL twoTiny<>(SB), RODATA|NOPTR, $8

DATA twoOne<>+0(SB)/8, $1.0
GLOBL twoOne<>(SB), RODATA|NOPTR, $8
