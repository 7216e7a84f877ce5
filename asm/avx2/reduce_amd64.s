#include "textflag.h"
#include "math_amd64.h"

// func Sum(x []float32) float64         Σ x[i]
// func SumLog(x []float32) float64      Σ log x[i], float32 logarithms
//
//   acc[i%16] += float64(x[i]); then acc[l] += acc[l+half] for half = 8, 4, 2, 1
//
// Shapes:   any length, any alignment.
// Features: AVX2, FMA3.
// Tail:     masked here; +0 is added to lanes without an element, which are not −0.
//
// Registers:
//   SI   x               CX   elements left    Y15   elements in range
//   Y10 … Y13  acc, eight lanes in two; the pairs take turns       Y0 … Y6  temporaries

#define LOADS(load) \
	load((SI), Y1)

#define CLEAR_LANES \
	VXORPS Y10, Y10, Y10 \
	VXORPS Y11, Y11, Y11 \
	VXORPS Y12, Y12, Y12 \
	VXORPS Y13, Y13, Y13

TEXT ·Sum(SB), NOSPLIT, $0-32
	MOVQ   x_base+0(FP), SI
	MOVQ   x_len+8(FP), CX
	CLEAR_LANES
	FIRST
	NEXT(next, full, body, done, LOADS)
	ADD64(Y1, X1, X2, Y2, Y10, Y11)
	SWAP(Y10, Y12, Y2)
	SWAP(Y11, Y13, Y3)
	ADDQ   $32, SI
	JMP    next
done:
	TREE64(Y10, Y11, Y12, Y13, X10, X11)
	VMOVSD X10, ret+24(FP)
	VZEROUPPER
	RET

TEXT ·SumLog(SB), NOSPLIT, $0-32
	MOVQ   x_base+0(FP), SI
	MOVQ   x_len+8(FP), CX
	CLEAR_LANES
	FIRST
	NEXT(next, full, body, done, LOADS)
	LOG(Y1, Y0, Y2, Y3, Y4, Y5)
	VANDPS Y15, Y0, Y0
	ADD64(Y0, X0, X1, Y1, Y10, Y11)
	SWAP(Y10, Y12, Y2)
	SWAP(Y11, Y13, Y3)
	ADDQ   $32, SI
	JMP    next
done:
	TREE64(Y10, Y11, Y12, Y13, X10, X11)
	VMOVSD X10, ret+24(FP)
	VZEROUPPER
	RET
