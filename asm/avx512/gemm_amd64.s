#include "textflag.h"

// func GemmPanel(m, n, k int, a []float32, rsa, csa int, b []float32, ldb int, c []float32, ldc int, bias []float32, mode int)
//
//   s      = 0;  s = fma(a[i*rsa+p*csa], b[p*ldb+j], s)  for p = 0 … k-1
//   c[i,j] = [relu]( [c[i,j] +] s [+ bias[j]] )          i < m, j < n, c[i,j] at c[i*ldc+j]
//
// Shapes:   m ≥ 1, 1 ≤ n ≤ 32, k ≥ 1. All strides in elements. mode: 1 adds to C, 2 applies ReLU.
// Features: AVX-512 F.
// Tiles:    h×32 (n > 16) or h×16 in registers, h = 1 … 14. While 28 rows are left h is 14; the last
//           27 or fewer are halved, so that no tile is too low to hide the latency of the FMA.
// Tail:     rows of B must be readable up to n rounded up to 16; C and bias are masked here (K1).
//
// Registers, strides in bytes:
//   AX, BX    rows 0 and 7 of the tile of A, walking over p      R8, R9, R10  rsa, 3·rsa, 5·rsa
//   DX        B, walking over p                                  R11, R12     csa, ldb
//   CX        p counting down; in the epilogue: add to C?        R13          ldc
//   DI        C, walking over rows                               SI           in the epilogue: ReLU?
//   Z0, Z1    row p of B; in the epilogue: bias (or -0)          Z2 … Z29     the tile
//   Z30       a[i,p] in all lanes                                Z31          +0

#define ROW(a, lo, hi) \
	VBROADCASTSS a, Z30          \
	VFMADD231PS  Z0, Z30, lo     \
	VFMADD231PS  Z1, Z30, hi

#define HALFROW(a, s) \
	VFMADD231PS.BCST a, Z0, s

// One row of the tile to C. x + -0 is x; max(+0, x) + 0 is ReLU and keeps NaN.
#define OUT(lo, hi) \
	TESTQ     CX, CX             \
	JEQ       3(PC)              \
	VADDPS    (DI), lo, lo       \
	VADDPS.Z  64(DI), hi, K1, hi \
	VADDPS    Z0, lo, lo         \
	VADDPS    Z1, hi, hi         \
	TESTQ     SI, SI             \
	JEQ       5(PC)              \
	VMAXPS    lo, Z31, lo        \
	VMAXPS    hi, Z31, hi        \
	VADDPS    Z31, lo, lo        \
	VADDPS    Z31, hi, hi        \
	VMOVUPS   lo, (DI)           \
	VMOVUPS   hi, K1, 64(DI)     \
	ADDQ      R13, DI

#define HALFOUT(s) \
	TESTQ     CX, CX             \
	JEQ       2(PC)              \
	VADDPS.Z  (DI), s, K1, s     \
	VADDPS    Z0, s, s           \
	TESTQ     SI, SI             \
	JEQ       3(PC)              \
	VMAXPS    s, Z31, s          \
	VADDPS    Z31, s, s          \
	VMOVUPS   s, K1, (DI)        \
	ADDQ      R13, DI

// The first h rows of a tile.
#define ROWS1 ROW((AX), Z2, Z3)
#define ROWS2 ROWS1; ROW((AX)(R8*1), Z4, Z5)
#define ROWS3 ROWS2; ROW((AX)(R8*2), Z6, Z7)
#define ROWS4 ROWS3; ROW((AX)(R9*1), Z8, Z9)
#define ROWS5 ROWS4; ROW((AX)(R8*4), Z10, Z11)
#define ROWS6 ROWS5; ROW((AX)(R10*1), Z12, Z13)
#define ROWS7 ROWS6; ROW((AX)(R9*2), Z14, Z15)
#define ROWS8 ROWS7; ROW((BX), Z16, Z17)
#define ROWS9 ROWS8; ROW((BX)(R8*1), Z18, Z19)
#define ROWS10 ROWS9; ROW((BX)(R8*2), Z20, Z21)
#define ROWS11 ROWS10; ROW((BX)(R9*1), Z22, Z23)
#define ROWS12 ROWS11; ROW((BX)(R8*4), Z24, Z25)
#define ROWS13 ROWS12; ROW((BX)(R10*1), Z26, Z27)
#define ROWS14 ROWS13; ROW((BX)(R9*2), Z28, Z29)

#define HALFROWS1 HALFROW((AX), Z2)
#define HALFROWS2 HALFROWS1; HALFROW((AX)(R8*1), Z3)
#define HALFROWS3 HALFROWS2; HALFROW((AX)(R8*2), Z4)
#define HALFROWS4 HALFROWS3; HALFROW((AX)(R9*1), Z5)
#define HALFROWS5 HALFROWS4; HALFROW((AX)(R8*4), Z6)
#define HALFROWS6 HALFROWS5; HALFROW((AX)(R10*1), Z7)
#define HALFROWS7 HALFROWS6; HALFROW((AX)(R9*2), Z8)
#define HALFROWS8 HALFROWS7; HALFROW((BX), Z9)
#define HALFROWS9 HALFROWS8; HALFROW((BX)(R8*1), Z10)
#define HALFROWS10 HALFROWS9; HALFROW((BX)(R8*2), Z11)
#define HALFROWS11 HALFROWS10; HALFROW((BX)(R9*1), Z12)
#define HALFROWS12 HALFROWS11; HALFROW((BX)(R8*4), Z13)
#define HALFROWS13 HALFROWS12; HALFROW((BX)(R10*1), Z14)
#define HALFROWS14 HALFROWS13; HALFROW((BX)(R9*2), Z15)

#define OUTS1 OUT(Z2, Z3)
#define OUTS2 OUTS1; OUT(Z4, Z5)
#define OUTS3 OUTS2; OUT(Z6, Z7)
#define OUTS4 OUTS3; OUT(Z8, Z9)
#define OUTS5 OUTS4; OUT(Z10, Z11)
#define OUTS6 OUTS5; OUT(Z12, Z13)
#define OUTS7 OUTS6; OUT(Z14, Z15)
#define OUTS8 OUTS7; OUT(Z16, Z17)
#define OUTS9 OUTS8; OUT(Z18, Z19)
#define OUTS10 OUTS9; OUT(Z20, Z21)
#define OUTS11 OUTS10; OUT(Z22, Z23)
#define OUTS12 OUTS11; OUT(Z24, Z25)
#define OUTS13 OUTS12; OUT(Z26, Z27)
#define OUTS14 OUTS13; OUT(Z28, Z29)

#define HALFOUTS1 HALFOUT(Z2)
#define HALFOUTS2 HALFOUTS1; HALFOUT(Z3)
#define HALFOUTS3 HALFOUTS2; HALFOUT(Z4)
#define HALFOUTS4 HALFOUTS3; HALFOUT(Z5)
#define HALFOUTS5 HALFOUTS4; HALFOUT(Z6)
#define HALFOUTS6 HALFOUTS5; HALFOUT(Z7)
#define HALFOUTS7 HALFOUTS6; HALFOUT(Z8)
#define HALFOUTS8 HALFOUTS7; HALFOUT(Z9)
#define HALFOUTS9 HALFOUTS8; HALFOUT(Z10)
#define HALFOUTS10 HALFOUTS9; HALFOUT(Z11)
#define HALFOUTS11 HALFOUTS10; HALFOUT(Z12)
#define HALFOUTS12 HALFOUTS11; HALFOUT(Z13)
#define HALFOUTS13 HALFOUTS12; HALFOUT(Z14)
#define HALFOUTS14 HALFOUTS13; HALFOUT(Z15)

#define CLEAR3(a, b, c) \
	VPXORD a, a, a \
	VPXORD b, b, b \
	VPXORD c, c, c

#define STEP \
	ADDQ R11, AX \
	ADDQ R11, BX \
	ADDQ R12, DX \
	DECQ CX

// After the last p: what the epilogue adds, and whether it does.
#define EPILOGUE \
	MOVQ         mode+152(FP), CX     \
	MOVQ         CX, SI               \
	ANDQ         $1, CX               \
	ANDQ         $2, SI               \
	VPXORD       Z31, Z31, Z31        \
	VBROADCASTSS minusZero<>(SB), Z0  \
	VMOVAPS      Z0, Z1               \
	MOVQ         bias_base+128(FP), AX \
	TESTQ        AX, AX

#define TILE(tile, loop, rows, outs) \
tile: \
	MOVQ      k+16(FP), CX         \
loop: \
	VMOVUPS   (DX), Z0             \
	VMOVUPS   64(DX), Z1           \
	rows                           \
	STEP                           \
	JNE       loop                 \
	EPILOGUE                       \
	JEQ       3(PC)                \
	VMOVUPS   (AX), Z0             \
	VMOVUPS.Z 64(AX), K1, Z1       \
	outs                           \
	JMP       next

#define HALFTILE(tile, loop, rows, outs) \
tile: \
	MOVQ      k+16(FP), CX         \
loop: \
	VMOVUPS   (DX), Z0             \
	rows                           \
	STEP                           \
	JNE       loop                 \
	EPILOGUE                       \
	JEQ       2(PC)                \
	VMOVUPS.Z (AX), K1, Z0         \
	outs                           \
	JMP       next

DATA minusZero<>+0(SB)/4, $0x80000000
GLOBL minusZero<>(SB), RODATA|NOPTR, $4

TEXT ·GemmPanel(SB), NOSPLIT, $0-160
	MOVQ rsa+48(FP), R8
	SHLQ $2, R8
	LEAQ (R8)(R8*2), R9
	LEAQ (R8)(R8*4), R10
	MOVQ csa+56(FP), R11
	SHLQ $2, R11
	MOVQ ldb+88(FP), R12
	SHLQ $2, R12
	MOVQ ldc+120(FP), R13
	SHLQ $2, R13
	MOVQ c_base+96(FP), DI

	// K1 = the columns of the last vector: n or n-16 ones.
	MOVQ  n+8(FP), CX
	MOVL  $1, AX
	SHLL  CX, AX
	CMPQ  CX, $16
	JLE   narrow
	SUBQ  $16, CX
	MOVL  $1, AX
	SHLL  CX, AX
narrow:
	DECL  AX
	KMOVW AX, K1

next:
	// CX = h, the rows of the next tile; m and a move behind them.
	MOVQ  m+0(FP), CX
	TESTQ CX, CX
	JEQ   done
	CMPQ  CX, $14
	JLE   height
	CMPQ  CX, $28
	JGE   full
	INCQ  CX
	SHRQ  $1, CX
	JMP   height
full:
	MOVQ  $14, CX
height:
	SUBQ  CX, m+0(FP)
	MOVQ  a_base+24(FP), AX
	MOVQ  CX, BX
	IMULQ R8, BX
	ADDQ  AX, BX
	MOVQ  BX, a_base+24(FP)
	LEAQ  (AX)(R8*8), BX
	SUBQ  R8, BX
	MOVQ  b_base+64(FP), DX

	VPXORD Z2, Z2, Z2
	CLEAR3(Z3, Z4, Z5)
	CLEAR3(Z6, Z7, Z8)
	CLEAR3(Z9, Z10, Z11)
	CLEAR3(Z12, Z13, Z14)
	CLEAR3(Z15, Z16, Z17)
	CLEAR3(Z18, Z19, Z20)
	CLEAR3(Z21, Z22, Z23)
	CLEAR3(Z24, Z25, Z26)
	CLEAR3(Z27, Z28, Z29)
	CMPQ   n+8(FP), $16
	JLE    half
	CMPQ CX, $14
	JEQ  tile14
	CMPQ CX, $13
	JEQ  tile13
	CMPQ CX, $12
	JEQ  tile12
	CMPQ CX, $11
	JEQ  tile11
	CMPQ CX, $10
	JEQ  tile10
	CMPQ CX, $9
	JEQ  tile9
	CMPQ CX, $8
	JEQ  tile8
	CMPQ CX, $7
	JEQ  tile7
	CMPQ CX, $6
	JEQ  tile6
	CMPQ CX, $5
	JEQ  tile5
	CMPQ CX, $4
	JEQ  tile4
	CMPQ CX, $3
	JEQ  tile3
	CMPQ CX, $2
	JEQ  tile2
	JMP  tile1
half:
	CMPQ CX, $14
	JEQ  half14
	CMPQ CX, $13
	JEQ  half13
	CMPQ CX, $12
	JEQ  half12
	CMPQ CX, $11
	JEQ  half11
	CMPQ CX, $10
	JEQ  half10
	CMPQ CX, $9
	JEQ  half9
	CMPQ CX, $8
	JEQ  half8
	CMPQ CX, $7
	JEQ  half7
	CMPQ CX, $6
	JEQ  half6
	CMPQ CX, $5
	JEQ  half5
	CMPQ CX, $4
	JEQ  half4
	CMPQ CX, $3
	JEQ  half3
	CMPQ CX, $2
	JEQ  half2
	JMP  half1

	TILE(tile14, loop14, ROWS14, OUTS14)
	TILE(tile13, loop13, ROWS13, OUTS13)
	TILE(tile12, loop12, ROWS12, OUTS12)
	TILE(tile11, loop11, ROWS11, OUTS11)
	TILE(tile10, loop10, ROWS10, OUTS10)
	TILE(tile9, loop9, ROWS9, OUTS9)
	TILE(tile8, loop8, ROWS8, OUTS8)
	TILE(tile7, loop7, ROWS7, OUTS7)
	TILE(tile6, loop6, ROWS6, OUTS6)
	TILE(tile5, loop5, ROWS5, OUTS5)
	TILE(tile4, loop4, ROWS4, OUTS4)
	TILE(tile3, loop3, ROWS3, OUTS3)
	TILE(tile2, loop2, ROWS2, OUTS2)
	TILE(tile1, loop1, ROWS1, OUTS1)
	HALFTILE(half14, halfloop14, HALFROWS14, HALFOUTS14)
	HALFTILE(half13, halfloop13, HALFROWS13, HALFOUTS13)
	HALFTILE(half12, halfloop12, HALFROWS12, HALFOUTS12)
	HALFTILE(half11, halfloop11, HALFROWS11, HALFOUTS11)
	HALFTILE(half10, halfloop10, HALFROWS10, HALFOUTS10)
	HALFTILE(half9, halfloop9, HALFROWS9, HALFOUTS9)
	HALFTILE(half8, halfloop8, HALFROWS8, HALFOUTS8)
	HALFTILE(half7, halfloop7, HALFROWS7, HALFOUTS7)
	HALFTILE(half6, halfloop6, HALFROWS6, HALFOUTS6)
	HALFTILE(half5, halfloop5, HALFROWS5, HALFOUTS5)
	HALFTILE(half4, halfloop4, HALFROWS4, HALFOUTS4)
	HALFTILE(half3, halfloop3, HALFROWS3, HALFOUTS3)
	HALFTILE(half2, halfloop2, HALFROWS2, HALFOUTS2)
	HALFTILE(half1, halfloop1, HALFROWS1, HALFOUTS1)

done:
	VZEROUPPER
	RET
