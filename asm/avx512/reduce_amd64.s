#include "textflag.h"
#include "math_amd64.h"

// func Sum(x []float32) float64         Σ x[i]
// func SumLog(x []float32) float64      Σ log x[i], float32 logarithms
//
//   acc[i%16] += float64(x[i]); then acc[l] += acc[l+half] for half = 8, 4, 2, 1
//
// Shapes:   any length, any alignment.
// Features: AVX-512 F, DQ.
// Tail:     masked here; lanes without an element are left as they are.
//
// Registers:
//   SI   x               CX   elements left    K1, K3   elements in range, the upper eight of them
//   Z16, Z17  acc        Z0 … Z6  temporaries

TEXT ·Sum(SB), NOSPLIT, $0-32
	MOVQ      x_base+0(FP), SI
	MOVQ      x_len+8(FP), CX
	CLEAR64(Z16, Z17)
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z (SI), K1, Z0
	ADD64(Z0, Y0, Y1, Z1, Z2, Z16, Z17)
	ADDQ      $64, SI
	JMP       next
done:
	TREE64(Z16, Y16, X16, Z17, Y17, X17)
	VMOVSD    X16, ret+24(FP)
	VZEROUPPER
	RET

TEXT ·SumLog(SB), NOSPLIT, $0-32
	MOVQ      x_base+0(FP), SI
	MOVQ      x_len+8(FP), CX
	CLEAR64(Z16, Z17)
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z (SI), K1, Z1
	LOG(Z1, Z0, Z2, Z3, Z4, Z5)
	ADD64(Z0, Y0, Y1, Z1, Z2, Z16, Z17)
	ADDQ      $64, SI
	JMP       next
done:
	TREE64(Z16, Y16, X16, Z17, Y17, X17)
	VMOVSD    X16, ret+24(FP)
	VZEROUPPER
	RET
