#include "textflag.h"

// Two rows at a time of what conditional_amd64.s, expected_amd64.s and importance_amd64.s do with one:
// they read the same matrix, which is larger than the first-level cache, and one row's division and
// sum of lanes are done beside the other's. Every number's chain of operations is the same.
// Features: AVX-512 F.

// func ConditionalSquaresOfTwo(sums, w []float32, columns []int32, mu, invSigma []float32)
//
//   sums[r, i] = Σ_b z²,  z = (w[columns[b], i] − mu[r, b])·invSigma[r, b], a chain of fma over b
//
// Shapes:   n = len(sums)/2, a multiple of 16; w: rows of n; mu and invSigma: two rows of len(columns).
// Tail:     none; 32 sums of each row at a time, then 16.
//
// Registers:
//   DI, BX   sums of both rows         Z0, Z1, Z2, Z3   32 sums of row 0, of row 1
//   R8       sums left                 Z8, Z9           w, z
//   SI, R9   w, bytes of its rows      Z10 … Z13        mu[0, b], invSigma[0, b], mu[1, b], invSigma[1, b]
//   R10, DX  columns, their number     R11 … R14        mu and invSigma of row 0, of row 1
//   CX, AX   b, row of w

#define TWO_SQUARES(at, sum0, sum1) \
	VMOVUPS     at, Z8        \
	VSUBPS      Z10, Z8, Z9   \
	VSUBPS      Z12, Z8, Z8   \
	VMULPS      Z11, Z9, Z9   \
	VMULPS      Z13, Z8, Z8   \
	VFMADD231PS Z9, Z9, sum0  \
	VFMADD231PS Z8, Z8, sum1

#define TWO_ROWS \
	MOVLQSX      (R10)(CX*4), AX  \
	IMULQ        R9, AX           \
	ADDQ         SI, AX           \
	VBROADCASTSS (R11)(CX*4), Z10 \
	VBROADCASTSS (R12)(CX*4), Z11 \
	VBROADCASTSS (R13)(CX*4), Z12 \
	VBROADCASTSS (R14)(CX*4), Z13 \
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
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	XORQ   CX, CX

wideloop:
	CMPQ CX, DX
	JEQ  widedone
	TWO_ROWS
	TWO_SQUARES((AX), Z0, Z2)
	TWO_SQUARES(64(AX), Z1, Z3)
	JMP  wideloop

widedone:
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	VMOVUPS Z2, (BX)
	VMOVUPS Z3, 64(BX)
	ADDQ    $128, DI
	ADDQ    $128, BX
	ADDQ    $128, SI
	JMP     wide

rest:
	ADDQ   $32, R8
	JEQ    done
	VPXORD Z0, Z0, Z0
	VPXORD Z2, Z2, Z2
	XORQ   CX, CX

restloop:
	CMPQ CX, DX
	JEQ  restdone
	TWO_ROWS
	TWO_SQUARES((AX), Z0, Z2)
	JMP  restloop

restdone:
	VMOVUPS Z0, (DI)
	VMOVUPS Z2, (BX)

done:
	VZEROUPPER
	RET

// func ExpectedMomentsOfTwo(mean, second, x, p []float64)
//
//   mean[r, i] = Σ_j p[r, j]·x[j, i],  second[r, i] = Σ_j (p[r, j]·x[j, i])·x[j, i], products rounded
//
// Shapes:   n = len(mean)/2, a multiple of 16; x: len(p)/2 rows of n.
// Tail:     none; 16 elements of each row at a time.
//
// Registers:
//   DI, R12    mean of both rows           Z0, Z1, Z4, Z5   16 means of row 0, of row 1
//   BX, R13    second of both rows         Z2, Z3, Z6, Z7   16 second moments of row 0, of row 1
//   CX         elements left               Z8, Z9           x, p·x
//   SI, R9     x, bytes of its rows        Z10, Z11         p[0, j], p[1, j]
//   R10, R14   p of row 0, of row 1        AX, R11, DX      row of x, j, length of p's rows

#define TWO_MOMENTS(at, mean0, second0, mean1, second1) \
	VMOVUPD at, Z8               \
	VMULPD  Z10, Z8, Z9          \
	VADDPD  Z9, mean0, mean0     \
	VMULPD  Z8, Z9, Z9           \
	VADDPD  Z9, second0, second0 \
	VMULPD  Z11, Z8, Z9          \
	VADDPD  Z9, mean1, mean1     \
	VMULPD  Z8, Z9, Z9           \
	VADDPD  Z9, second1, second1

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
	SUBQ   $16, CX
	JLT    finished
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	VPXORQ Z4, Z4, Z4
	VPXORQ Z5, Z5, Z5
	VPXORQ Z6, Z6, Z6
	VPXORQ Z7, Z7, Z7
	MOVQ   SI, AX
	XORQ   R11, R11

row:
	CMPQ         R11, DX
	JEQ          store
	VBROADCASTSD (R10)(R11*8), Z10
	VBROADCASTSD (R14)(R11*8), Z11
	TWO_MOMENTS((AX), Z0, Z2, Z4, Z6)
	TWO_MOMENTS(64(AX), Z1, Z3, Z5, Z7)
	ADDQ         R9, AX
	INCQ         R11
	JMP          row

store:
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	VMOVUPD Z2, (BX)
	VMOVUPD Z3, 64(BX)
	VMOVUPD Z4, (R12)
	VMOVUPD Z5, 64(R12)
	VMOVUPD Z6, (R13)
	VMOVUPD Z7, 64(R13)
	ADDQ    $128, DI
	ADDQ    $128, BX
	ADDQ    $128, R12
	ADDQ    $128, R13
	ADDQ    $128, SI
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
//   DI, R8     total of both rows          Z0, Z1, Z2, Z3     16 sums of row 0, of row 1
//   CX         elements left               Z8, Z9, Z14        mean and z, z, variance
//   SI, BX     mean, variance              Z10 … Z13          mu, precision of row 0, of row 1
//   R10, R12   mu, precision of row 0      R13, R14           of row 1
//   R9, AX     bytes of a row, those before row k     R11, DX            k, length of mu's rows

#define TWO_SUMS(at, of, sum0, sum1) \
	VMOVUPD at, Z8         \
	VSUBPD  Z10, Z8, Z9    \
	VSUBPD  Z12, Z8, Z8    \
	VMULPD  Z9, Z9, Z9     \
	VMULPD  Z8, Z8, Z8     \
	VMOVUPD of, Z14        \
	VADDPD  Z14, Z9, Z9    \
	VADDPD  Z14, Z8, Z8    \
	VMULPD  Z11, Z9, Z9    \
	VMULPD  Z13, Z8, Z8    \
	VADDPD  Z9, sum0, sum0 \
	VADDPD  Z8, sum1, sum1

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
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	XORQ   AX, AX
	XORQ   R11, R11

term:
	CMPQ         R11, DX
	JEQ          write
	VBROADCASTSD (R10)(R11*8), Z10
	VBROADCASTSD (R12)(R11*8), Z11
	VBROADCASTSD (R13)(R11*8), Z12
	VBROADCASTSD (R14)(R11*8), Z13
	TWO_SUMS((SI)(AX*1), (BX)(AX*1), Z0, Z2)
	TWO_SUMS(64(SI)(AX*1), 64(BX)(AX*1), Z1, Z3)
	ADDQ         R9, AX
	INCQ         R11
	JMP          term

write:
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	VMOVUPD Z2, (R8)
	VMOVUPD Z3, 64(R8)
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
//   Z0, Z1, Z2, Z3 the 16 lanes of both rows, then X0, X2 their sums   Z8, Z9 cols   Z12 … Z15 products
//   X5, X6, Z5, Z6 r[0], r[1]

#define TWO_PRODUCTS(at, col, lanes0, lanes1, t0, t1) \
	VMOVUPD at(DX)(AX*1), col      \
	VMULPD  at(SI)(AX*1), col, t0  \
	VMULPD  at(BX)(AX*1), col, t1  \
	VADDPD  t0, lanes0, lanes0     \
	VADDPD  t1, lanes1, lanes1

#define TREE(za, ya, xa, zb, yb, xb) \
	VADDPD        zb, za, za    \
	VEXTRACTF64X4 $1, za, yb    \
	VADDPD        yb, ya, ya    \
	VEXTRACTF128  $1, ya, xb    \
	VADDPD        xb, xa, xa    \
	VPERMILPD     $1, xa, xb    \
	VADDSD        xb, xa, xa

// r = 1/x or 0.
#define RECIPROCAL(x, r) \
	VXORPD   r, r, r            \
	VUCOMISD twoTiny<>(SB), x   \
	JLS      3(PC)              \
	VMOVSD   twoOne<>(SB), r    \
	VDIVSD   x, r, r

// The rows before these are next, and too far apart for the processor's own prefetching.
#define TWO_MASSES(at, t0, t1) \
	VMULPD  at(BX)(AX*1), Z6, t1 \
	VMULPD  at(SI)(AX*1), Z5, t0 \
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
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	MOVQ   R9, CX
	XORQ   AX, AX

dot:
	TWO_PRODUCTS(0, Z8, Z0, Z2, Z12, Z13)
	TWO_PRODUCTS(64, Z9, Z1, Z3, Z14, Z15)
	ADDQ         $128, AX
	DECQ         CX
	JNZ          dot
	TREE(Z0, Y0, X0, Z1, Y1, X1)
	TREE(Z2, Y2, X2, Z3, Y3, X3)
	RECIPROCAL(X0, X5)
	RECIPROCAL(X2, X6)
	VMOVSD       X5, (R8)
	VMOVSD       X6, 8(R8)
	VBROADCASTSD X5, Z5
	VBROADCASTSD X6, Z6
	XORQ         AX, AX

add:
	TWO_MASSES(0, Z0, Z1)
	TWO_MASSES(64, Z2, Z3)
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
