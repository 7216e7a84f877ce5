//go:build !purego

#include "textflag.h"

// func Pause(n uint32)
//
//   for range n { YIELD }
//
// Registers: R0  turns left. Features: none.
TEXT ·Pause(SB), NOSPLIT, $0-4
	MOVWU n+0(FP), R0
again:
	YIELD
	SUBW  $1, R0
	CBNZW R0, again
	RET
