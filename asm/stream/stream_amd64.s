//go:build !purego

#include "textflag.h"

// func Copy(dst, src []float32)
//
//   dst[i] = src[i] for i < len(dst)
//
// Shapes:   as many elements of each.
// Features: SSE2.
// Tail:     what comes before dst's first whole line and after its last one is stored as usual.
//
// Stores past the caches take a line from the cores that have read it without waiting for each. They are
// seen by others after SFENCE.
//
// Registers: DI  dst, walking   SI  src, walking   CX  elements left   DX  elements before the first whole line
TEXT ·Copy(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ src_base+24(FP), SI
	MOVQ DI, DX
	NEGQ DX
	ANDQ $63, DX
	SHRQ $2, DX
	CMPQ CX, DX
	JLS  last
	SUBQ DX, CX
	TESTQ DX, DX
	JEQ  lines

first:
	MOVL (SI), AX
	MOVL AX, (DI)
	ADDQ $4, SI
	ADDQ $4, DI
	DECQ DX
	JNE  first

lines:
	SUBQ    $16, CX
	JLT     rest
	MOVUPS  (SI), X0
	MOVUPS  16(SI), X1
	MOVUPS  32(SI), X2
	MOVUPS  48(SI), X3
	MOVNTPS X0, (DI)
	MOVNTPS X1, 16(DI)
	MOVNTPS X2, 32(DI)
	MOVNTPS X3, 48(DI)
	ADDQ    $64, SI
	ADDQ    $64, DI
	JMP     lines

rest:
	SFENCE
	ADDQ $16, CX

last:
	TESTQ CX, CX
	JEQ   done
	MOVL  (SI), AX
	MOVL  AX, (DI)
	ADDQ  $4, SI
	ADDQ  $4, DI
	DECQ  CX
	JMP   last

done:
	RET
