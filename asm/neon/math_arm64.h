// exp and log of internal/ref, four float32 at a time, as macros on fixed registers. The operations
// and their order are those of ref.Exp, ref.log1pPoly and so on, with every product rounded before
// its sum; see there for the method. Include simd_arm64.h first. Constants: math_arm64.s.
//
// Registers:
//   V0         argument and result                V20        1 (one)
//   V1 … V4    clobbered                          V21, V22   ln 2, high and low part
//   V5 … V7    free for the kernel                V23 … V31  the other constants of EXP or of LOG,
//   V8 … V17   LOG1PPOLY's and LOG's constants               or free
//   V18, V19   LOG1PFINITE's, or free

// V20 … V31 = 1, ln2High, ln2Low, log2E, roundInt, C2, C3, C4, C5, C6, expLow, expHigh.
#define LOADEXP(r) \
	MOVD    $·expConstants(SB), r                       \
	VLD4R.P 16(r), [V20.S4, V21.S4, V22.S4, V23.S4]     \
	VLD4R.P 16(r), [V24.S4, V25.S4, V26.S4, V27.S4]     \
	VLD4R   (r), [V28.S4, V29.S4, V30.S4, V31.S4]

// V8 … V17 = logC0 … logC7, ½, the bits of ⅔.
#define LOADLOG1PPOLY(r) \
	MOVD    $·logConstants(SB), r                       \
	VLD4R.P 16(r), [V8.S4, V9.S4, V10.S4, V11.S4]       \
	VLD4R.P 16(r), [V12.S4, V13.S4, V14.S4, V15.S4]     \
	VLD2R   (r), [V16.S4, V17.S4]

// And V20 … V29 = 1, ln2High, ln2Low, mantissaMask, minNormal, 2²³, −23, −Inf, NaN, +Inf.
#define LOADLOG(r) \
	LOADLOG1PPOLY(r)                                    \
	MOVD    $·log2Constants(SB), r                      \
	VLD4R.P 16(r), [V20.S4, V21.S4, V22.S4, V23.S4]     \
	VLD4R.P 16(r), [V24.S4, V25.S4, V26.S4, V27.S4]     \
	VLD2R   (r), [V28.S4, V29.S4]

// And V18, V19 = 4, ¼; V20 … V22 are LOADEXP's or LOADLOG's.
#define LOADLOG1PFINITE(r) \
	MOVD    $·log1pConstants(SB), r                     \
	VLD2R   (r), [V18.S4, V19.S4]

// V0 = exp V0.
#define EXP \
	VFMIN_S4(31, 0, 0)          /* x = min(x, expHigh)       */ \
	EXPBELOW

// V0 = exp V0 for V0 ≤ expHigh; V31 is free.
#define EXPBELOW \
	VFMAX_S4(30, 0, 0)          /* x = max(x, expLow)        */ \
	VFMUL_S4(23, 0, 1)                                          \
	VFADD_S4(24, 1, 1)          /* t = x·log2E + roundInt    */ \
	VFSUB_S4(24, 1, 2)          /* n = t - roundInt          */ \
	VFMUL_S4(21, 2, 3)                                          \
	VFSUB_S4(3, 0, 0)                                           \
	VFMUL_S4(22, 2, 3)                                          \
	VFSUB_S4(3, 0, 0)           /* r = x - n·ln2             */ \
	VFMUL_S4(0, 29, 2)                                          \
	VFADD_S4(28, 2, 2)          /* p = C6·r + C5             */ \
	VFMUL_S4(0, 2, 2)                                           \
	VFADD_S4(27, 2, 2)          /* p = p·r + C4              */ \
	VFMUL_S4(0, 2, 2)                                           \
	VFADD_S4(26, 2, 2)          /* p = p·r + C3              */ \
	VFMUL_S4(0, 2, 2)                                           \
	VFADD_S4(25, 2, 2)          /* p = p·r + C2              */ \
	VFMUL_S4(0, 0, 3)                                           \
	VFMUL_S4(3, 2, 2)                                           \
	VFADD_S4(0, 2, 2)                                           \
	VFADD_S4(20, 2, 2)          /* p = r²·p + r + 1          */ \
	VSUB      V24.S4, V1.S4, V1.S4     /* k = t - roundInt   */ \
	VSSHR_S4(1, 1, 3)           /* half = k >> 1             */ \
	VSUB      V3.S4, V1.S4, V1.S4                               \
	VSHL      $23, V3.S4, V3.S4                                 \
	VSHL      $23, V1.S4, V1.S4                                 \
	VADD      V20.S4, V3.S4, V3.S4     /* 2^half             */ \
	VADD      V20.S4, V1.S4, V1.S4     /* 2^(k - half)       */ \
	VFMUL_S4(3, 2, 0)                                           \
	VFMUL_S4(1, 0, 0)

// V0 = log(1 + f) + k·ln 2 for f = V1, |f| ≤ 1/3, and a whole number k = V2, which stay.
#define LOG1PPOLY \
	VFMUL_S4(1, 1, 3)           /* v = f²                    */ \
	VFMUL_S4(1, 15, 0)                                          \
	VFADD_S4(14, 0, 0)          /* p = C7·f + C6             */ \
	VFMUL_S4(1, 0, 0)                                           \
	VFADD_S4(13, 0, 0)                                          \
	VFMUL_S4(1, 0, 0)                                           \
	VFADD_S4(12, 0, 0)                                          \
	VFMUL_S4(1, 0, 0)                                           \
	VFADD_S4(11, 0, 0)                                          \
	VFMUL_S4(1, 0, 0)                                           \
	VFADD_S4(10, 0, 0)                                          \
	VFMUL_S4(1, 0, 0)                                           \
	VFADD_S4(9, 0, 0)                                           \
	VFMUL_S4(1, 0, 0)                                           \
	VFADD_S4(8, 0, 0)           /* p = p·f + C0              */ \
	VFMUL_S4(1, 0, 0)                                           \
	VFMUL_S4(3, 0, 0)           /* p = p·f·v                 */ \
	VFMUL_S4(22, 2, 4)                                          \
	VFADD_S4(4, 0, 0)           /* p += k·ln2Low             */ \
	VFMUL_S4(16, 3, 4)                                          \
	VFSUB_S4(4, 0, 0)           /* p -= ½v                   */ \
	VFADD_S4(0, 1, 0)                                           \
	VFMUL_S4(21, 2, 4)                                          \
	VFADD_S4(4, 0, 0)           /* k·ln2High + (f + p)       */

// V1, V2 = f, k with V0 = 2ᵏ(1 + f), for positive normal V0.
#define LOGSPLIT \
	VSUB      V17.S4, V0.S4, V0.S4     /* b = bits - ⅔'s     */ \
	VAND      V23.B16, V0.B16, V1.B16                           \
	VADD      V17.S4, V1.S4, V1.S4                              \
	VFSUB_S4(20, 1, 1)          /* f = mantissa - 1          */ \
	VSSHR_S4(23, 0, 2)                                          \
	VSCVTF_S4(2, 2)             /* k = b >> 23               */

// V0 = log V0; the argument stays in V5, and V6 is clobbered.
#define LOG \
	VMOV      V0.B16, V5.B16                                    \
	VFCMGT_S4(5, 24, 6)         /* x < minNormal?            */ \
	VFMUL_S4(25, 5, 1)                                          \
	VBIT      V6.B16, V1.B16, V0.B16   /* y = x·2²³          */ \
	VAND      V26.B16, V6.B16, V6.B16  /* k = -23            */ \
	LOGSPLIT                                                    \
	VFADD_S4(2, 6, 2)                                           \
	LOG1PPOLY                                                   \
	VFCMEQ0_S4(5, 1)                                            \
	VBIT      V1.B16, V27.B16, V0.B16  /* log 0 = -Inf       */ \
	VFCMLT0_S4(5, 1)                                            \
	VBIT      V1.B16, V28.B16, V0.B16  /* log -1 = NaN       */ \
	VFCMGT_S4(5, 29, 1)                                         \
	VBIF      V1.B16, V5.B16, V0.B16   /* log Inf, log NaN   */

// V0 = log(1 + V0) for -1 < V0 < Inf, but for the sign of -0.
#define LOG1PFINITE \
	VFADD_S4(20, 0, 2)                                          \
	VSUB      V17.S4, V2.S4, V2.S4                              \
	VSSHR_S4(23, 2, 2)          /* k, the exponent of 1 + x  */ \
	VSHL      $23, V2.S4, V3.S4                                 \
	VSUB      V3.S4, V18.S4, V4.S4     /* 4·2⁻ᵏ              */ \
	VSUB      V3.S4, V0.S4, V1.S4      /* 2⁻ᵏ·x              */ \
	VFMUL_S4(19, 4, 4)                                          \
	VFSUB_S4(20, 4, 4)                                          \
	VFADD_S4(4, 1, 1)           /* f = 2⁻ᵏ·x + (2⁻ᵏ - 1)     */ \
	VSCVTF_S4(2, 2)                                             \
	LOG1PPOLY

// V0 = log(1 + exp V0); V31 = sign bit; V5 and V6 are clobbered.
#define SOFTPLUS \
	VMOV     V0.B16, V5.B16                                     \
	VORR     V31.B16, V0.B16, V0.B16                            \
	EXPBELOW                    /* exp -|x|                  */ \
	LOG1PFINITE                                                 \
	VEOR     V6.B16, V6.B16, V6.B16                             \
	VFMAX_S4(6, 5, 6)           /* max(x, 0)                 */ \
	VFADD_S4(0, 6, 0)

// V0 = 1/(1 + exp -V0); V31 = sign bit; the argument stays in V5.
#define SIGMOID \
	VMOV     V0.B16, V5.B16                                     \
	VORR     V31.B16, V0.B16, V0.B16                            \
	EXPBELOW                    /* e = exp -|x|              */ \
	VFCMLT0_S4(5, 1)                                            \
	VMOV     V20.B16, V2.B16                                    \
	VBIT     V1.B16, V0.B16, V2.B16    /* x < 0 ? e : 1      */ \
	VFADD_S4(20, 0, 0)                                          \
	VFDIV_S4(0, 2, 0)           /* over 1 + e                */

// V31 = the sign bit.
#define LOADSIGN(r) \
	MOVD $0x80000000, r                                 \
	VDUP r, V31.S4

// The first, second and third lane of v from or to p, as many as R2 mod 4 says (not 0).
#define LOADPART(p, v) \
	VLD1.P 4(p), v.S[0]   \
	TBZ    $1, R2, 4(PC)  \
	VLD1.P 4(p), v.S[1]   \
	TBZ    $0, R2, 2(PC)  \
	VLD1.P 4(p), v.S[2]

#define STOREPART(v, p) \
	VST1.P v.S[0], 4(p)   \
	TBZ    $1, R2, 4(PC)  \
	VST1.P v.S[1], 4(p)   \
	TBZ    $0, R2, 2(PC)  \
	VST1.P v.S[2], 4(p)

// F0 = the sum of sixteen float64 lanes in V0 … V7: lane l and l + 8, then 4, 2 and 1.
#define TREE64 \
	VFADD_D2(4, 0, 0)     \
	VFADD_D2(5, 1, 1)     \
	VFADD_D2(6, 2, 2)     \
	VFADD_D2(7, 3, 3)     \
	VFADD_D2(2, 0, 0)     \
	VFADD_D2(3, 1, 1)     \
	VFADD_D2(1, 0, 0)     \
	VDUP  V0.D[1], V1.D2  \
	FADDD F1, F0

// F0 = the sum of sixteen float32 lanes in V0 … V3, likewise.
#define TREE32 \
	VFADD_S4(2, 0, 0)     \
	VFADD_S4(3, 1, 1)     \
	VFADD_S4(1, 0, 0)     \
	VDUP  V0.D[1], V1.D2  \
	VFADD_S4(1, 0, 0)     \
	VDUP  V0.S[1], V1.S4  \
	FADDS F1, F0

// v = all ones in the first R2 mod 4 lanes, else zero; clobbers r1 and r2.
#define PARTMASK(r1, r2, v) \
	AND   $3, R2, r1               \
	MOVD  $·partMasks(SB), r2      \
	ADD   r1<<4, r2, r2            \
	VLD1  (r2), [v.S4]

// Sixteen float64 zeros at p; clobbers r and V0 … V3.
#define CLEARLANES64(p, r) \
	MOVD   p, r                                      \
	VEOR   V0.B16, V0.B16, V0.B16                    \
	VEOR   V1.B16, V1.B16, V1.B16                    \
	VEOR   V2.B16, V2.B16, V2.B16                    \
	VEOR   V3.B16, V3.B16, V3.B16                    \
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(r)       \
	VST1   [V0.D2, V1.D2, V2.D2, V3.D2], (r)

// One round of Philox4x32-10 for four blocks; n0 and n2 are the numbers of c0 and c2. V16 … V19 are the
// products, V20, V21 the multipliers, V22 and V23 the key.
#define PHILOXROUND(c0, c1, c2, c3, n0, n2) \
	VUMULL_D2(20, n0, 16)                   /* p = M0·c0             */ \
	VUMULL2_D2(20, n0, 17)                                              \
	VUMULL_D2(21, n2, 18)                   /* q = M1·c2             */ \
	VUMULL2_D2(21, n2, 19)                                              \
	VUZP2 V19.S4, V18.S4, c0.S4             /* c0 = high q ^ c1 ^ k0 */ \
	VEOR  c1.B16, c0.B16, c0.B16                                        \
	VEOR  V22.B16, c0.B16, c0.B16                                       \
	VUZP1 V19.S4, V18.S4, c1.S4             /* c1 = low q            */ \
	VUZP2 V17.S4, V16.S4, c2.S4             /* c2 = high p ^ c3 ^ k1 */ \
	VEOR  c3.B16, c2.B16, c2.B16                                        \
	VEOR  V23.B16, c2.B16, c2.B16                                       \
	VUZP1 V17.S4, V16.S4, c3.S4             /* c3 = low p            */

// V20 … V25 = the multipliers, the key in the registers low and high, its increments (V24, V25).
#define LOADPHILOX(low, high, r) \
	MOVD  $·philoxConstants+64(SB), r                                   \
	VLD4R (r), [V20.S4, V21.S4, V22.S4, V23.S4]                         \
	VMOV  V22.B16, V24.B16                                              \
	VMOV  V23.B16, V25.B16                                              \
	VDUP  low, V22.S4                                                   \
	VDUP  high, V23.S4
