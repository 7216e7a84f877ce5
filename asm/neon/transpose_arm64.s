#include "textflag.h"

// func Transpose(dst []float32, ld int, src []float32, lds int, k, n int)
//
//   dst[p*ld+j] = src[min(j,n-1)*lds+p]                  p < k, j < ld
//
// Shapes:   ld a multiple of 4, 1 ≤ n ≤ ld, k ≥ 0. Strides in elements.
// Features: Advanced SIMD.
// Method:   four columns at a time, clamped to n-1; a 4×4 transposition a step.
// Tail:     the last k mod 4 terms one by one, here.
//
// Registers, strides in bytes:
//   R0             dst at the group's column, walking over p     R8           ld
//   R1 … R4        the group's four rows of src, walking         R9           lds
//   R5             terms left                                    R6, R10      n-1, src
//   R7             j, the group's first column                   R11 … R14    scratch

// POINTER is the row of src for column j+i.
#define POINTER(i, reg) \
	ADD  $i, R7, reg       \
	CMP  R6, reg           \
	CSEL GT, R6, reg, reg  \
	MADD R9, R10, reg, reg

TEXT ·Transpose(SB), NOSPLIT, $0-80
	MOVD ld+24(FP), R8
	LSL  $2, R8
	MOVD src_base+32(FP), R10
	MOVD lds+56(FP), R9
	LSL  $2, R9
	MOVD n+72(FP), R6
	SUB  $1, R6
	MOVD ZR, R7

group:
	POINTER(0, R1)
	POINTER(1, R2)
	POINTER(2, R3)
	POINTER(3, R4)
	MOVD dst_base+0(FP), R0
	ADD  R7<<2, R0
	MOVD k+64(FP), R5
	SUBS $4, R5
	BLT  tail

four:
	VLD1.P 16(R1), [V0.S4]
	VLD1.P 16(R2), [V1.S4]
	VLD1.P 16(R3), [V2.S4]
	VLD1.P 16(R4), [V3.S4]
	VZIP1  V1.S4, V0.S4, V4.S4   // 00 10 01 11
	VZIP2  V1.S4, V0.S4, V5.S4   // 02 12 03 13
	VZIP1  V3.S4, V2.S4, V6.S4   // 20 30 21 31
	VZIP2  V3.S4, V2.S4, V7.S4   // 22 32 23 33
	VZIP1  V6.D2, V4.D2, V0.D2
	VZIP2  V6.D2, V4.D2, V1.D2
	VZIP1  V7.D2, V5.D2, V2.D2
	VZIP2  V7.D2, V5.D2, V3.D2
	VST1.P [V0.S4], (R0)(R8)
	VST1.P [V1.S4], (R0)(R8)
	VST1.P [V2.S4], (R0)(R8)
	VST1.P [V3.S4], (R0)(R8)
	SUBS   $4, R5
	BGE    four

tail:
	ADDS $4, R5
	BEQ  grouped

one:
	MOVWU.P 4(R1), R11
	MOVWU.P 4(R2), R12
	MOVWU.P 4(R3), R13
	MOVWU.P 4(R4), R14
	MOVW    R11, (R0)
	MOVW    R12, 4(R0)
	MOVW    R13, 8(R0)
	MOVW    R14, 12(R0)
	ADD     R8, R0
	SUBS    $1, R5
	BNE     one

grouped:
	ADD  $4, R7
	LSL  $2, R7, R11
	CMP  R8, R11
	BLT  group
	RET
