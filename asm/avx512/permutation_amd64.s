#include "textflag.h"

// The blocks of the 64-bit lanes: unpacking the low and the high lanes of pairs puts them in order.
DATA blocks<>+0(SB)/8, $0
DATA blocks<>+8(SB)/8, $4
DATA blocks<>+16(SB)/8, $1
DATA blocks<>+24(SB)/8, $5
DATA blocks<>+32(SB)/8, $2
DATA blocks<>+40(SB)/8, $6
DATA blocks<>+48(SB)/8, $3
DATA blocks<>+56(SB)/8, $7
GLOBL blocks<>(SB), RODATA|NOPTR, $64
DATA eight<>+0(SB)/4, $8
GLOBL eight<>(SB), RODATA|NOPTR, $4
DATA multipliers<>+0(SB)/4, $0xd2511f53 // philoxM0
DATA multipliers<>+4(SB)/4, $0xcd9e8d57 // philoxM1
GLOBL multipliers<>(SB), RODATA|NOPTR, $8

// func PhiloxWords(words *uint32, groups int, block, stream, step, sample uint32, keys *[20]uint32)
//
//   words[4b … 4b+3] = Philox4x32-10({block+b, stream, step, sample}) for b = 0 … 16·groups-1
//
// Shapes:   groups ≥ 1.
// Features: AVX-512 F.
// Method:   two vectors of eight blocks. A word of a block is the low half of a 64-bit lane; the high half holds
//           rubbish.
// Tail:     none, whole groups of sixteen blocks.
//
// Registers:
//   DI        words, walking     CX  groups left               R8  keys
//   Z0 … Z5   c0, c1, c2, c3 of the first eight blocks and two temporaries, Z6 … Z11 of the second
//   Z16, Z17  M0, M1             Z18 blocks, next              Z19  8
//   Z20 … Z22 stream, step, sample                             K1   odd 32-bit lanes

// c0, c1, c2, c3 → c0, q, c2, p.
#define ROUND(at, c0, c1, c2, c3, p, q) \
	VPMULUDQ        Z16, c0, p               \
	VPMULUDQ        Z17, c2, q               \
	VPSRLQ          $32, q, c0               \
	VPSRLQ          $32, p, c2               \
	VPTERNLOGD.BCST $0x96, at(R8), c1, c0    \
	VPTERNLOGD.BCST $0x96, at+4(R8), c3, c2

#define ROUNDS(at) \
	ROUND(at, Z0, Z1, Z2, Z3, Z4, Z5)         \
	ROUND(at, Z6, Z7, Z8, Z9, Z10, Z11)       \
	ROUND(at+8, Z0, Z5, Z2, Z4, Z3, Z1)       \
	ROUND(at+8, Z6, Z11, Z8, Z10, Z9, Z7)

// The words of eight blocks in order to memory.
#define STORE(at, c0, c1, c2, c3, t) \
	VMOVSLDUP   c1, K1, c0      \
	VMOVSLDUP   c3, K1, c2      \
	VPUNPCKLQDQ c2, c0, t       \
	VPUNPCKHQDQ c2, c0, c0      \
	VMOVDQU64   t, at(DI)       \
	VMOVDQU64   c0, at+64(DI)

TEXT ·PhiloxWords(SB), NOSPLIT, $0-40
	MOVQ words+0(FP), DI
	MOVQ groups+8(FP), CX
	MOVQ keys+32(FP), R8
	VPBROADCASTD multipliers<>+0(SB), Z16
	VPBROADCASTD multipliers<>+4(SB), Z17
	MOVL block+16(FP), AX
	VPBROADCASTD AX, Z18
	VPADDD       blocks<>(SB), Z18, Z18
	VPBROADCASTD eight<>(SB), Z19
	MOVL stream+20(FP), AX
	VPBROADCASTD AX, Z20
	MOVL step+24(FP), AX
	VPBROADCASTD AX, Z21
	MOVL sample+28(FP), AX
	VPBROADCASTD AX, Z22
	MOVL  $0xaaaa, AX
	KMOVW AX, K1

group:
	VMOVDQA64 Z18, Z0
	VPADDD    Z19, Z18, Z6
	VPADDD    Z19, Z6, Z18
	VMOVDQA64 Z20, Z1
	VMOVDQA64 Z21, Z2
	VMOVDQA64 Z22, Z3
	VMOVDQA64 Z20, Z7
	VMOVDQA64 Z21, Z8
	VMOVDQA64 Z22, Z9
	ROUNDS(0)
	ROUNDS(16)
	ROUNDS(32)
	ROUNDS(48)
	ROUNDS(64)
	STORE(0, Z0, Z1, Z2, Z3, Z4)
	STORE(128, Z6, Z7, Z8, Z9, Z10)
	ADDQ $256, DI
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
