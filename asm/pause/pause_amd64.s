//go:build !purego

#include "textflag.h"

// func Pause(n uint32)
//
//   for range n { PAUSE }
//
// Registers: AX  turns left. Features: none.
TEXT ·Pause(SB), NOSPLIT, $0-4
	MOVL n+0(FP), AX
again:
	PAUSE
	SUBL $1, AX
	JNE  again
	RET
