//go:build !purego

#include "textflag.h"

// func Lines(p unsafe.Pointer, n int)
//
//   for q := p; q < p+n; q += 64 { PREFETCHT0 q }
//
// Registers: AX  the line, CX  the end. Features: none.
TEXT ·Lines(SB), NOSPLIT, $0-16
	MOVQ p+0(FP), AX
	MOVQ n+8(FP), CX
	ADDQ AX, CX
line:
	PREFETCHT0 (AX)
	ADDQ $64, AX
	CMPQ AX, CX
	JLO  line
	RET
