#include "textflag.h"
#include "math_amd64.h"

// func F(dst, src []float32) for F = Exp, Log, Log1p, Tanh, Softplus, Sigmoid
//
//   dst[i] = f(src[i])      i < len(src)
//
// Shapes:   any length, any alignment; dst may be src.
// Features: AVX2, FMA3.
// Tail:     masked here.
//
// Registers:
//   DI, SI    dst, src        CX    elements left
//   Y0        x               Y1    y
//   Y2 … Y7   temporaries     Y15   elements in range

#define LOADS(load) \
	load((SI), Y0)

#define UNARY(f, y) \
	MOVQ    dst_base+0(FP), DI  \
	MOVQ    src_base+24(FP), SI \
	MOVQ    src_len+32(FP), CX  \
	FIRST                       \
	NEXT(next, full, body, done, LOADS) \
	f                           \
	STORE(y, (DI))              \
	ADDQ    $32, SI             \
	ADDQ    $32, DI             \
	JMP     next                \
done:                           \
	VZEROUPPER                  \
	RET

TEXT ·Exp(SB), NOSPLIT, $0-48
	UNARY(EXP(Y0, Y1, Y2, Y3), Y0)

TEXT ·Log(SB), NOSPLIT, $0-48
	UNARY(LOG(Y0, Y1, Y2, Y3, Y4, Y5), Y1)

TEXT ·Log1p(SB), NOSPLIT, $0-48
	UNARY(LOG1P(Y0, Y1, Y2, Y3, Y4, Y5, Y6), Y1)

TEXT ·Tanh(SB), NOSPLIT, $0-48
	UNARY(TANH(Y0, Y1, Y2, Y3, Y4, Y5), Y1)

TEXT ·Softplus(SB), NOSPLIT, $0-48
	UNARY(SOFTPLUS(Y0, Y1, Y2, Y3, Y4, Y5), Y1)

TEXT ·Sigmoid(SB), NOSPLIT, $0-48
	UNARY(SIGMOID(Y0, Y1, Y2, Y3, Y4, Y5), Y1)
