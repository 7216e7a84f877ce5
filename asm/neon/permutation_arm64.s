#include "textflag.h"
#include "simd_arm64.h"
#include "math_arm64.h"

// func PhiloxWords(words *uint32, groups int, seed uint64, block, stream, step, sample uint32)
//
//   words[4b … 4b+3] = Philox4x32-10({block+b, stream, step, sample}) for b = 0 … 16·groups−1
//
// Shapes:   groups ≥ 1.
// Features: NEON.
// Method:   four vectors of four blocks; the interleaving store puts each block's words together.
// Tail:     none, whole groups of sixteen blocks.
//
// Registers:
//   R0, R1         words, groups left             V0 … V3     words 0 … 3 of blocks 0-3
//   R4             block                          V4 … V15    of blocks 4-7, 8-11, 12-15
//   R5, R6, R7     stream, step, sample           V16 … V25   see PHILOXROUND
//   R8, R12        seed, low and high             R10, R13    rounds left, constants

#define BLOCKS(c0, c1, c2, c3) \
	VADD V26.S4, c0.S4, c0.S4     \
	VDUP R5, c1.S4                \
	VDUP R6, c2.S4                \
	VDUP R7, c3.S4

// func PhiloxWords(words *uint32, groups int, seed uint64, block, stream, step, sample uint32)
TEXT ·PhiloxWords(SB), NOSPLIT, $0-40
	MOVD  words+0(FP), R0
	MOVD  groups+8(FP), R1
	MOVD  seed+16(FP), R8
	LSR   $32, R8, R12
	MOVWU block+24(FP), R4
	MOVWU stream+28(FP), R5
	MOVWU step+32(FP), R6
	MOVWU sample+36(FP), R7

group:
	MOVD   $·philoxConstants(SB), R13
	VLD1.P 16(R13), [V0.S4]
	VLD1.P 16(R13), [V4.S4]
	VLD1.P 16(R13), [V8.S4]
	VLD1   (R13), [V12.S4]
	LOADPHILOX(R8, R12, R13)
	VDUP   R4, V26.S4
	ADD    $16, R4, R4
	BLOCKS(V0, V1, V2, V3)
	BLOCKS(V4, V5, V6, V7)
	BLOCKS(V8, V9, V10, V11)
	BLOCKS(V12, V13, V14, V15)
	MOVD   $10, R10

round:
	PHILOXROUND(V0, V1, V2, V3, 0, 2)
	PHILOXROUND(V4, V5, V6, V7, 4, 6)
	PHILOXROUND(V8, V9, V10, V11, 8, 10)
	PHILOXROUND(V12, V13, V14, V15, 12, 14)
	VADD   V24.S4, V22.S4, V22.S4
	VADD   V25.S4, V23.S4, V23.S4
	SUBS   $1, R10, R10
	BNE    round
	VST4.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R0)
	VST4.P [V4.S4, V5.S4, V6.S4, V7.S4], 64(R0)
	VST4.P [V8.S4, V9.S4, V10.S4, V11.S4], 64(R0)
	VST4.P [V12.S4, V13.S4, V14.S4, V15.S4], 64(R0)
	SUBS   $1, R1, R1
	BNE    group
	RET

// func Exchange(p *int32, words *uint32, i, count int)
//
//   j = words[k]·(i+1)/2³²,  p[i] ↔ p[j],  i−−   for k = 0 … count−1
//
// Shapes:   1 ≤ count ≤ i; then 0 ≤ j ≤ i.
// Features: none but the scalar unit's, because each step may need the one before.
// Tail:     none.
//
// Registers: R0 p; R1 words; R2 i; R3 steps left; R4 j; R5 i+1; R6, R7 p[i], p[j].

// func Exchange(p *int32, words *uint32, i, count int)
TEXT ·Exchange(SB), NOSPLIT, $0-32
	MOVD p+0(FP), R0
	MOVD words+8(FP), R1
	MOVD i+16(FP), R2
	MOVD count+24(FP), R3

step:
	MOVWU.P 4(R1), R4
	ADD     $1, R2, R5
	MUL     R5, R4, R4
	LSR     $32, R4, R4
	MOVWU   (R0)(R2<<2), R6
	MOVWU   (R0)(R4<<2), R7
	MOVW    R7, (R0)(R2<<2)
	MOVW    R6, (R0)(R4<<2)
	SUB     $1, R2, R2
	SUBS    $1, R3, R3
	BNE     step
	RET
