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
//   SI   x               CX   elements left    K1, K7   elements in range, the upper eight of them
//   Z30, Z31  acc        Z0 … Z23, K2 … K5  temporaries

TEXT ·Sum(SB), NOSPLIT, $0-32
	MOVQ      x_base+0(FP), SI
	MOVQ      x_len+8(FP), CX
	CLEAR64(Z30, Z31)
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z (SI), K1, Z0
	ADD64(Z0, Y0, Y1, Z1, Z2, Z30, Z31)
	ADDQ      $64, SI
	JMP       next
done:
	TREE64(Z30, Y30, X30, Z31, Y31, X31)
	VMOVSD    X30, ret+24(FP)
	VZEROUPPER
	RET

TEXT ·SumLog(SB), NOSPLIT, $0-32
	MOVQ      x_base+0(FP), SI
	MOVQ      x_len+8(FP), CX
	CLEAR64(Z30, Z31)
	FIRST
	SUBQ      $64, CX
	JLT       short
long:
	VMOVUPS   (SI), Z0
	VMOVUPS   64(SI), Z6
	VMOVUPS   128(SI), Z12
	VMOVUPS   192(SI), Z18
	LOG_STAGES(FOUR)
	ADD64(Z1, Y1, Y2, Z2, Z3, Z30, Z31)
	ADD64(Z7, Y7, Y8, Z8, Z9, Z30, Z31)
	ADD64(Z13, Y13, Y14, Z14, Z15, Z30, Z31)
	ADD64(Z19, Y19, Y20, Z20, Z21, Z30, Z31)
	ADDQ      $256, SI
	SUBQ      $64, CX
	JGE       long
short:
	ADDQ      $64, CX
	NEXT(next, full, done)
	VMOVUPS.Z (SI), K1, Z0
	LOG_STAGES(ONE)
	ADD64(Z1, Y1, Y2, Z2, Z3, Z30, Z31)
	ADDQ      $64, SI
	JMP       next
done:
	TREE64(Z30, Y30, X30, Z31, Y31, X31)
	VMOVSD    X30, ret+24(FP)
	VZEROUPPER
	RET
