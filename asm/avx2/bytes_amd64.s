#include "textflag.h"

// func ScaleBytes(dst []float32, src []uint8, high, low float32)
//
//   dst = fma(b, high, b·low),  b = float32(src)
//
// Shapes:   len(src) elements of each, any alignment.
// Features: AVX2, FMA3.
// Tail:     32 elements at a time, then 8, the last 1 … 7 one by one.
//
// Registers:
//   DI, SI      dst, src         CX   elements left    AX   an element of the tail
//   Y0 … Y3     b, then b·low    Y4 … Y7   b           Y8, Y9   high, low

// Eight elements: b in b, the result in y.
#define SCALE(at, b, y) \
	VPMOVZXBD   at(SI), b       \
	VCVTDQ2PS   b, b            \
	VMULPS      Y9, b, y        \
	VFMADD231PS Y8, b, y        \
	VMOVUPS     y, (4*at)(DI)

TEXT ·ScaleBytes(SB), NOSPLIT, $0-56
	MOVQ         dst_base+0(FP), DI
	MOVQ         src_base+24(FP), SI
	MOVQ         src_len+32(FP), CX
	VBROADCASTSS high+48(FP), Y8
	VBROADCASTSS low+52(FP), Y9
	SUBQ         $32, CX
	JLT          eights
loop:
	SCALE(0, Y4, Y0)
	SCALE(8, Y5, Y1)
	SCALE(16, Y6, Y2)
	SCALE(24, Y7, Y3)
	ADDQ         $32, SI
	ADDQ         $128, DI
	SUBQ         $32, CX
	JGE          loop
eights:
	ADDQ         $24, CX
	JLT          ones
eight:
	SCALE(0, Y4, Y0)
	ADDQ         $8, SI
	ADDQ         $32, DI
	SUBQ         $8, CX
	JGE          eight
ones:
	ADDQ         $8, CX
	JEQ          done
one:
	MOVBLZX      (SI), AX
	VMOVD        AX, X4
	VCVTDQ2PS    X4, X4
	VMULSS       X9, X4, X0
	VFMADD231SS  X8, X4, X0
	VMOVSS       X0, (DI)
	INCQ         SI
	ADDQ         $4, DI
	DECQ         CX
	JNE          one
done:
	VZEROUPPER
	RET
