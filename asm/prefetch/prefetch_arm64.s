//go:build !purego

#include "textflag.h"

// func Lines(p unsafe.Pointer, n int)
//
//   for q := p; q < p+n; q += 64 { PRFM PLDL1KEEP q }
//
// Registers: R0  the line, R1  the end. Features: none.
TEXT ·Lines(SB), NOSPLIT, $0-16
	MOVD p+0(FP), R0
	MOVD n+8(FP), R1
	ADD  R0, R1
line:
	PRFM (R0), PLDL1KEEP
	ADD  $64, R0
	CMP  R1, R0
	BLO  line
	RET
