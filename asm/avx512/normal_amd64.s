#include "textflag.h"
#include "math_amd64.h"

// func SampleGroups(w, mu, sigma *float32, groups int, block uint32, schedule *[19]uint32)
// func SampleGradGroups(dMu, dSigma, dw *float32, groups int, block uint32, schedule *[19]uint32)
// func SampleKeepGroups(w, mu, sigma *float32, groups int, block uint32, schedule *[19]uint32, noise *float32)
//
//   ε = BoxMuller(Philox4x32-10(block, …)), four rows of sixteen for the sixteen blocks of a group
//   w = fma(σ, ε, μ)                       dμ += dw,  dσ = fma(dw, ε, dσ)
//
// Shapes:   whole groups of 64 elements, at least one; any alignment; w may be mu or sigma.
// Features: AVX-512 F, DQ.
// Tail:     kernels/cpu hands ragged groups over in buffers.
//
// Philox multiplies 32×32→64 bits, so each of its words is held in two registers of eight 64-bit
// lanes: the even blocks and the odd ones, in the low halves; the high halves hold rubbish.
//
// Registers:
//   DI, SI, DX  w, mu, sigma or dMu, dSigma, dw      CX        groups left, R8 the schedule, R9 noise
//   Z0 … Z5     even blocks: c0 … c3 and two more    Z16, Z17  the numbers of the even and odd blocks
//   Z6 … Z11    odd blocks                           Z18, Z19  the multipliers
//   Z12 … Z14   temporaries                          Z20       16
//   Z0, Z4, Z2, Z5  the words of all blocks, then ε  K2 temporary, K3 odd 32-bit lanes

// Rounds 1 to 3: block → c0, p, c2, r.
#define ROUNDS123(block, c0, p, c2, q, r) \
	VPMULUDQ        Z18, block, p         \
	VPSRLQ          $32, p, c2            \
	VPXORD.BCST     0(R8), c2, c2         \ // p is c3, the other two are the same in all blocks
	VPMULUDQ        Z19, c2, q            \
	VPSRLQ          $32, q, c0            \
	VPXORD.BCST     4(R8), c0, c0         \
	VPXORD.BCST     8(R8), p, c2          \ // q is c1, c3 is the same in all blocks
	VPMULUDQ        Z19, c2, p            \
	VPMULUDQ        Z18, c0, r            \
	VPSRLQ          $32, p, c0            \
	VPTERNLOGD.BCST $0x96, 12(R8), q, c0  \
	VPSRLQ          $32, r, c2            \
	VPXORD.BCST     16(R8), c2, c2

// One round: c0, c1, c2, c3 → c0, q, c2, p.
#define ROUND(key0, key1, c0, c1, c2, c3, q, p) \
	VPMULUDQ        Z19, c2, q              \
	VPMULUDQ        Z18, c0, p              \
	VPSRLQ          $32, q, c0              \
	VPTERNLOGD.BCST $0x96, key0(R8), c1, c0 \ // c0 ^= c1 ^ key
	VPSRLQ          $32, p, c2              \
	VPTERNLOGD.BCST $0x96, key1(R8), c3, c2

#define ODD_ROUND(key0, key1) \
	ROUND(key0, key1, Z0, Z4, Z2, Z5, Z1, Z3)   \
	ROUND(key0, key1, Z6, Z10, Z8, Z11, Z7, Z9)

#define EVEN_ROUND(key0, key1) \
	ROUND(key0, key1, Z0, Z1, Z2, Z3, Z4, Z5)   \
	ROUND(key0, key1, Z6, Z7, Z8, Z9, Z10, Z11)

// The next group's 64 numbers: Z0, Z4, Z2, Z5.
#define GROUP \
	ROUNDS123(Z16, Z0, Z1, Z2, Z4, Z3)         \
	ROUNDS123(Z17, Z6, Z7, Z8, Z10, Z9)        \
	VPADDD Z20, Z16, Z16                       \
	VPADDD Z20, Z17, Z17                       \
	EVEN_ROUND(20, 24)                         \
	ODD_ROUND(28, 32)                          \
	EVEN_ROUND(36, 40)                         \
	ODD_ROUND(44, 48)                          \
	EVEN_ROUND(52, 56)                         \
	ODD_ROUND(60, 64)                          \
	EVEN_ROUND(68, 72)                         \
	VMOVSLDUP Z6, K3, Z0                       \ // the odd blocks between the even ones
	VMOVSLDUP Z10, K3, Z4                      \
	VMOVSLDUP Z8, K3, Z2                       \
	VMOVSLDUP Z11, K3, Z5                      \
	BOX_MULLER(Z0, Z4, Z6, Z7, Z8, Z9, Z10)    \
	BOX_MULLER(Z2, Z5, Z1, Z3, Z11, Z12, Z13)

#define PROLOGUE \
	MOVQ         groups+24(FP), CX       \
	MOVQ         schedule+40(FP), R8     \
	VPBROADCASTD block+32(FP), Z16       \
	VPADDD       evens<>(SB), Z16, Z16   \
	VPADDD.BCST  unit<>(SB), Z16, Z17    \
	VPBROADCASTD philoxM0, Z18           \
	VPBROADCASTD philoxM1, Z19           \
	VPBROADCASTD sixteen<>(SB), Z20      \
	MOVL         $0xaaaa, AX             \
	KMOVW        AX, K3

DATA evens<>+0(SB)/8, $0
DATA evens<>+8(SB)/8, $2
DATA evens<>+16(SB)/8, $4
DATA evens<>+24(SB)/8, $6
DATA evens<>+32(SB)/8, $8
DATA evens<>+40(SB)/8, $10
DATA evens<>+48(SB)/8, $12
DATA evens<>+56(SB)/8, $14
GLOBL evens<>(SB), RODATA|NOPTR, $64
DATA unit<>+0(SB)/4, $1
GLOBL unit<>(SB), RODATA|NOPTR, $4
DATA sixteen<>+0(SB)/4, $16
GLOBL sixteen<>(SB), RODATA|NOPTR, $4

#define SAMPLE(at, eps) \
	VMOVUPS     at(SI), Z14      \
	VFMADD231PS at(DX), eps, Z14 \
	VMOVUPS     Z14, at(DI)

TEXT ·SampleGroups(SB), NOSPLIT, $0-48
	MOVQ w+0(FP), DI
	MOVQ mu+8(FP), SI
	MOVQ sigma+16(FP), DX
	PROLOGUE
loop:
	GROUP
	SAMPLE(0, Z0)
	SAMPLE(64, Z4)
	SAMPLE(128, Z2)
	SAMPLE(192, Z5)
	ADDQ $256, DI
	ADDQ $256, SI
	ADDQ $256, DX
	DECQ CX
	JNE  loop
	VZEROUPPER
	RET

#define SAMPLE_KEEP(at, eps) \
	VMOVUPS     eps, at(R9)      \
	SAMPLE(at, eps)

TEXT ·SampleKeepGroups(SB), NOSPLIT, $0-56
	MOVQ w+0(FP), DI
	MOVQ mu+8(FP), SI
	MOVQ sigma+16(FP), DX
	MOVQ noise+48(FP), R9
	PROLOGUE
loop:
	GROUP
	SAMPLE_KEEP(0, Z0)
	SAMPLE_KEEP(64, Z4)
	SAMPLE_KEEP(128, Z2)
	SAMPLE_KEEP(192, Z5)
	ADDQ $256, DI
	ADDQ $256, SI
	ADDQ $256, DX
	ADDQ $256, R9
	DECQ CX
	JNE  loop
	VZEROUPPER
	RET

#define GRADIENT(at, eps) \
	VMOVUPS     at(DX), Z12       \
	VMOVUPS     at(SI), Z13       \
	VADDPS      at(DI), Z12, Z14  \
	VFMADD231PS Z12, eps, Z13     \
	VMOVUPS     Z14, at(DI)       \
	VMOVUPS     Z13, at(SI)

TEXT ·SampleGradGroups(SB), NOSPLIT, $0-48
	MOVQ dMu+0(FP), DI
	MOVQ dSigma+8(FP), SI
	MOVQ dw+16(FP), DX
	PROLOGUE
loop:
	GROUP
	GRADIENT(0, Z0)
	GRADIENT(64, Z4)
	GRADIENT(128, Z2)
	GRADIENT(192, Z5)
	ADDQ $256, DI
	ADDQ $256, SI
	ADDQ $256, DX
	DECQ CX
	JNE  loop
	VZEROUPPER
	RET
