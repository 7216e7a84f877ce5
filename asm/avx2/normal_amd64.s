#include "textflag.h"
#include "math_amd64.h"

// func SampleGroups(w, mu, sigma *float32, groups int, block uint32, schedule *[19][8]uint32)
// func SampleGradGroups(dMu, dSigma, dw *float32, groups int, block uint32, schedule *[19][8]uint32)
// func SampleKeepGroups(w, mu, sigma *float32, groups int, block uint32, schedule *[19][8]uint32, noise *float32)
//
//   ε = BoxMuller(Philox4x32-10(block, …)), four rows of sixteen for the sixteen blocks of a group
//   w = fma(σ, ε, μ)                       dμ += dw,  dσ = fma(dw, ε, dσ)
//
// Shapes:   whole groups of 64 elements, at least one; any alignment; w may be mu or sigma.
// Features: AVX2, FMA3.
// Tail:     kernels/cpu hands ragged groups over in buffers.
//
// Philox multiplies 32×32→64 bits, so each of its words is held in two registers of four 64-bit
// lanes: the even blocks and the odd ones, in the low halves; the high halves hold rubbish. The
// words of the left and right eight blocks go to memory, then four square roots are computed
// side by side, as one is too long a chain of dependent instructions to keep the processor busy.
//
// Registers:
//   DI, SI, DX  w, mu, sigma or dMu, dSigma, dw      CX  groups left    R8  schedule    R9  noise
//   R10         scratch: 0 … 96 words 0 and 2, left and right, 128 … 224 words 1 and 3, 256 even block numbers,
//               288 … 512 sines and cosines
//   Philox:     Y0 … Y5   even blocks: c0 … c3 and two more    Y12, Y13  the numbers of even and odd blocks
//               Y6 … Y11  odd blocks                           Y14, Y15  the multipliers
//   Roots:      Y0 … Y3 f, Y4 … Y7 p and the root, Y8 … Y11 v, Y12 … Y15 temporaries
//   Sine:       Y0 … Y3, Y8 … Y10 temporaries

// Rounds 1 to 3: block → c0, p, c2, r.
#define ROUNDS123(block, c0, p, c2, q, r) \
	VPMULUDQ Y14, block, p   \
	VPSRLQ   $32, p, c2      \
	VPXOR    0(R8), c2, c2   \ // p is c3, the other two are the same in all blocks
	VPMULUDQ Y15, c2, q      \
	VPSRLQ   $32, q, c0      \
	VPXOR    32(R8), c0, c0  \
	VPXOR    64(R8), p, c2   \ // q is c1, c3 is the same in all blocks
	VPMULUDQ Y15, c2, p      \
	VPMULUDQ Y14, c0, r      \
	VPXOR    96(R8), q, q    \
	VPSRLQ   $32, p, c0      \
	VPXOR    q, c0, c0       \
	VPSRLQ   $32, r, c2      \
	VPXOR    128(R8), c2, c2

// One round: c0, c1, c2, c3 → c0, q, c2, p.
#define ROUND(key0, key1, c0, c1, c2, c3, q, p) \
	VPMULUDQ Y15, c2, q       \
	VPMULUDQ Y14, c0, p       \
	VPXOR    key0(R8), c1, c1 \
	VPXOR    key1(R8), c3, c3 \
	VPSRLQ   $32, q, c0       \
	VPXOR    c1, c0, c0       \
	VPSRLQ   $32, p, c2       \
	VPXOR    c3, c2, c2

#define ODD_ROUND(key0, key1) \
	ROUND(key0, key1, Y0, Y4, Y2, Y5, Y1, Y3)   \
	ROUND(key0, key1, Y6, Y10, Y8, Y11, Y7, Y9)

#define EVEN_ROUND(key0, key1) \
	ROUND(key0, key1, Y0, Y1, Y2, Y3, Y4, Y5)   \
	ROUND(key0, key1, Y6, Y7, Y8, Y9, Y10, Y11)

// The odd blocks between the even ones.
#define MERGE(odd, even) \
	VPSLLQ   $32, odd, odd         \
	VPBLENDD $0xaa, odd, even, even

// The words of the next eight blocks: 0 and 2 to at and at+32, 1 and 3 to at+128 and at+160.
#define PHILOX(at) \
	ROUNDS123(Y12, Y0, Y1, Y2, Y4, Y3) \
	ROUNDS123(Y13, Y6, Y7, Y8, Y10, Y9) \
	VPADDD  eights<>(SB), Y12, Y12     \
	VPADDD  eights<>(SB), Y13, Y13     \
	EVEN_ROUND(160, 192)               \
	ODD_ROUND(224, 256)                \
	EVEN_ROUND(288, 320)               \
	ODD_ROUND(352, 384)                \
	EVEN_ROUND(416, 448)               \
	ODD_ROUND(480, 512)                \
	EVEN_ROUND(544, 576)               \
	MERGE(Y6, Y0)                      \
	MERGE(Y10, Y4)                     \
	MERGE(Y8, Y2)                      \
	MERGE(Y11, Y5)                     \
	VMOVDQU Y0, at(R10)                \
	VMOVDQU Y2, at+32(R10)             \
	VMOVDQU Y4, at+128(R10)            \
	VMOVDQU Y5, at+160(R10)

// A step for each of the four roots; at is the place of their words and, from then on, exponents.
#define FOUR(step, c) \
	step(c, 0, Y0, Y4, Y8, Y12)   \
	step(c, 32, Y1, Y5, Y9, Y13)  \
	step(c, 64, Y2, Y6, Y10, Y14) \
	step(c, 96, Y3, Y7, Y11, Y15)

#define ROOT_BEGIN(c, at, f, p, v, t) \
	VMOVDQU at(R10), p          \
	UNIFORM(p, t, v)            \
	LOG_SPLIT(t, f, p)          \
	VMOVUPS p, at(R10)          \
	VMULPS  logC7(SB), f, p     \
	VADDPS  logC6(SB), p, p

#define ROOT_HORNER(c, at, f, p, v, t) \
	HORNER(c, f, p)

#define ROOT_END(c, at, f, p, v, t) \
	VMULPS       f, f, v         \
	VMULPS       f, p, p         \
	VMULPS       v, p, p         \
	VMOVUPS      at(R10), t      \
	VMULPS       ln2Low(SB), t, t \
	VADDPS       t, p, p          \
	VFNMADD231PS half(SB), v, p   \
	VADDPS       f, p, p          \
	VMOVUPS      at(R10), t       \
	VFMADD231PS  ln2High(SB), t, p \
	VMULPS       minusTwo(SB), p, p \
	VSQRTPS      p, p

// The sine and cosine of the words at at, to to and to+32.
#define ANGLE(at, to) \
	VMOVDQU at(R10), Y8            \
	SINCOS(Y8, Y9, Y10, Y11, Y12)  \
	VMOVUPS Y9, to(R10)            \
	VMOVUPS Y10, to+32(R10)

// Y4 … Y7 = √(−2 log u), left and right, of words 0 and 2; sine and cosine of words 1 and 3 between
// the steps, which wait for one another.
#define ROOTS_AND_ANGLES \
	FOUR(ROOT_BEGIN, 0)      \
	FOUR(ROOT_HORNER, logC5) \
	ANGLE(128, 288)          \
	FOUR(ROOT_HORNER, logC4) \
	ANGLE(160, 352)          \
	FOUR(ROOT_HORNER, logC3) \
	ANGLE(192, 416)          \
	FOUR(ROOT_HORNER, logC2) \
	ANGLE(224, 480)          \
	FOUR(ROOT_HORNER, logC1) \
	FOUR(ROOT_HORNER, logC0) \
	FOUR(ROOT_END, 0)

// Two rows of eight, at and at+64: a root times the cosine and the sine at angle.
#define ROWS(angle, root, at, use) \
	VMULPS angle+32(R10), root, Y0  \
	VMULPS angle(R10), root, Y1     \
	use(at, Y0)                     \
	use(at+64, Y1)

// The next group.
#define GROUP(use) \
	VMOVDQU      256(R10), Y12         \
	VPADDD       ones<>(SB), Y12, Y13 \
	VPBROADCASTD multipliers<>+0(SB), Y14 \
	VPBROADCASTD multipliers<>+4(SB), Y15 \
	PHILOX(0)                          \
	PHILOX(64)                         \
	VMOVDQU      Y12, 256(R10)         \
	ROOTS_AND_ANGLES                   \
	ROWS(288, Y4, 0, use)              \
	ROWS(352, Y5, 128, use)            \
	ROWS(416, Y6, 32, use)             \
	ROWS(480, Y7, 160, use)            \
	ADDQ $256, DI                      \
	ADDQ $256, SI                      \
	ADDQ $256, DX

#define PROLOGUE \
	MOVQ         groups+24(FP), CX     \
	MOVQ         schedule+40(FP), R8   \
	LEAQ         31(SP), R10           \
	ANDQ         $~31, R10             \
	VPBROADCASTD block+32(FP), Y12     \
	VPADDD       evens<>(SB), Y12, Y12 \
	VMOVDQU      Y12, 256(R10)

DATA evens<>+0(SB)/8, $0
DATA evens<>+8(SB)/8, $2
DATA evens<>+16(SB)/8, $4
DATA evens<>+24(SB)/8, $6
GLOBL evens<>(SB), RODATA|NOPTR, $32
DATA ones<>+0(SB)/8, $1
DATA ones<>+8(SB)/8, $1
DATA ones<>+16(SB)/8, $1
DATA ones<>+24(SB)/8, $1
GLOBL ones<>(SB), RODATA|NOPTR, $32
DATA eights<>+0(SB)/8, $8
DATA eights<>+8(SB)/8, $8
DATA eights<>+16(SB)/8, $8
DATA eights<>+24(SB)/8, $8
GLOBL eights<>(SB), RODATA|NOPTR, $32
DATA multipliers<>+0(SB)/4, $0xd2511f53 // philoxM0
DATA multipliers<>+4(SB)/4, $0xcd9e8d57 // philoxM1
GLOBL multipliers<>(SB), RODATA|NOPTR, $8

#define SAMPLE(at, eps) \
	VMOVUPS     at(SI), Y9      \
	VFMADD231PS at(DX), eps, Y9 \
	VMOVUPS     Y9, at(DI)

TEXT ·SampleGroups(SB), NOSPLIT, $576-48
	MOVQ w+0(FP), DI
	MOVQ mu+8(FP), SI
	MOVQ sigma+16(FP), DX
	PROLOGUE
loop:
	GROUP(SAMPLE)
	DECQ CX
	JNE  loop
	VZEROUPPER
	RET

#define SAMPLE_KEEP(at, eps) \
	VMOVUPS     eps, at(R9)     \
	SAMPLE(at, eps)

TEXT ·SampleKeepGroups(SB), NOSPLIT, $576-56
	MOVQ w+0(FP), DI
	MOVQ mu+8(FP), SI
	MOVQ sigma+16(FP), DX
	MOVQ noise+48(FP), R9
	PROLOGUE
loop:
	GROUP(SAMPLE_KEEP)
	ADDQ $256, R9
	DECQ CX
	JNE  loop
	VZEROUPPER
	RET

#define GRADIENT(at, eps) \
	VMOVUPS     at(DX), Y9      \
	VADDPS      at(DI), Y9, Y10 \
	VMOVUPS     Y10, at(DI)     \
	VMOVUPS     at(SI), Y10     \
	VFMADD231PS Y9, eps, Y10    \
	VMOVUPS     Y10, at(SI)

TEXT ·SampleGradGroups(SB), NOSPLIT, $576-48
	MOVQ dMu+0(FP), DI
	MOVQ dSigma+8(FP), SI
	MOVQ dw+16(FP), DX
	PROLOGUE
loop:
	GROUP(GRADIENT)
	DECQ CX
	JNE  loop
	VZEROUPPER
	RET
