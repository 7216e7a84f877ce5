#include "textflag.h"
#include "math_amd64.h"

// func Unary(dst, src []float32, function int)
//
//   dst[i] = f(src[i])      i < len(src), f = ref.Unary[function]
//
// Shapes:   any length, any alignment; dst may be src.
// Features: AVX-512 F, DQ.
// Tail:     masked here.
//
// Registers:
//   DI, SI    dst, src        CX    elements left
//   Z0, Z6, Z12, Z18 x        Z1, Z7, Z13, Z19  y      the other Z2 … Z23  temporaries
//   K1        elements in range                        K2 … K5             temporaries

// The results are in y0 … y3.
#define UNARY(stages, y0, y1, y2, y3) \
	MOVQ      dst_base+0(FP), DI  \
	MOVQ      src_base+24(FP), SI \
	MOVQ      src_len+32(FP), CX  \
	SUBQ      $64, CX             \
	JLT       short               \
long:                             \
	VMOVUPS   (SI), Z0            \
	VMOVUPS   64(SI), Z6          \
	VMOVUPS   128(SI), Z12        \
	VMOVUPS   192(SI), Z18        \
	stages(FOUR)                  \
	VMOVUPS   y0, (DI)            \
	VMOVUPS   y1, 64(DI)          \
	VMOVUPS   y2, 128(DI)         \
	VMOVUPS   y3, 192(DI)         \
	ADDQ      $256, SI            \
	ADDQ      $256, DI            \
	SUBQ      $64, CX             \
	JGE       long                \
short:                            \
	ADDQ      $64, CX             \
	FIRST                         \
	NEXT(next, full, done)        \
	VMOVUPS.Z (SI), K1, Z0        \
	stages(ONE)                   \
	VMOVUPS   y0, K1, (DI)        \
	ADDQ      $64, SI             \
	ADDQ      $64, DI             \
	JMP       next                \
done:                             \
	VZEROUPPER                    \
	RET

TEXT exp<>(SB), NOSPLIT, $0-56
	UNARY(EXP_STAGES, Z0, Z6, Z12, Z18)

TEXT log<>(SB), NOSPLIT, $0-56
	UNARY(LOG_STAGES, Z1, Z7, Z13, Z19)

TEXT log1p<>(SB), NOSPLIT, $0-56
	UNARY(LOG1P_STAGES, Z1, Z7, Z13, Z19)

TEXT tanh<>(SB), NOSPLIT, $0-56
	UNARY(TANH_STAGES, Z1, Z7, Z13, Z19)

TEXT softplus<>(SB), NOSPLIT, $0-56
	UNARY(SOFTPLUS_STAGES, Z1, Z7, Z13, Z19)

TEXT sigmoid<>(SB), NOSPLIT, $0-56
	UNARY(SIGMOID_STAGES, Z1, Z7, Z13, Z19)

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
