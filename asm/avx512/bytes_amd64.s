#include "textflag.h"
#include "math_amd64.h"

// func ScaleBytes(dst []float32, src []uint8, high, low float32)
//
//   dst = fma(b, high, b·low),  b = float32(src)
//
// Shapes:   len(src) elements of each, any alignment.
// Features: AVX-512 F.
// Tail:     masked here.
//
// Registers:
//   DI, SI   dst, src        CX   elements left      K1   elements in range
//   Z0, Z1   b, b·low        Z8, Z9   high, low

TEXT ·ScaleBytes(SB), NOSPLIT, $0-56
	MOVQ         dst_base+0(FP), DI
	MOVQ         src_base+24(FP), SI
	MOVQ         src_len+32(FP), CX
	VBROADCASTSS high+48(FP), Z8
	VBROADCASTSS low+52(FP), Z9
	FIRST
	NEXT(next, full, done)
	VPMOVZXBD.Z  (SI), K1, Z0
	VCVTDQ2PS    Z0, Z0
	VMULPS       Z9, Z0, Z1
	VFMADD231PS  Z8, Z0, Z1
	VMOVUPS      Z1, K1, (DI)
	ADDQ         $16, SI
	ADDQ         $64, DI
	JMP          next
done:
	VZEROUPPER
	RET
