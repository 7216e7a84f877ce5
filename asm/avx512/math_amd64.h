// The functions of internal/ref on the sixteen float32 of a register, and the constants they use.
// Every macro is the specification's sequence of operations: products and sums are rounded
// separately but where the product is exact, which a fused instruction cannot tell.
// Arguments are registers; those not named as results are clobbered unless the macro says otherwise.
// No macro uses K1, the mask of the elements in range.
//
// The longer functions are cut into stages of some ten instructions, all with the parameters
// (x, y, f, k, v, t, m): x → y, temporaries, a mask. F_STAGES(each) lists them. One register after
// the other is F_STAGES(ONE); F_STAGES(FOUR) takes each stage for four registers side by side,
// because one is a chain of dependent instructions too long for the processor to look beyond.

// Constants for embedded broadcasts; math_amd64.s holds the values.
#define expHigh      ·math32+0(SB)
#define expLow       ·math32+4(SB)
#define log2E        ·math32+8(SB)
#define ln2High      ·math32+12(SB)
#define ln2Low       ·math32+16(SB)
#define expC2        ·math32+20(SB)
#define expC3        ·math32+24(SB)
#define expC4        ·math32+28(SB)
#define expC5        ·math32+32(SB)
#define expC6        ·math32+36(SB)
#define one          ·math32+40(SB)
#define two          ·math32+44(SB)
#define half         ·math32+48(SB)
#define quarter      ·math32+52(SB)
#define minusTwo     ·math32+56(SB)
#define minNormal    ·math32+60(SB)
#define twoTo23      ·math32+64(SB)
#define minus23      ·math32+68(SB)
#define twoThirds    ·math32+72(SB)
#define mantissaMask ·math32+76(SB)
#define exponentMask ·math32+80(SB)
#define logSpecial   ·math32+84(SB)
#define logC0        ·math32+88(SB)
#define logC1        ·math32+92(SB)
#define logC2        ·math32+96(SB)
#define logC3        ·math32+100(SB)
#define logC4        ·math32+104(SB)
#define logC5        ·math32+108(SB)
#define logC6        ·math32+112(SB)
#define logC7        ·math32+116(SB)
#define fourBits     ·math32+120(SB)
#define signMask     ·math32+124(SB)
#define absMask      ·math32+128(SB)
#define fiveEighths  ·math32+132(SB)
#define tanhC0       ·math32+136(SB)
#define tanhC1       ·math32+140(SB)
#define tanhC2       ·math32+144(SB)
#define tanhC3       ·math32+148(SB)
#define tanhC4       ·math32+152(SB)
#define sinC0        ·math32+156(SB)
#define sinC1        ·math32+160(SB)
#define sinC2        ·math32+164(SB)
#define sinC3        ·math32+168(SB)
#define cosC0        ·math32+172(SB)
#define cosC1        ·math32+176(SB)
#define cosC2        ·math32+180(SB)
#define cosC3        ·math32+184(SB)
#define twoToMinus32 ·math32+188(SB)
#define twoToMinus33 ·math32+192(SB)
#define bit29        ·math32+196(SB)
#define bit30        ·math32+200(SB)
#define philoxM0     ·math32+204(SB)
#define philoxM1     ·math32+208(SB)
#define sigmaMin     ·math32+212(SB)
#define fourThirds   ·math32+216(SB)

// The head of a loop over CX elements, sixteen at a time: K1 = those in range, all sixteen but in
// the last turn. FIRST goes before it, JMP next ends the body. Clobbers AX.
#define FIRST \
	KXNORW K1, K1, K1

#define NEXT(next, full, done) \
next: \
	SUBQ  $16, CX       \
	JGE   full          \
	ADDQ  $16, CX       \
	JEQ   done          \
	MOVL  $1, AX        \
	SHLL  CX, AX        \
	DECL  AX            \
	KMOVW AX, K1        \
	XORL  CX, CX        \
full:

// p = p·x + c, rounded twice.
#define HORNER(c, x, p) \
	VMULPS      x, p, p \
	VADDPS.BCST c, p, p

// e^x for −105 ≤ x ≤ 89 or NaN, in two stages: x = n·ln 2 + r; then p(r)·2^n.
#define EXP_REDUCE(x, n, t) \
	VMULPS.BCST       log2E, x, n   \
	VRNDSCALEPS       $8, n, n      \ // nearest integer, ties to even
	VFNMADD231PS.BCST ln2High, n, x \ // x −= n·ln2High, exact
	VMULPS.BCST       ln2Low, n, t  \
	VSUBPS            t, x, x

#define EXP_POLY(x, n, p, t) \
	VMULPS.BCST expC6, x, p \
	VADDPS.BCST expC5, p, p \
	HORNER(expC4, x, p)     \
	HORNER(expC3, x, p)     \
	HORNER(expC2, x, p)     \
	VMULPS      x, x, t     \
	VMULPS      t, p, p     \
	VADDPS      x, p, p     \
	VADDPS.BCST one, p, p   \
	VSCALEFPS   n, p, x       // rounded once

// x = e^x.
#define EXP(x, n, p, t) \
	VBROADCASTSS expHigh, n \
	VBROADCASTSS expLow, p  \
	VMINPS       x, n, x    \ // NaN stays
	VMAXPS       x, p, x    \
	EXP_REDUCE(x, n, p)     \
	EXP_POLY(x, n, p, t)

// x = 2^k·(1 + f) for a positive normal x, which is kept.
#define LOG_SPLIT(x, f, k) \
	VPSUBD.BCST twoThirds, x, k    \
	VPANDD.BCST mantissaMask, k, f \
	VPADDD.BCST twoThirds, f, f    \
	VSUBPS.BCST one, f, f          \
	VPSRAD      $23, k, k          \
	VCVTDQ2PS   k, k

// p = f³·(logC0 + logC1·f + …), v = f², in two stages.
#define LOG1P_TERMS_A(f, p, v) \
	VMULPS      f, f, v     \
	VMULPS.BCST logC7, f, p \
	VADDPS.BCST logC6, p, p \
	HORNER(logC5, f, p)     \
	HORNER(logC4, f, p)     \
	HORNER(logC3, f, p)

#define LOG1P_TERMS_B(f, p, v) \
	HORNER(logC2, f, p)     \
	HORNER(logC1, f, p)     \
	HORNER(logC0, f, p)     \
	VMULPS      f, p, p     \
	VMULPS      v, p, p

// p = log(1 + f) + k·ln 2 from there.
#define LOG1P_END(f, k, p, v, t) \
	VMULPS.BCST       ln2Low, k, t  \
	VADDPS            t, p, p       \
	VFNMADD231PS.BCST half, v, p    \ // p −= v/2, exact
	VADDPS            f, p, p       \
	VFMADD231PS.BCST  ln2High, k, p   // p += k·ln2High, exact

#define LOG1P_POLY(f, k, p, v, t) \
	LOG1P_TERMS_A(f, p, v)    \
	LOG1P_TERMS_B(f, p, v)    \
	LOG1P_END(f, k, p, v, t)

#define ONE(stage) \
	stage(Z0, Z1, Z2, Z3, Z4, Z5, K2)

#define FOUR(stage) \
	stage(Z0, Z1, Z2, Z3, Z4, Z5, K2)       \
	stage(Z6, Z7, Z8, Z9, Z10, Z11, K3)     \
	stage(Z12, Z13, Z14, Z15, Z16, Z17, K4) \
	stage(Z18, Z19, Z20, Z21, Z22, Z23, K5)

// x = e^x.
#define EXP_A(x, y, f, k, v, t, m) \
	EXP(x, f, k, t)

#define EXP_STAGES(each) each(EXP_A)

// y = log x. x is kept.
#define LOG_A(x, y, f, k, v, t, m) \
	VCMPPS.BCST $1, minNormal, x, m  \ // x < minNormal
	VMOVAPS     x, y                 \
	VMULPS.BCST twoTo23, x, m, y     \
	LOG_SPLIT(y, f, k)               \
	VADDPS.BCST minus23, k, m, k

#define LOG_B(x, y, f, k, v, t, m) \
	LOG1P_TERMS_A(f, y, v)

#define LOG_C(x, y, f, k, v, t, m) \
	LOG1P_TERMS_B(f, y, v)

#define LOG_D(x, y, f, k, v, t, m) \
	LOG1P_END(f, k, y, v, t)              \
	VFIXUPIMMPS.BCST $0, logSpecial, x, y   // ±0, negative, +Inf, NaN

#define LOG_STAGES(each) each(LOG_A); each(LOG_B); each(LOG_C); each(LOG_D)

#define LOG(x, y, f, k, v, t) \
	LOG_A(x, y, f, k, v, t, K2) \
	LOG_B(x, y, f, k, v, t, K2) \
	LOG_C(x, y, f, k, v, t, K2) \
	LOG_D(x, y, f, k, v, t, K2)

// y = log(1 + x). x is kept.
#define LOG1P_A(x, y, f, k, v, t, m) \
	VADDPS.BCST  one, x, t          \
	VPSUBD.BCST  twoThirds, t, k    \
	VPANDD.BCST  exponentMask, k, v \ // e
	VPSRAD       $23, k, k          \
	VCVTDQ2PS    k, k               \
	VPSUBD       v, x, f            \ // 2^−k·x
	VPBROADCASTD fourBits, t        \
	VPSUBD       v, t, t            \ // 4·2^−k
	VMULPS.BCST  quarter, t, t      \
	VSUBPS.BCST  one, t, t          \
	VADDPS       t, f, f

#define LOG1P_D(x, y, f, k, v, t, m) \
	LOG1P_END(f, k, y, v, t)               \
	VADDPS.BCST      one, x, t             \
	VFIXUPIMMPS.BCST $0, logSpecial, t, y  \ // by 1 + x
	VPTERNLOGD.BCST  $0xf8, signMask, x, y   // y | x & sign, for −0

#define LOG1P_STAGES(each) each(LOG1P_A); each(LOG_B); each(LOG_C); each(LOG1P_D)

// y = tanh x. x is kept.
#define TANH_A(x, y, f, k, v, t, m) \
	VPANDD.BCST  absMask, x, f          \
	VCMPPS.BCST  $1, fiveEighths, f, m  \ // |x| < 5/8
	VADDPS       f, f, y                \
	VBROADCASTSS expHigh, k             \
	VMINPS       y, k, y                \
	EXP_REDUCE(y, k, v)

#define TANH_B(x, y, f, k, v, t, m) \
	EXP_POLY(y, k, v, t)                \
	VADDPS.BCST  one, y, y              \
	VBROADCASTSS two, t                 \
	VDIVPS       y, t, t                \
	VBROADCASTSS one, k                 \
	VSUBPS       t, k, y

#define TANH_C(x, y, f, k, v, t, m) \
	VMULPS          f, f, k             \
	VMULPS.BCST     tanhC4, k, v        \
	VADDPS.BCST     tanhC3, v, v        \
	HORNER(tanhC2, k, v)                \
	HORNER(tanhC1, k, v)                \
	HORNER(tanhC0, k, v)                \
	VMULPS          k, f, k             \
	VMULPS          v, k, v             \
	VADDPS          f, v, m, y          \
	VPTERNLOGD.BCST $0xf8, signMask, x, y // y | x & sign

#define TANH_STAGES(each) each(TANH_A); each(TANH_B); each(TANH_C)

// y = max(x, 0) + log(1 + e^−|x|). x is kept. f = e, then log1p has k = 1 where 1 + e ≥ 4/3,
// else k = 0: all products with k and 2^−k are exact.
#define SOFTPLUS_A(x, y, f, k, v, t, m) \
	VPORD.BCST   signMask, x, f \
	VBROADCASTSS expLow, v      \
	VMAXPS       f, v, f        \
	EXP_REDUCE(f, k, v)

#define SOFTPLUS_B(x, y, f, k, v, t, m) \
	EXP_POLY(f, k, v, t)                     \
	VADDPS.BCST       one, f, v              \
	VBROADCASTSS      half, t                \
	VCMPPS.BCST       $13, fourThirds, v, m  \ // v ≥ 4/3
	VFMSUB213PS       t, t, m, f               // f/2 − 1/2

#define SOFTPLUS_D(x, y, f, k, v, t, m) \
	VADDPS.BCST       ln2Low, y, m, y  \
	VFNMADD231PS.BCST half, v, y       \
	VADDPS            f, y, y          \
	VADDPS.BCST       ln2High, y, m, y \
	VPXORD            t, t, t          \
	VMAXPS            x, t, t          \ // NaN stays
	VADDPS            t, y, y

#define SOFTPLUS_STAGES(each) each(SOFTPLUS_A); each(SOFTPLUS_B); each(LOG_B); each(LOG_C); each(SOFTPLUS_D)

// y = 1/(1 + e^−x), for negative x computed as e^x/(1 + e^x). x is kept.
#define SIGMOID_A(x, y, f, k, v, t, m) \
	VPORD.BCST   signMask, x, f \
	VBROADCASTSS expLow, v      \
	VMAXPS       f, v, f        \
	EXP_REDUCE(f, k, v)

#define SIGMOID_B(x, y, f, k, v, t, m) \
	EXP_POLY(f, k, v, t)      \
	VPXORD       t, t, t      \
	VCMPPS       $1, t, x, m  \ // x < 0
	VBROADCASTSS one, k       \
	VADDPS       k, f, t      \
	VMOVAPS      f, m, k      \
	VDIVPS       t, k, y

#define SIGMOID_STAGES(each) each(SIGMOID_A); each(SIGMOID_B)

// s, c = sine and cosine of 2π·w/2^32. Uses K2.
#define SINCOS(w, s, c, t, v) \
	VPSLLD          $2, w, t               \ // the rest in quarter turns, times 2^32
	VCVTDQ2PS       t, t                   \
	VMULPS.BCST     twoToMinus32, t, t     \
	VMULPS          t, t, v                \
	VMULPS.BCST     sinC3, v, s            \
	VMULPS.BCST     cosC3, v, c            \
	VADDPS.BCST     sinC2, s, s            \
	VADDPS.BCST     cosC2, c, c            \
	HORNER(sinC1, v, s)                    \
	HORNER(cosC1, v, c)                    \
	HORNER(sinC0, v, s)                    \
	HORNER(cosC0, v, c)                    \
	VPADDD.BCST     bit29, w, w            \ // the quarter q in bits 31 and 30
	HORNER(one, v, c)                      \
	VMULPS          t, s, t                \ // the sine
	VPTESTMD.BCST   bit30, w, K2           \ // q odd: swap
	VPADDD.BCST     bit30, w, v            \ // q + 1
	VMOVAPS         t, s                   \
	VMOVAPS         c, K2, s               \
	VMOVAPS         t, K2, c               \
	VPTERNLOGD.BCST $0x78, signMask, w, s  \ // s ^ w & sign
	VPTERNLOGD.BCST $0x78, signMask, v, c

// a = the uint32 as a float32, rounded once. Bochs 2.7, in which internal/bochs runs these kernels,
// forgets the last bit of numbers from 2^31 on before it rounds: there the halves are converted.
#ifdef BOCHS
#define FLOAT(a, f, k) \
	VPSRLD    $16, a, f \
	VPSLLD    $15, f, f \
	VPSLLD    $16, a, k \
	VPSRLD    $16, k, k \
	VCVTDQ2PS f, f      \
	VCVTDQ2PS k, k      \
	VADDPS    f, f, f   \
	VADDPS    k, f, a
#else
#define FLOAT(a, f, k) \
	VCVTUDQ2PS a, a
#endif

// a, b = √(−2 log u)·(cos φ, sin φ) with u = (a + ½)/2^32, φ = 2π·b/2^32. Uses K2.
#define BOX_MULLER(a, b, f, k, p, v, t) \
	FLOAT(a, f, k)                         \
	VMULPS.BCST      twoToMinus32, a, a    \
	VADDPS.BCST      twoToMinus33, a, a    \
	LOG_SPLIT(a, f, k)                     \
	LOG1P_POLY(f, k, p, v, t)              \
	VMULPS.BCST      minusTwo, p, p        \
	VSQRTPS          p, p                  \
	SINCOS(b, f, k, t, v)                  \
	VMULPS           k, p, a               \
	VMULPS           f, p, b

// The sixteen float64 lanes of a sum, 0 … 7 in a and 8 … 15 in b.
#define CLEAR64(a, b) \
	VPXORQ a, a, a \
	VPXORQ b, b, b

// a, b += float64(x) where K1. y0 is the lower half of x, y1 of z1. Uses K3.
#define ADD64(x, y0, y1, z1, z2, a, b) \
	KSHIFTRW      $8, K1, K7    \
	VEXTRACTF32X8 $1, x, y1     \
	VCVTPS2PD     y0, z2        \
	VCVTPS2PD     y1, z1        \
	VADDPD        z2, a, K1, a  \
	VADDPD        z1, b, K7, b

// za's lowest lane = the sum of all lanes by the tree 16 → 8 → 4 → 2 → 1.
#define TREE64(za, ya, xa, zb, yb, xb) \
	VADDPD        zb, za, za    \
	VEXTRACTF64X4 $1, za, yb    \
	VADDPD        yb, ya, ya    \
	VEXTRACTF64X2 $1, ya, xb    \
	VADDPD        xb, xa, xa    \
	VPERMILPD     $1, xa, xb    \
	VADDSD        xb, xa, xa

// The same for sixteen float32 lanes.
#define TREE32(za, ya, xa, yt, xt) \
	VEXTRACTF32X8 $1, za, yt    \
	VADDPS        yt, ya, ya    \
	VEXTRACTF32X4 $1, ya, xt    \
	VADDPS        xt, xa, xa    \
	VPERMILPD     $1, xa, xt    \
	VADDPS        xt, xa, xa    \
	VMOVSHDUP     xa, xt        \
	VADDSS        xt, xa, xa
