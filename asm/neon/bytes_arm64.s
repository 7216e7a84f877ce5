#include "textflag.h"
#include "simd_arm64.h"

// func ScaleBytes(dst []float32, src []uint8, high, low float32)
//
//   dst = fma(b, high, b·low),  b = float32(src)
//
// Shapes:   len(src) elements of each, any alignment.
// Features: NEON.
// Tail:     16 elements at a time, the last 1 … 15 one by one.
//
// Registers:
//   R0, R1   dst, src        R2   elements left         R3   an element of the tail
//   V0 … V3  b               V4 … V7   b·low, result    V16, V17   high, low

TEXT ·ScaleBytes(SB), NOSPLIT, $0-56
	MOVD  dst_base+0(FP), R0
	MOVD  src_base+24(FP), R1
	MOVD  src_len+32(FP), R2
	FMOVS high+48(FP), F16
	FMOVS low+52(FP), F17
	VDUP  V16.S[0], V16.S4
	VDUP  V17.S[0], V17.S4

loop:
	SUBS    $16, R2, R2
	BLT     tail
	VLD1.P  16(R1), [V0.B16]
	VUXTL   V0.B8, V1.H8
	VUXTL2  V0.B16, V3.H8
	VUXTL   V1.H4, V0.S4
	VUXTL2  V1.H8, V1.S4
	VUXTL   V3.H4, V2.S4
	VUXTL2  V3.H8, V3.S4
	VSCVTF_S4(0, 0)
	VSCVTF_S4(1, 1)
	VSCVTF_S4(2, 2)
	VSCVTF_S4(3, 3)
	VFMUL_S4(17, 0, 4)
	VFMUL_S4(17, 1, 5)
	VFMUL_S4(17, 2, 6)
	VFMUL_S4(17, 3, 7)
	VFMLA   V16.S4, V0.S4, V4.S4
	VFMLA   V16.S4, V1.S4, V5.S4
	VFMLA   V16.S4, V2.S4, V6.S4
	VFMLA   V16.S4, V3.S4, V7.S4
	VST1.P  [V4.S4, V5.S4, V6.S4, V7.S4], 64(R0)
	B       loop

tail:
	ADDS $16, R2, R2
	BEQ  done

one:
	MOVBU.P 1(R1), R3
	VDUP    R3, V0.S4
	VSCVTF_S4(0, 0)
	VFMUL_S4(17, 0, 4)
	VFMLA   V16.S4, V0.S4, V4.S4
	VST1.P  V4.S[0], 4(R0)
	SUBS    $1, R2, R2
	BNE     one

done:
	RET
