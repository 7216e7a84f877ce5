#include "textflag.h"

// The blocks of the 64-bit lanes: unpacking the low and the high lanes of pairs puts them in order.
DATA blocks<>+0(SB)/8, $0
DATA blocks<>+8(SB)/8, $2
DATA blocks<>+16(SB)/8, $1
DATA blocks<>+24(SB)/8, $3
GLOBL blocks<>(SB), RODATA|NOPTR, $32
DATA four<>+0(SB)/4, $4
GLOBL four<>(SB), RODATA|NOPTR, $4
DATA multipliers<>+0(SB)/4, $0xd2511f53 // philoxM0
DATA multipliers<>+4(SB)/4, $0xcd9e8d57 // philoxM1
GLOBL multipliers<>(SB), RODATA|NOPTR, $8

// func PhiloxWords(words *uint32, groups int, block, stream, step, sample uint32, keys *[20]uint32)
//
//   words[4b … 4b+3] = Philox4x32-10({block+b, stream, step, sample}) for b = 0 … 8·groups-1
//
// Shapes:   groups ≥ 1.
// Features: AVX2.
// Method:   two vectors of four blocks. A word of a block is the low half of a 64-bit lane; the high half holds
//           rubbish.
// Tail:     none, whole groups of eight blocks.
//
// Registers:
//   DI        words, walking     CX  groups left               R8  keys
//   Y0 … Y5   c0, c1, c2, c3 of the first four blocks and two temporaries, Y6 … Y11 of the second
//   Y12, Y13  M0, M1             Y14 blocks, next              Y15  a key or 4
//   AX        scratch

// c0, c1, c2, c3 → c0, q, c2, p for two vectors.
#define ROUND(at, a0, a1, a2, a3, ap, aq, b0, b1, b2, b3, bp, bq) \
	VPMULUDQ     Y12, a0, ap    \
	VPMULUDQ     Y13, a2, aq    \
	VPMULUDQ     Y12, b0, bp    \
	VPMULUDQ     Y13, b2, bq    \
	VPBROADCASTD at(R8), Y15    \
	VPXOR        Y15, a1, a1    \
	VPXOR        Y15, b1, b1    \
	VPBROADCASTD at+4(R8), Y15  \
	VPXOR        Y15, a3, a3    \
	VPXOR        Y15, b3, b3    \
	VPSRLQ       $32, aq, a0    \
	VPSRLQ       $32, ap, a2    \
	VPSRLQ       $32, bq, b0    \
	VPSRLQ       $32, bp, b2    \
	VPXOR        a1, a0, a0     \
	VPXOR        a3, a2, a2     \
	VPXOR        b1, b0, b0     \
	VPXOR        b3, b2, b2

#define ROUNDS(at) \
	ROUND(at, Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11)   \
	ROUND(at+8, Y0, Y5, Y2, Y4, Y3, Y1, Y6, Y11, Y8, Y10, Y9, Y7)

// The words of four blocks in order to memory.
#define STORE(at, c0, c1, c2, c3, t) \
	VPSLLQ      $32, c1, c1         \
	VPSLLQ      $32, c3, c3         \
	VPBLENDD    $0xaa, c1, c0, c0   \
	VPBLENDD    $0xaa, c3, c2, c2   \
	VPUNPCKLQDQ c2, c0, t           \
	VPUNPCKHQDQ c2, c0, c0          \
	VMOVDQU     t, at(DI)           \
	VMOVDQU     c0, at+32(DI)

// A 32-bit argument in all lanes.
#define LANES(argument, x, y) \
	MOVL         argument, AX \
	VMOVD        AX, x        \
	VPBROADCASTD x, y

TEXT ·PhiloxWords(SB), NOSPLIT, $0-40
	MOVQ words+0(FP), DI
	MOVQ groups+8(FP), CX
	MOVQ keys+32(FP), R8
	VPBROADCASTD multipliers<>+0(SB), Y12
	VPBROADCASTD multipliers<>+4(SB), Y13
	LANES(block+16(FP), X14, Y14)
	VPADDD blocks<>(SB), Y14, Y14

group:
	VPBROADCASTD four<>(SB), Y15
	VMOVDQA Y14, Y0
	VPADDD  Y15, Y14, Y6
	VPADDD  Y15, Y6, Y14
	LANES(stream+20(FP), X1, Y1)
	LANES(step+24(FP), X2, Y2)
	LANES(sample+28(FP), X3, Y3)
	VMOVDQA Y1, Y7
	VMOVDQA Y2, Y8
	VMOVDQA Y3, Y9
	ROUNDS(0)
	ROUNDS(16)
	ROUNDS(32)
	ROUNDS(48)
	ROUNDS(64)
	STORE(0, Y0, Y1, Y2, Y3, Y4)
	STORE(64, Y6, Y7, Y8, Y9, Y10)
	ADDQ $128, DI
	DECQ CX
	JNE  group
	VZEROUPPER
	RET

// func Exchange(p *int32, words *uint32, i, count int)
//
//   j = words[k]·(i+1)/2³²,  p[i] ↔ p[j],  i--   for k = 0 … count-1
//
// Shapes:   1 ≤ count ≤ i; then 0 ≤ j ≤ i.
// Features: none; scalar, because each step may need the one before.
// Tail:     none.
//
// Registers:
//   DI  p    SI  words, walking    DX  i+1    CX  steps left    AX  j    BX, R8  p[i], p[j]

TEXT ·Exchange(SB), NOSPLIT, $0-32
	MOVQ p+0(FP), DI
	MOVQ words+8(FP), SI
	MOVQ i+16(FP), DX
	MOVQ count+24(FP), CX
	INCQ DX
step:
	MOVL  (SI), AX
	IMULQ DX, AX
	SHRQ  $32, AX
	MOVL  -4(DI)(DX*4), BX
	MOVL  (DI)(AX*4), R8
	MOVL  R8, -4(DI)(DX*4)
	MOVL  BX, (DI)(AX*4)
	ADDQ  $4, SI
	DECQ  DX
	DECQ  CX
	JNE   step
	RET
