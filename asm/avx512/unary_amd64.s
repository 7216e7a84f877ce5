#include "textflag.h"
#include "math_amd64.h"

// func F(dst, src []float32) for F = Exp, Log, Log1p, Tanh, Softplus, Sigmoid
//
//   dst[i] = f(src[i])      i < len(src)
//
// Shapes:   any length, any alignment; dst may be src.
// Features: AVX-512 F, DQ.
// Tail:     masked here.
//
// Registers:
//   DI, SI    dst, src        CX    elements left
//   Z0        x               Z1    y
//   Z2 … Z7   temporaries     K1    elements in range    K2    temporary

#define UNARY(f, y) \
	MOVQ      dst_base+0(FP), DI  \
	MOVQ      src_base+24(FP), SI \
	MOVQ      src_len+32(FP), CX  \
	FIRST                         \
	NEXT(next, full, done)        \
	VMOVUPS.Z (SI), K1, Z0        \
	f                             \
	VMOVUPS   y, K1, (DI)         \
	ADDQ      $64, SI             \
	ADDQ      $64, DI             \
	JMP       next                \
done:                             \
	VZEROUPPER                    \
	RET

TEXT ·Exp(SB), NOSPLIT, $0-48
	UNARY(EXP(Z0, Z1, Z2, Z3), Z0)

TEXT ·Log(SB), NOSPLIT, $0-48
	UNARY(LOG(Z0, Z1, Z2, Z3, Z4, Z5), Z1)

TEXT ·Log1p(SB), NOSPLIT, $0-48
	UNARY(LOG1P(Z0, Z1, Z2, Z3, Z4, Z5, Z6), Z1)

TEXT ·Tanh(SB), NOSPLIT, $0-48
	UNARY(TANH(Z0, Z1, Z2, Z3, Z4, Z5), Z1)

TEXT ·Softplus(SB), NOSPLIT, $0-48
	UNARY(SOFTPLUS(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7), Z1)

TEXT ·Sigmoid(SB), NOSPLIT, $0-48
	UNARY(SIGMOID(Z0, Z1, Z2, Z3, Z4, Z5), Z1)
