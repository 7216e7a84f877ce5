#include "textflag.h"
#include "simd_arm64.h"
#include "math_arm64.h"

// func Unary(dst, src []float32, function int)
//
//   dst[i] = f(src[i])      i < len(src), f = ref.Unary[function]
//
// Shapes:   any length; dst may be src.
// Features: NEON.
// Tail:     the last 1 … 3 elements are loaded and stored lane by lane.
//
// Registers:
//   R0   dst                    V0        argument and result
//   R1   src                    V1 … V7   clobbered; V5 is the argument
//   R2   elements left − 4      V8 … V31  constants, see math_arm64.h
//   R3   constants

#define LOADARGS \
	MOVD dst_base+0(FP), R0  \
	MOVD src_base+24(FP), R1 \
	MOVD src_len+32(FP), R2

#define UNARY(f) \
loop: \
	SUBS   $4, R2, R2                 \
	BLT    tail                       \
	VLD1.P 16(R1), [V0.S4]            \
body: \
	f                                 \
	TBNZ   $63, R2, last              \
	VST1.P [V0.S4], 16(R0)            \
	B      loop                       \
tail: \
	CMN    $4, R2                     \
	BEQ    done                       \
	VEOR   V0.B16, V0.B16, V0.B16     \
	LOADPART(R1, V0)                  \
	B      body                       \
last: \
	STOREPART(V0, R0)                 \
done: \
	RET

#define LOG1P \
	VMOV     V0.B16, V5.B16                                     \
	VFADD_S4(20, 0, 6)                                          \
	LOG1PFINITE                                                 \
	VFCMEQ0_S4(6, 1)                                            \
	VBIT     V1.B16, V27.B16, V0.B16   /* log 0 = -Inf       */ \
	VFCMLT0_S4(6, 1)                                            \
	VBIT     V1.B16, V28.B16, V0.B16   /* log -1 = NaN       */ \
	VFCMEQ0_S4(5, 1)                                            \
	VBIT     V1.B16, V5.B16, V0.B16    /* log1p ±0 = ±0      */ \
	VFCMGT_S4(5, 29, 1)                                         \
	VBIF     V1.B16, V5.B16, V0.B16    /* log1p Inf and NaN  */

// V8 … V15 = tanhC0 … tanhC4, 5/8, 2, sign bit.
#define TANH \
	VMOV     V0.B16, V5.B16                                     \
	VFABS_S4(0, 6)              /* a = |x|                   */ \
	VFADD_S4(6, 6, 0)                                           \
	EXP                                                         \
	VFADD_S4(20, 0, 0)                                          \
	VFDIV_S4(0, 14, 0)                                          \
	VFSUB_S4(0, 20, 0)          /* y = 1 - 2/(exp 2a + 1)    */ \
	VFMUL_S4(6, 6, 1)           /* v = a²                    */ \
	VFMUL_S4(1, 12, 2)                                          \
	VFADD_S4(11, 2, 2)          /* p = C4·v + C3             */ \
	VFMUL_S4(1, 2, 2)                                           \
	VFADD_S4(10, 2, 2)                                          \
	VFMUL_S4(1, 2, 2)                                           \
	VFADD_S4(9, 2, 2)                                           \
	VFMUL_S4(1, 2, 2)                                           \
	VFADD_S4(8, 2, 2)                                           \
	VFMUL_S4(1, 6, 3)                                           \
	VFMUL_S4(2, 3, 2)                                           \
	VFADD_S4(6, 2, 2)           /* a·v·p + a                 */ \
	VFCMGT_S4(6, 13, 1)         /* a < 5/8?                  */ \
	VBIT     V1.B16, V2.B16, V0.B16                             \
	VBIT     V15.B16, V5.B16, V0.B16   /* the sign of x      */

DATA tanhConstants<>+0(SB)/4, $(-0x1.555532p-2)     // tanhC0
DATA tanhConstants<>+4(SB)/4, $(0x1.1106fep-3)      // tanhC1
DATA tanhConstants<>+8(SB)/4, $(-0x1.b83778p-5)     // tanhC2
DATA tanhConstants<>+12(SB)/4, $(0x1.52095ep-6)     // tanhC3
DATA tanhConstants<>+16(SB)/4, $(-0x1.7567ecp-8)    // tanhC4
DATA tanhConstants<>+20(SB)/4, $(0.625)
DATA tanhConstants<>+24(SB)/4, $(2.0)
DATA tanhConstants<>+28(SB)/4, $0x80000000          // the sign bit
GLOBL tanhConstants<>(SB), RODATA|NOPTR, $32

TEXT exp<>(SB), NOSPLIT, $0-56
	LOADARGS
	LOADEXP(R3)
	UNARY(EXP)

TEXT log<>(SB), NOSPLIT, $0-56
	LOADARGS
	LOADLOG(R3)
	UNARY(LOG)

TEXT log1p<>(SB), NOSPLIT, $0-56
	LOADARGS
	LOADLOG(R3)
	LOADLOG1PFINITE(R3)
	UNARY(LOG1P)

TEXT tanh<>(SB), NOSPLIT, $0-56
	LOADARGS
	LOADEXP(R3)
	MOVD    $tanhConstants<>(SB), R3
	VLD4R.P 16(R3), [V8.S4, V9.S4, V10.S4, V11.S4]
	VLD4R   (R3), [V12.S4, V13.S4, V14.S4, V15.S4]
	UNARY(TANH)

TEXT softplus<>(SB), NOSPLIT, $0-56
	LOADARGS
	LOADEXP(R3)
	LOADLOG1PPOLY(R3)
	LOADLOG1PFINITE(R3)
	LOADSIGN(R3)
	UNARY(SOFTPLUS)

TEXT sigmoid<>(SB), NOSPLIT, $0-56
	LOADARGS
	LOADEXP(R3)
	LOADSIGN(R3)
	UNARY(SIGMOID)

#define CASE(k, f) \
	CMP $k, R0; \
	BNE 2(PC);  \
	B   f<>(SB)

TEXT ·Unary(SB), NOSPLIT, $0-56
	MOVD function+48(FP), R0
	CASE(0, exp)
	CASE(1, log)
	CASE(2, log1p)
	CASE(3, tanh)
	CASE(4, softplus)
	CASE(5, sigmoid)
	UNDEF
