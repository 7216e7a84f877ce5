#include "textflag.h"
#include "simd_arm64.h"
#include "math_arm64.h"

// func SampleGroups(w, mu, sigma []float32, seed uint64, stream, step, sample, block uint32)
// func SampleGradGroups(dMu, dSigma, dw []float32, seed uint64, stream, step, sample, block uint32)
// func SampleKeepGroups(w, mu, sigma []float32, seed uint64, stream, step, sample, block uint32, noise *float32)
//
//   ε  = Box–Muller of Philox4x32-10 with counter {block + 16·group + lane, stream, step, sample}
//   w  = fma(σ, ε, μ)                            SampleGroups, SampleKeepGroups, which keeps ε too
//   dμ = dμ + dw,  dσ = fma(dw, ε, dσ)           SampleGradGroups
//
// Shapes:   whole groups of 64 elements (len(w), len(dw)): 4 rows, one for each output word, of 16 lanes,
//           one for each block. So element and word have the same place, and nothing is transposed.
// Features: NEON.
// Tail:     none; kernels/cpu hands ragged groups over in buffers.
//
// A group's words are made in registers, all sixteen blocks at once, and left in memory; then
// Box–Muller takes them, eight lanes of words 0 and 1, or 2 and 3, at a time, to the results.
//
// Registers:
//   R0, R1, R3      w, mu, sigma or dMu, dSigma, dw     R9         the words, walking
//   R2              groups left                         R10, R11   pairs of vectors, of rows left
//   R4              block                               R13, R14   tables
//   R5 … R8, R12    stream, step, sample, seed low, high    R15    noise
// Philox: V0 … V15 word 0 of lanes 0-3, 4-7, 8-11, 12-15, word 1 of lanes 0-3, …; V16 … V25 see math_arm64.h
// Box–Muller: V0, V2 ε of the first and second row; V5, V6 √(−2 log u); V8 … V17, V20 … V23 see math_arm64.h
//   V18, V19        2⁻³³, −2 (also the bits of the quarter turn)     V27 … V30   sinC0 … sinC3
//   V24, V25, V26   2²⁹, 2³⁰, sign bit                               V31         cosC3

// The words of a group to memory at R9, which stays; R4 goes to the next group.
#define PHILOX(round) \
	MOVD    $·philoxConstants(SB), R13                                  \
	VLD1    (R13), [V0.S4, V1.S4, V2.S4, V3.S4]                         \
	LOADPHILOX(R8, R12, R13)                                            \
	VDUP    R4, V4.S4                                                   \
	ADD     $16, R4, R4                                                 \
	VADD    V4.S4, V0.S4, V0.S4                                         \
	VADD    V4.S4, V1.S4, V1.S4                                         \
	VADD    V4.S4, V2.S4, V2.S4                                         \
	VADD    V4.S4, V3.S4, V3.S4                                         \
	VDUP    R5, V4.S4                                                   \
	VDUP    R5, V5.S4                                                   \
	VDUP    R5, V6.S4                                                   \
	VDUP    R5, V7.S4                                                   \
	VDUP    R6, V8.S4                                                   \
	VDUP    R6, V9.S4                                                   \
	VDUP    R6, V10.S4                                                  \
	VDUP    R6, V11.S4                                                  \
	VDUP    R7, V12.S4                                                  \
	VDUP    R7, V13.S4                                                  \
	VDUP    R7, V14.S4                                                  \
	VDUP    R7, V15.S4                                                  \
	MOVD    $10, R10                                                    \
round: \
	PHILOXROUND(V0, V4, V8, V12, 0, 8)                                  \
	PHILOXROUND(V1, V5, V9, V13, 1, 9)                                  \
	PHILOXROUND(V2, V6, V10, V14, 2, 10)                                \
	PHILOXROUND(V3, V7, V11, V15, 3, 11)                                \
	VADD    V24.S4, V22.S4, V22.S4                                      \
	VADD    V25.S4, V23.S4, V23.S4                                      \
	SUBS    $1, R10, R10                                                \
	BNE     round                                                       \
	MOVD    R9, R13                                                     \
	VST1.P  [V0.S4, V1.S4, V2.S4, V3.S4], 64(R13)                       \
	VST1.P  [V4.S4, V5.S4, V6.S4, V7.S4], 64(R13)                       \
	VST1.P  [V8.S4, V9.S4, V10.S4, V11.S4], 64(R13)                     \
	VST1    [V12.S4, V13.S4, V14.S4, V15.S4], (R13)

#define LOADBOXMULLER \
	LOADLOG1PPOLY(R13)                                                  \
	MOVD    $boxMullerConstants<>(SB), R13                              \
	VLD2R.P 8(R13), [V18.S4, V19.S4]                                    \
	VLD4R.P 16(R13), [V20.S4, V21.S4, V22.S4, V23.S4]                   \
	VLD4R.P 16(R13), [V24.S4, V25.S4, V26.S4, V27.S4]                   \
	VLD4R   (R13), [V28.S4, V29.S4, V30.S4, V31.S4]                     \
	MOVD    $cosConstants<>(SB), R14

// V0 = √(−2 log u) with u = (V0 + ½)/2³²; clobbers V1 … V4.
#define RADIUS \
	VUCVTFIX_S4(32, 0, 0)                                               \
	VFADD_S4(18, 0, 0)                      /* u                     */ \
	LOGSPLIT                                                            \
	LOG1PPOLY                                                           \
	VFMUL_S4(19, 0, 0)                                                  \
	VFSQRT_S4(0, 0)

// V0, V2 = cos φ, sin φ with φ = 2π·V0/2³²; clobbers V1, V3, V4 and V7.
#define CIRCLE \
	VADD  V24.S4, V0.S4, V1.S4              /* bits 31, 30: q        */ \
	VAND  V19.B16, V1.B16, V2.B16                                       \
	VSUB  V2.S4, V0.S4, V2.S4                                           \
	VSCVTFIX_S4(30, 2, 2)                   /* t, in quarter turns   */ \
	VFMUL_S4(2, 2, 3)                       /* v = t²                */ \
	VFMUL_S4(3, 30, 4)                                                  \
	VFADD_S4(29, 4, 4)                                                  \
	VFMUL_S4(3, 4, 4)                                                   \
	VFADD_S4(28, 4, 4)                                                  \
	VFMUL_S4(3, 4, 4)                                                   \
	VFADD_S4(27, 4, 4)                                                  \
	VFMUL_S4(2, 4, 4)                       /* s = sin               */ \
	VFMUL_S4(3, 31, 0)                                                  \
	FMOVQ 0(R14), F7                                                    \
	VFADD_S4(7, 0, 0)                                                   \
	VFMUL_S4(3, 0, 0)                                                   \
	FMOVQ 16(R14), F7                                                   \
	VFADD_S4(7, 0, 0)                                                   \
	VFMUL_S4(3, 0, 0)                                                   \
	FMOVQ 32(R14), F7                                                   \
	VFADD_S4(7, 0, 0)                                                   \
	VFMUL_S4(3, 0, 0)                                                   \
	VFADD_S4(20, 0, 0)                      /* c = cos               */ \
	VCMTST V25.S4, V1.S4, V7.S4             /* q odd?                */ \
	VMOV  V4.B16, V2.B16                                                \
	VBIT  V7.B16, V0.B16, V2.B16            /* then s, c = c, s      */ \
	VBIT  V7.B16, V4.B16, V0.B16                                        \
	VAND  V26.B16, V1.B16, V3.B16           /* sign of s: bit 1 of q */ \
	VEOR  V3.B16, V2.B16, V2.B16                                        \
	VADD  V25.S4, V1.S4, V1.S4              /* of c: bit 1 of q + 1  */ \
	VAND  V26.B16, V1.B16, V1.B16                                       \
	VEOR  V1.B16, V0.B16, V0.B16

// Eight lanes of a pair of rows, by a macro out(at) that takes the noise V0, V2 to the results:
// both vectors' radii before both their circles, so that a processor finds enough independent work.
#define BOXMULLER(out) \
	FMOVQ 0(R9), F0                                                     \
	RADIUS                                                              \
	VMOV  V0.B16, V5.B16                                                \
	FMOVQ 16(R9), F0                                                    \
	RADIUS                                                              \
	VMOV  V0.B16, V6.B16                                                \
	FMOVQ 64(R9), F0                                                    \
	CIRCLE                                                              \
	VFMUL_S4(0, 5, 0)                                                   \
	VFMUL_S4(2, 5, 2)                                                   \
	out(0)                                                              \
	FMOVQ 80(R9), F0                                                    \
	CIRCLE                                                              \
	VFMUL_S4(0, 6, 0)                                                   \
	VFMUL_S4(2, 6, 2)                                                   \
	out(16)

// w = μ + σ·ε
#define SAMPLE(at) \
	FMOVQ at+0(R1), F1                                                  \
	FMOVQ at+64(R1), F3                                                 \
	FMOVQ at+0(R3), F4                                                  \
	FMOVQ at+64(R3), F7                                                 \
	VFMLA V4.S4, V0.S4, V1.S4                                           \
	VFMLA V7.S4, V2.S4, V3.S4                                           \
	FMOVQ F1, at+0(R0)                                                  \
	FMOVQ F3, at+64(R0)

#define SAMPLEKEEP(at) \
	FMOVQ F0, at+0(R15)                                                 \
	FMOVQ F2, at+64(R15)                                                \
	SAMPLE(at)

// dμ += dw, dσ += dw·ε
#define GRADIENT(at) \
	FMOVQ at+0(R3), F4                                                  \
	FMOVQ at+64(R3), F7                                                 \
	FMOVQ at+0(R0), F1                                                  \
	FMOVQ at+64(R0), F3                                                 \
	VFADD_S4(4, 1, 1)                                                   \
	VFADD_S4(7, 3, 3)                                                   \
	FMOVQ F1, at+0(R0)                                                  \
	FMOVQ F3, at+64(R0)                                                 \
	FMOVQ at+0(R1), F1                                                  \
	FMOVQ at+64(R1), F3                                                 \
	VFMLA V4.S4, V0.S4, V1.S4                                           \
	VFMLA V7.S4, V2.S4, V3.S4                                           \
	FMOVQ F1, at+0(R1)                                                  \
	FMOVQ F3, at+64(R1)

// All pointers n bytes on.
#define FORWARD(n) \
	ADD   $n, R0, R0                                                    \
	ADD   $n, R1, R1                                                    \
	ADD   $n, R3, R3                                                    \
	ADD   $n, R9, R9

DATA boxMullerConstants<>+0(SB)/4, $(0x1p-33)
DATA boxMullerConstants<>+4(SB)/4, $(-2.0)            // 0xc0000000
DATA boxMullerConstants<>+8(SB)/4, $(1.0)
DATA boxMullerConstants<>+12(SB)/4, $(0x1.62e4p-1)    // ln2High
DATA boxMullerConstants<>+16(SB)/4, $(0x1.7f7d1cp-20) // ln2Low
DATA boxMullerConstants<>+20(SB)/4, $0x007fffff       // mantissaMask
DATA boxMullerConstants<>+24(SB)/4, $0x20000000
DATA boxMullerConstants<>+28(SB)/4, $0x40000000
DATA boxMullerConstants<>+32(SB)/4, $0x80000000
DATA boxMullerConstants<>+36(SB)/4, $(0x1.921fb6p+0)  // sinC0
DATA boxMullerConstants<>+40(SB)/4, $(-0x1.4abbecp-1) // sinC1
DATA boxMullerConstants<>+44(SB)/4, $(0x1.466b22p-4)  // sinC2
DATA boxMullerConstants<>+48(SB)/4, $(-0x1.2f5a1ep-8) // sinC3
DATA boxMullerConstants<>+52(SB)/4, $(0x1.d684a8p-11) // cosC3
GLOBL boxMullerConstants<>(SB), RODATA|NOPTR, $56

// cosC2, cosC1 and cosC0 in all lanes, for want of registers.
DATA cosConstants<>+0(SB)/4, $(-0x1.55b7cep-6)  // cosC2
DATA cosConstants<>+4(SB)/4, $(-0x1.55b7cep-6)  // cosC2
DATA cosConstants<>+8(SB)/4, $(-0x1.55b7cep-6)  // cosC2
DATA cosConstants<>+12(SB)/4, $(-0x1.55b7cep-6) // cosC2
DATA cosConstants<>+16(SB)/4, $(0x1.03c1b8p-2)  // cosC1
DATA cosConstants<>+20(SB)/4, $(0x1.03c1b8p-2)  // cosC1
DATA cosConstants<>+24(SB)/4, $(0x1.03c1b8p-2)  // cosC1
DATA cosConstants<>+28(SB)/4, $(0x1.03c1b8p-2)  // cosC1
DATA cosConstants<>+32(SB)/4, $(-0x1.3bd3ccp+0) // cosC0
DATA cosConstants<>+36(SB)/4, $(-0x1.3bd3ccp+0) // cosC0
DATA cosConstants<>+40(SB)/4, $(-0x1.3bd3ccp+0) // cosC0
DATA cosConstants<>+44(SB)/4, $(-0x1.3bd3ccp+0) // cosC0
GLOBL cosConstants<>(SB), RODATA|NOPTR, $48

// func SampleGroups(w, mu, sigma []float32, seed uint64, stream, step, sample, block uint32)
TEXT ·SampleGroups(SB), NOSPLIT, $256-96
	MOVD  w_base+0(FP), R0
	MOVD  w_len+8(FP), R2
	MOVD  mu_base+24(FP), R1
	MOVD  sigma_base+48(FP), R3
	MOVD  seed+72(FP), R8
	LSR   $32, R8, R12
	MOVWU stream+80(FP), R5
	MOVWU step+84(FP), R6
	MOVWU sample+88(FP), R7
	MOVWU block+92(FP), R4

group:
	SUBS $64, R2, R2
	BLT  done
	MOVD $words-256(SP), R9
	PHILOX(round)
	LOADBOXMULLER
	MOVD $2, R11

rows:
	MOVD $2, R10

vectors:
	BOXMULLER(SAMPLE)
	FORWARD(32)
	SUBS  $1, R10, R10
	BNE   vectors
	FORWARD(64)
	SUBS  $1, R11, R11
	BNE   rows
	B     group

done:
	RET

// func SampleKeepGroups(w, mu, sigma []float32, seed uint64, stream, step, sample, block uint32, noise *float32)
TEXT ·SampleKeepGroups(SB), NOSPLIT, $256-104
	MOVD  w_base+0(FP), R0
	MOVD  w_len+8(FP), R2
	MOVD  mu_base+24(FP), R1
	MOVD  sigma_base+48(FP), R3
	MOVD  seed+72(FP), R8
	LSR   $32, R8, R12
	MOVWU stream+80(FP), R5
	MOVWU step+84(FP), R6
	MOVWU sample+88(FP), R7
	MOVWU block+92(FP), R4
	MOVD  noise+96(FP), R15

group:
	SUBS $64, R2, R2
	BLT  done
	MOVD $words-256(SP), R9
	PHILOX(round)
	LOADBOXMULLER
	MOVD $2, R11

rows:
	MOVD $2, R10

vectors:
	BOXMULLER(SAMPLEKEEP)
	FORWARD(32)
	ADD   $32, R15, R15
	SUBS  $1, R10, R10
	BNE   vectors
	FORWARD(64)
	ADD   $64, R15, R15
	SUBS  $1, R11, R11
	BNE   rows
	B     group

done:
	RET

// func SampleGradGroups(dMu, dSigma, dw []float32, seed uint64, stream, step, sample, block uint32)
TEXT ·SampleGradGroups(SB), NOSPLIT, $256-96
	MOVD  dMu_base+0(FP), R0
	MOVD  dSigma_base+24(FP), R1
	MOVD  dw_base+48(FP), R3
	MOVD  dw_len+56(FP), R2
	MOVD  seed+72(FP), R8
	LSR   $32, R8, R12
	MOVWU stream+80(FP), R5
	MOVWU step+84(FP), R6
	MOVWU sample+88(FP), R7
	MOVWU block+92(FP), R4

group:
	SUBS $64, R2, R2
	BLT  done
	MOVD $words-256(SP), R9
	PHILOX(round)
	LOADBOXMULLER
	MOVD $2, R11

rows:
	MOVD $2, R10

vectors:
	BOXMULLER(GRADIENT)
	FORWARD(32)
	SUBS  $1, R10, R10
	BNE   vectors
	FORWARD(64)
	SUBS  $1, R11, R11
	BNE   rows
	B     group

done:
	RET
