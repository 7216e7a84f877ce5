#include "textflag.h"
#include "math_amd64.h"

// func Unary(dst, src []float32, function int)
//
//   dst[i] = f(src[i])      i < len(src), f = ref.Unary[function]
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

TEXT exp<>(SB), NOSPLIT, $0-56
	UNARY(EXP(Y0, Y1, Y2, Y3), Y0)

TEXT log<>(SB), NOSPLIT, $0-56
	UNARY(LOG(Y0, Y1, Y2, Y3, Y4, Y5), Y1)

TEXT log1p<>(SB), NOSPLIT, $0-56
	UNARY(LOG1P(Y0, Y1, Y2, Y3, Y4, Y5, Y6), Y1)

TEXT tanh<>(SB), NOSPLIT, $0-56
	UNARY(TANH(Y0, Y1, Y2, Y3, Y4, Y5), Y1)

TEXT softplus<>(SB), NOSPLIT, $0-56
	UNARY(SOFTPLUS(Y0, Y1, Y2, Y3, Y4, Y5), Y1)

TEXT sigmoid<>(SB), NOSPLIT, $0-56
	UNARY(SIGMOID(Y0, Y1, Y2, Y3, Y4, Y5), Y1)

#define CASE(k, f) \
	CMPQ AX, $k; \
	JNE  2(PC);  \
	JMP  f<>(SB)

TEXT ·Unary(SB), NOSPLIT, $0-56
	MOVQ function+48(FP), AX
	CASE(0, exp)
	CASE(1, log)
	CASE(2, log1p)
	CASE(3, tanh)
	CASE(4, softplus)
	CASE(5, sigmoid)
	UD2
