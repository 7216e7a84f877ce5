#include "textflag.h"

// func GemmPanel(m, n, k int, a []float32, rsa, csa int, b []float32, ldb int, c []float32, ldc int, bias []float32, mode int)
//
//   s      = 0;  s = fma(a[i*rsa+p*csa], b[p*ldb+j], s)  for p = 0 … k-1
//   c[i,j] = s, or c[i,j] + s                            i < m, j < n, c[i,j] at c[i*ldc+j]
//
// Shapes:   m ≥ 1, 1 ≤ n ≤ 16, k ≥ 1. All strides in elements. mode: 1 adds to C. The bias is not
//           looked at: Go's assembler has no vector addition, so the caller does that part.
// Features: Advanced SIMD.
// Tiles:    6×16 in registers; a lower one repeats its last row. The tile goes through the stack.
// Tail:     rows of B must be readable up to 16 columns; C is written by elements when n < 16, here.
//
// Registers, strides in bytes:
//   R0 … R5     the rows of the tile of A, walking over p        R8, R9    csa, ldb
//   R6          B, walking over p                                R10       rsa
//   R7          p counting down                                  R11       ldc
//   R12         a row of C                                       R13       m, the rows left
//   R14         h, the rows of the tile                          R15       a, row 0 of the tile
//   R16, R17, R19 … R23                                          scratch of the epilogue
//   V0 … V3     row p of B                                       V4        a[i,p] in all lanes
//   V8 … V31    the tile, four a row                             V5        ones

#define ROW(a, s0, s1, s2, s3) \
	VLD1R.P (a)(R8), [V4.S4]      \
	VFMLA   V0.S4, V4.S4, s0.S4   \
	VFMLA   V1.S4, V4.S4, s1.S4   \
	VFMLA   V2.S4, V4.S4, s2.S4   \
	VFMLA   V3.S4, V4.S4, s3.S4

// POINTER puts row min(i, h-1) of the tile's A into reg.
#define POINTER(i, reg) \
	CMP  $i, R16                  \
	MOVD $i, reg                  \
	CSEL LT, R16, reg, reg        \
	MADD R10, R15, reg, reg

#define CLEAR4(a, b, c, d) \
	VEOR a.B16, a.B16, a.B16      \
	VEOR b.B16, b.B16, b.B16      \
	VEOR c.B16, c.B16, c.B16      \
	VEOR d.B16, d.B16, d.B16

TEXT ·GemmPanel(SB), NOSPLIT, $384-160
	MOVD  m+0(FP), R13
	MOVD  a_base+24(FP), R15
	MOVD  rsa+48(FP), R10
	LSL   $2, R10
	MOVD  csa+56(FP), R8
	LSL   $2, R8
	MOVD  ldb+88(FP), R9
	LSL   $2, R9
	MOVD  ldc+120(FP), R11
	LSL   $2, R11
	MOVD  c_base+96(FP), R12
	FMOVS $1.0, F5
	VDUP  V5.S[0], V5.S4

tile:
	MOVD $6, R14
	CMP  $6, R13
	CSEL LT, R13, R14, R14
	SUB  $1, R14, R16
	POINTER(0, R0)
	POINTER(1, R1)
	POINTER(2, R2)
	POINTER(3, R3)
	POINTER(4, R4)
	POINTER(5, R5)
	MADD R10, R15, R14, R15
	MOVD b_base+64(FP), R6
	MOVD k+16(FP), R7
	CLEAR4(V8, V9, V10, V11)
	CLEAR4(V12, V13, V14, V15)
	CLEAR4(V16, V17, V18, V19)
	CLEAR4(V20, V21, V22, V23)
	CLEAR4(V24, V25, V26, V27)
	CLEAR4(V28, V29, V30, V31)

term:
	VLD1.P (R6)(R9), [V0.S4, V1.S4, V2.S4, V3.S4]
	ROW(R0, V8, V9, V10, V11)
	ROW(R1, V12, V13, V14, V15)
	ROW(R2, V16, V17, V18, V19)
	ROW(R3, V20, V21, V22, V23)
	ROW(R4, V24, V25, V26, V27)
	ROW(R5, V28, V29, V30, V31)
	SUBS   $1, R7
	BNE    term

	MOVD   $tile-384(SP), R16
	VST1.P [V8.S4, V9.S4, V10.S4, V11.S4], 64(R16)
	VST1.P [V12.S4, V13.S4, V14.S4, V15.S4], 64(R16)
	VST1.P [V16.S4, V17.S4, V18.S4, V19.S4], 64(R16)
	VST1.P [V20.S4, V21.S4, V22.S4, V23.S4], 64(R16)
	VST1.P [V24.S4, V25.S4, V26.S4, V27.S4], 64(R16)
	VST1   [V28.S4, V29.S4, V30.S4, V31.S4], (R16)
	MOVD   $tile-384(SP), R16
	MOVD   n+8(FP), R17
	MOVD   mode+152(FP), R19
	SUB    R14, R13

row:
	CMP    $16, R17
	BNE    edge
	VLD1   (R16), [V0.S4, V1.S4, V2.S4, V3.S4]
	TBZ    $0, R19, store
	VLD1   (R12), [V8.S4, V9.S4, V10.S4, V11.S4]
	VFMLA  V5.S4, V0.S4, V8.S4   // c + s·1, rounded once
	VFMLA  V5.S4, V1.S4, V9.S4
	VFMLA  V5.S4, V2.S4, V10.S4
	VFMLA  V5.S4, V3.S4, V11.S4
	VST1   [V8.S4, V9.S4, V10.S4, V11.S4], (R12)
	B      stored

store:
	VST1   [V0.S4, V1.S4, V2.S4, V3.S4], (R12)
	B      stored

edge:
	MOVD   R16, R20
	MOVD   R12, R21
	MOVD   R17, R22

element:
	FMOVS.P 4(R20), F0
	TBZ     $0, R19, put
	FMOVS   (R21), F1
	FADDS   F1, F0, F0

put:
	FMOVS.P F0, 4(R21)
	SUBS    $1, R22
	BNE     element

stored:
	ADD    R11, R12
	ADD    $64, R16
	SUBS   $1, R14
	BNE    row
	CBNZ   R13, tile
	RET
