#include "textflag.h"

// func GemmPanel(m, n, k int, a []float32, rsa, csa int, b []float32, ldb int, c []float32, ldc int, bias []float32, mode int)
//
//   s      = 0;  s = fma(a[i*rsa+p*csa], b[p*ldb+j], s)  for p = 0 … k-1
//   c[i,j] = [relu]( [c[i,j] +] s [+ bias[j]] )          i < m, j < n, c[i,j] at c[i*ldc+j]
//
// Shapes:   m ≥ 1, 1 ≤ n ≤ 16, k ≥ 1. All strides in elements. mode: 1 adds to C, 2 applies ReLU.
// Features: AVX2, FMA3.
// Tiles:    h×16 (n > 8) or h×8 in registers, h = 1 … 6. While 12 rows are left h is 6; the last
//           11 or fewer are halved, so that no tile is too low to hide the latency of the FMA.
// Tail:     rows of B must be readable up to n rounded up to 8. When n is no multiple of 8 the tile
//           goes through the stack, to be read again with the last vector of a row ending at n-1
//           or, when n < 8, in pieces of 4, 2 and 1.
//
// Registers, strides in bytes:
//   AX        row 0 of the tile of A, walking over p             R8, R9, R10  rsa, 3·rsa, 5·rsa
//   DX        B, walking over p                                  R11, R12     csa, ldb
//   CX        p counting down; in the epilogue: add to C?        R13          ldc
//   DI        C, walking over rows                               SI           in the epilogue: ReLU?
//   BX        h                                                  Y2 … Y13     the tile
//   Y0, Y1    row p of B; in the epilogue: bias (or -0)          Y14          a[i,p] in all lanes
//   Y15       in the epilogue: +0; for n < 8 the lanes of a row, and Y6 is +0
//   AX, R15   in the epilogue: offset of a row's last vector (n < 8: n), scratch

#define ROW(a, lo, hi) \
	VBROADCASTSS a, Y14          \
	VFMADD231PS  Y0, Y14, lo     \
	VFMADD231PS  Y1, Y14, hi

#define HALFROW(a, s) \
	VBROADCASTSS a, Y14          \
	VFMADD231PS  Y0, Y14, s

// One row of the tile to C. x + -0 is x; max(+0, x) + 0 is ReLU and keeps NaN.
#define OUT(lo, hi) \
	TESTQ   CX, CX               \
	JEQ     3(PC)                \
	VADDPS  (DI), lo, lo         \
	VADDPS  32(DI), hi, hi       \
	VADDPS  Y0, lo, lo           \
	VADDPS  Y1, hi, hi           \
	TESTQ   SI, SI               \
	JEQ     5(PC)                \
	VMAXPS  lo, Y15, lo          \
	VMAXPS  hi, Y15, hi          \
	VADDPS  Y15, lo, lo          \
	VADDPS  Y15, hi, hi          \
	VMOVUPS lo, (DI)             \
	VMOVUPS hi, 32(DI)           \
	ADDQ    R13, DI

#define HALFOUT(s) \
	TESTQ   CX, CX               \
	JEQ     2(PC)                \
	VADDPS  (DI), s, s           \
	VADDPS  Y0, s, s             \
	TESTQ   SI, SI               \
	JEQ     3(PC)                \
	VMAXPS  s, Y15, s            \
	VADDPS  Y15, s, s            \
	VMOVUPS s, (DI)              \
	ADDQ    R13, DI

// The first h rows of a tile.
#define ROWS1 ROW((AX), Y2, Y3)
#define ROWS2 ROWS1; ROW((AX)(R8*1), Y4, Y5)
#define ROWS3 ROWS2; ROW((AX)(R8*2), Y6, Y7)
#define ROWS4 ROWS3; ROW((AX)(R9*1), Y8, Y9)
#define ROWS5 ROWS4; ROW((AX)(R8*4), Y10, Y11)
#define ROWS6 ROWS5; ROW((AX)(R10*1), Y12, Y13)

#define HALFROWS1 HALFROW((AX), Y2)
#define HALFROWS2 HALFROWS1; HALFROW((AX)(R8*1), Y4)
#define HALFROWS3 HALFROWS2; HALFROW((AX)(R8*2), Y6)
#define HALFROWS4 HALFROWS3; HALFROW((AX)(R9*1), Y8)
#define HALFROWS5 HALFROWS4; HALFROW((AX)(R8*4), Y10)
#define HALFROWS6 HALFROWS5; HALFROW((AX)(R10*1), Y12)

#define OUTS1 OUT(Y2, Y3)
#define OUTS2 OUTS1; OUT(Y4, Y5)
#define OUTS3 OUTS2; OUT(Y6, Y7)
#define OUTS4 OUTS3; OUT(Y8, Y9)
#define OUTS5 OUTS4; OUT(Y10, Y11)
#define OUTS6 OUTS5; OUT(Y12, Y13)

#define HALFOUTS1 HALFOUT(Y2)
#define HALFOUTS2 HALFOUTS1; HALFOUT(Y4)
#define HALFOUTS3 HALFOUTS2; HALFOUT(Y6)
#define HALFOUTS4 HALFOUTS3; HALFOUT(Y8)
#define HALFOUTS5 HALFOUTS4; HALFOUT(Y10)
#define HALFOUTS6 HALFOUTS5; HALFOUT(Y12)

#define CLEAR3(a, b, c) \
	VXORPS a, a, a \
	VXORPS b, b, b \
	VXORPS c, c, c

#define STEP \
	ADDQ R11, AX \
	ADDQ R12, DX \
	DECQ CX

// After the last p: what the epilogue adds, and whether it does.
#define EPILOGUE \
	MOVQ         mode+152(FP), CX      \
	MOVQ         CX, SI                \
	ANDQ         $1, CX                \
	ANDQ         $2, SI                \
	VXORPS       Y15, Y15, Y15         \
	VBROADCASTSS minusZero<>(SB), Y0   \
	VMOVAPS      Y0, Y1                \
	TESTQ        $7, n+8(FP)           \
	JNE          spill                 \
	MOVQ         bias_base+128(FP), AX \
	TESTQ        AX, AX

#define TILE(tile, loop, rows, outs) \
tile: \
	MOVQ    k+16(FP), CX           \
loop: \
	VMOVUPS (DX), Y0               \
	VMOVUPS 32(DX), Y1             \
	rows                           \
	STEP                           \
	JNE     loop                   \
	EPILOGUE                       \
	JEQ     3(PC)                  \
	VMOVUPS (AX), Y0               \
	VMOVUPS 32(AX), Y1             \
	outs                           \
	JMP     next

#define HALFTILE(tile, loop, rows, outs) \
tile: \
	MOVQ    k+16(FP), CX           \
loop: \
	VMOVUPS (DX), Y0               \
	rows                           \
	STEP                           \
	JNE     loop                   \
	EPILOGUE                       \
	JEQ     2(PC)                  \
	VMOVUPS (AX), Y0               \
	outs                           \
	JMP     next

DATA minusZero<>+0(SB)/4, $0x80000000
GLOBL minusZero<>(SB), RODATA|NOPTR, $4

// Eight ones, eight zeros: loaded 4·(8-r) bytes in, r lanes are on.
DATA lanes<>+0(SB)/8, $-1
DATA lanes<>+8(SB)/8, $-1
DATA lanes<>+16(SB)/8, $-1
DATA lanes<>+24(SB)/8, $-1
DATA lanes<>+32(SB)/8, $0
DATA lanes<>+40(SB)/8, $0
DATA lanes<>+48(SB)/8, $0
DATA lanes<>+56(SB)/8, $0
GLOBL lanes<>(SB), RODATA|NOPTR, $64

TEXT ·GemmPanel(SB), NOSPLIT, $384-160
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

next:
	// BX = h, the rows of the next tile; m and a move behind them.
	MOVQ  m+0(FP), BX
	TESTQ BX, BX
	JEQ   done
	CMPQ  BX, $6
	JLE   height
	CMPQ  BX, $12
	JGE   full
	INCQ  BX
	SHRQ  $1, BX
	JMP   height
full:
	MOVQ  $6, BX
height:
	SUBQ  BX, m+0(FP)
	MOVQ  a_base+24(FP), AX
	MOVQ  BX, CX
	IMULQ R8, CX
	ADDQ  AX, CX
	MOVQ  CX, a_base+24(FP)
	MOVQ  b_base+64(FP), DX

	CLEAR3(Y2, Y3, Y4)
	CLEAR3(Y5, Y6, Y7)
	CLEAR3(Y8, Y9, Y10)
	CLEAR3(Y11, Y12, Y13)
	CMPQ   n+8(FP), $8
	JLE    half
	CMPQ BX, $6
	JEQ  tile6
	CMPQ BX, $5
	JEQ  tile5
	CMPQ BX, $4
	JEQ  tile4
	CMPQ BX, $3
	JEQ  tile3
	CMPQ BX, $2
	JEQ  tile2
	JMP  tile1
half:
	CMPQ BX, $6
	JEQ  half6
	CMPQ BX, $5
	JEQ  half5
	CMPQ BX, $4
	JEQ  half4
	CMPQ BX, $3
	JEQ  half3
	CMPQ BX, $2
	JEQ  half2
	JMP  half1

	TILE(tile6, loop6, ROWS6, OUTS6)
	TILE(tile5, loop5, ROWS5, OUTS5)
	TILE(tile4, loop4, ROWS4, OUTS4)
	TILE(tile3, loop3, ROWS3, OUTS3)
	TILE(tile2, loop2, ROWS2, OUTS2)
	TILE(tile1, loop1, ROWS1, OUTS1)
	HALFTILE(half6, halfloop6, HALFROWS6, HALFOUTS6)
	HALFTILE(half5, halfloop5, HALFROWS5, HALFOUTS5)
	HALFTILE(half4, halfloop4, HALFROWS4, HALFOUTS4)
	HALFTILE(half3, halfloop3, HALFROWS3, HALFOUTS3)
	HALFTILE(half2, halfloop2, HALFROWS2, HALFOUTS2)
	HALFTILE(half1, halfloop1, HALFROWS1, HALFOUTS1)

spill:
	// The tile to the stack, 64 bytes a row, and from there to C. DX = a row of it.
	VMOVUPS Y2, 0(SP)
	VMOVUPS Y3, 32(SP)
	VMOVUPS Y4, 64(SP)
	VMOVUPS Y5, 96(SP)
	VMOVUPS Y6, 128(SP)
	VMOVUPS Y7, 160(SP)
	VMOVUPS Y8, 192(SP)
	VMOVUPS Y9, 224(SP)
	VMOVUPS Y10, 256(SP)
	VMOVUPS Y11, 288(SP)
	VMOVUPS Y12, 320(SP)
	VMOVUPS Y13, 352(SP)
	VXORPS  Y6, Y6, Y6
	MOVQ    SP, DX
	MOVQ    bias_base+128(FP), R15
	MOVQ    n+8(FP), AX
	SUBQ    $8, AX
	JLT     narrow

	// 8 < n < 16: columns 0 … 7 and n-8 … n-1 of a row, which overlap. AX = 4·(n-8).
	SHLQ    $2, AX
	TESTQ   R15, R15
	JEQ     3(PC)
	VMOVUPS (R15), Y0
	VMOVUPS (R15)(AX*1), Y1

row:
	VMOVUPS (DX), Y2
	VMOVUPS (DX)(AX*1), Y3
	TESTQ   CX, CX
	JEQ     3(PC)
	VADDPS  (DI), Y2, Y2
	VADDPS  (DI)(AX*1), Y3, Y3
	VADDPS  Y0, Y2, Y2
	VADDPS  Y1, Y3, Y3
	TESTQ   SI, SI
	JEQ     5(PC)
	VMAXPS  Y2, Y6, Y2
	VMAXPS  Y3, Y6, Y3
	VADDPS  Y6, Y2, Y2
	VADDPS  Y6, Y3, Y3
	VMOVUPS Y2, (DI)
	VMOVUPS Y3, (DI)(AX*1)
	ADDQ    $64, DX
	ADDQ    R13, DI
	DECQ    BX
	JNE     row
	JMP     next

narrow:
	// n < 8: Y15 = the lanes of a row, AX = n.
	SHLQ       $2, AX
	NEGQ       AX
	LEAQ       lanes<>(SB), R12
	VMOVUPS    (R12)(AX*1), Y15
	MOVQ       n+8(FP), AX
	MOVQ       ldb+88(FP), R12
	SHLQ       $2, R12
	TESTQ      R15, R15
	JEQ        2(PC)
	VMASKMOVPS (R15), Y15, Y0

short:
	VMOVUPS    (DX), Y2
	TESTQ      CX, CX
	JEQ        3(PC)
	VMASKMOVPS (DI), Y15, Y3
	VADDPS     Y3, Y2, Y2
	VADDPS     Y0, Y2, Y2
	TESTQ      SI, SI
	JEQ        3(PC)
	VMAXPS     Y2, Y6, Y2
	VADDPS     Y6, Y2, Y2
	MOVQ       DI, R15
	TESTQ      $4, AX
	JEQ        4(PC)
	VMOVUPS    X2, (R15)
	VEXTRACTF128 $1, Y2, X2
	ADDQ       $16, R15
	TESTQ      $2, AX
	JEQ        4(PC)
	VMOVLPS    X2, (R15)
	VPSRLDQ    $8, X2, X2
	ADDQ       $8, R15
	TESTQ      $1, AX
	JEQ        2(PC)
	VMOVSS     X2, (R15)
	ADDQ       $64, DX
	ADDQ       R13, DI
	DECQ       BX
	JNE        short
	JMP        next

done:
	VZEROUPPER
	RET
