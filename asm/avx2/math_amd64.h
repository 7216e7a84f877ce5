// The functions of internal/ref on the eight float32 of a register, and the constants they use.
// Every macro is the specification's sequence of operations: products and sums are rounded
// separately but where the product is exact, which a fused instruction cannot tell.
// Arguments are registers; those not named as results are clobbered unless the macro says otherwise.
// No macro uses Y15, the mask of the elements in range.

// Constants, eight copies each; math_amd64.s holds the values.
#define expHigh       ·math32+32*0
#define expLow        ·math32+32*1
#define log2E         ·math32+32*2
#define ln2High       ·math32+32*3
#define ln2Low        ·math32+32*4
#define expC2         ·math32+32*5
#define expC3         ·math32+32*6
#define expC4         ·math32+32*7
#define expC5         ·math32+32*8
#define expC6         ·math32+32*9
#define one           ·math32+32*10
#define two           ·math32+32*11
#define half          ·math32+32*12
#define quarter       ·math32+32*13
#define minusTwo      ·math32+32*14
#define minNormal     ·math32+32*15
#define twoTo23       ·math32+32*16
#define minus23       ·math32+32*17
#define twoThirds     ·math32+32*18
#define mantissaMask  ·math32+32*19
#define exponentMask  ·math32+32*20
#define logC0         ·math32+32*21
#define logC1         ·math32+32*22
#define logC2         ·math32+32*23
#define logC3         ·math32+32*24
#define logC4         ·math32+32*25
#define logC5         ·math32+32*26
#define logC6         ·math32+32*27
#define logC7         ·math32+32*28
#define fourBits      ·math32+32*29
#define signMask      ·math32+32*30
#define absMask       ·math32+32*31
#define fiveEighths   ·math32+32*32
#define tanhC0        ·math32+32*33
#define tanhC1        ·math32+32*34
#define tanhC2        ·math32+32*35
#define tanhC3        ·math32+32*36
#define tanhC4        ·math32+32*37
#define sinC0         ·math32+32*38
#define sinC1         ·math32+32*39
#define sinC2         ·math32+32*40
#define sinC3         ·math32+32*41
#define cosC0         ·math32+32*42
#define cosC1         ·math32+32*43
#define cosC2         ·math32+32*44
#define cosC3         ·math32+32*45
#define twoToMinus32  ·math32+32*46
#define twoToMinus33  ·math32+32*47
#define bit29         ·math32+32*48
#define bit30         ·math32+32*49
#define sigmaMin      ·math32+32*50
#define oneExponent   ·math32+32*51
#define infinity      ·math32+32*52
#define minusInfinity ·math32+32*53
#define lowWord       ·math32+32*54
#define highWord      ·math32+32*55
#define wordOffset    ·math32+32*56
#define fourThirds    ·math32+32*57

// The head of a loop over CX elements, eight at a time: Y15 = those in range, all eight but in
// the last turn. FIRST goes before it, JMP next ends the body. Clobbers AX. loads(load) lists the
// loads of a turn; elements out of range are +0. Masked loads do not start the hardware's
// prefetching, so only the last turn has them.
#define FIRST \
	VPCMPEQD Y15, Y15, Y15

#define NEXT(next, full, body, done, loads) \
next: \
	SUBQ    $8, CX                \
	JGE     full                  \
	ADDQ    $8, CX                \
	JEQ     done                  \
	LEAQ    ·inRange+64(SB), AX   \
	SHLQ    $2, CX                \
	SUBQ    CX, AX                \
	VMOVDQU (AX), Y15             \
	XORL    CX, CX                \
	loads(MASKED)                 \
	JMP     body                  \
full: \
	loads(PLAIN)                  \
body:

#define MASKED(at, y) VMASKMOVPS at, Y15, y
#define PLAIN(at, y)  VMOVUPS at, y

// A store of the elements in range. Masked stores are slow, so only the last turn has one.
#define STORE(y, at) \
	TESTQ      CX, CX     \
	JEQ        3(PC)      \
	VMOVUPS    y, at      \
	JMP        2(PC)      \
	VMASKMOVPS y, Y15, at

// p = p·x + c, rounded twice.
#define HORNER(c, x, p) \
	VMULPS x, p, p     \
	VADDPS c(SB), p, p

// x = e^x for −105 ≤ x ≤ 89 or NaN, in three steps.
#define EXP_REDUCE(x, n, p, t) \
	VMULPS       log2E(SB), x, n   \
	VCVTPS2DQ    n, t              \ // k = nearest integer, ties to even
	VCVTDQ2PS    t, n              \
	VFNMADD231PS ln2High(SB), n, x \ // x −= n·ln2High, exact
	VMULPS       ln2Low(SB), n, p  \
	VSUBPS       p, x, x             // r

#define EXP_POLY(x, n, p) \
	VMULPS expC6(SB), x, p \
	VADDPS expC5(SB), p, p \
	HORNER(expC4, x, p)    \
	HORNER(expC3, x, p)    \
	HORNER(expC2, x, p)    \
	EXP_POLY_END(x, n, p)

#define EXP_POLY_END(x, n, p) \
	VMULPS x, x, n         \
	VMULPS n, p, p         \
	VADDPS x, p, p         \
	VADDPS one(SB), p, p

#define EXP_SCALE(x, p, t) \
	VPSRAD $1, t, x              \
	VPSUBD x, t, t               \
	VPSLLD $23, x, x             \
	VPADDD x, p, p               \ // p·2^half, exact; of a NaN half is 0 here
	VPADDD oneExponent(SB), t, t \
	VPSLLD $23, t, t             \
	VMULPS t, p, x                 // ·2^(k−half), rounded once

#define EXP_IN_RANGE(x, n, p, t) \
	EXP_REDUCE(x, n, p, t) \
	EXP_POLY(x, n, p)      \
	EXP_SCALE(x, p, t)

// x = e^x.
#define EXP(x, n, p, t) \
	VMOVUPS expHigh(SB), n \
	VMOVUPS expLow(SB), p  \
	VMINPS  x, n, x        \ // NaN stays
	VMAXPS  x, p, x        \
	EXP_IN_RANGE(x, n, p, t)

// x = 2^k·(1 + f) for a positive normal x, which is kept.
#define LOG_SPLIT(x, f, k) \
	VPSUBD    twoThirds(SB), x, k    \
	VPAND     mantissaMask(SB), k, f \
	VPADDD    twoThirds(SB), f, f    \
	VSUBPS    one(SB), f, f          \
	VPSRAD    $23, k, k              \
	VCVTDQ2PS k, k

// p = f³·(logC0 + logC1·f + …), v = f².
#define LOG1P_TERMS(f, p, v) \
	LOG1P_BEGIN(f, p)      \
	HORNER(logC5, f, p)    \
	HORNER(logC4, f, p)    \
	HORNER(logC3, f, p)    \
	HORNER(logC2, f, p)    \
	HORNER(logC1, f, p)    \
	HORNER(logC0, f, p)    \
	LOG1P_END(f, p, v)

#define LOG1P_BEGIN(f, p) \
	VMULPS logC7(SB), f, p \
	VADDPS logC6(SB), p, p

#define LOG1P_END(f, p, v) \
	VMULPS f, f, v         \
	VMULPS f, p, p         \
	VMULPS v, p, p

// p = log(1 + f) + k·ln 2 from the terms.
#define LOG1P_SUM(f, k, p, v, t) \
	VMULPS       ln2Low(SB), k, t \
	VADDPS       t, p, p          \
	VFNMADD231PS half(SB), v, p   \ // p −= v/2, exact
	VADDPS       f, p, p          \
	VFMADD231PS  ln2High(SB), k, p  // p += k·ln2High, exact

// p = log(1 + f) + k·ln 2.
#define LOG1P_POLY(f, k, p, v, t) \
	LOG1P_TERMS(f, p, v)     \
	LOG1P_SUM(f, k, p, v, t)

// y = log x where x is not a positive finite number. x is kept.
#define LOG_SPECIAL(x, y, v, t) \
	VXORPS    t, t, t                     \
	VCMPPS    $1, t, x, v                 \
	VORPS     v, y, y                     \ // x < 0: NaN
	VCMPPS    $0, t, x, v                 \
	VBLENDVPS v, minusInfinity(SB), y, y  \ // x = 0
	VCMPPS    $5, infinity(SB), x, v      \
	VBLENDVPS v, x, y, y                    // not x < +Inf

// y = log x. x is kept.
#define LOG(x, y, f, k, v, t) \
	VMOVUPS   x, y                    \
	VCMPPS    $1, minNormal(SB), y, t \ // x < minNormal
	VMULPS    twoTo23(SB), y, v       \
	VBLENDVPS t, v, y, y              \
	VANDPS    minus23(SB), t, t       \
	LOG_SPLIT(y, f, k)                \
	VADDPS    t, k, k                 \
	LOG1P_POLY(f, k, y, v, t)         \
	LOG_SPECIAL(x, y, v, t)

// y = log(1 + x) and u = 1 + x, for −1 < x < +Inf; the sign of −0 is lost. x is kept.
#define LOG1P_FINITE(x, y, u, f, k, v, t) \
	VADDPS    one(SB), x, u          \
	VPSUBD    twoThirds(SB), u, k    \
	VPAND     exponentMask(SB), k, v \ // e
	VPSRAD    $23, k, k              \
	VCVTDQ2PS k, k                   \
	VPSUBD    v, x, f                \ // 2^−k·x
	VMOVDQU   fourBits(SB), t        \
	VPSUBD    v, t, t                \ // 4·2^−k
	VMULPS    quarter(SB), t, t      \
	VSUBPS    one(SB), t, t          \
	VADDPS    t, f, f                \
	LOG1P_POLY(f, k, y, v, t)

// y = log(1 + x). x is kept.
#define LOG1P(x, y, u, f, k, v, t) \
	LOG1P_FINITE(x, y, u, f, k, v, t) \
	LOG_SPECIAL(u, y, v, t)           \
	VANDPS signMask(SB), x, v         \
	VORPS  v, y, y                      // for −0

// y = tanh x. x is kept.
#define TANH(x, y, a, n, p, t) \
	VANDPS    absMask(SB), x, a          \
	VADDPS    a, a, y                    \
	VMOVUPS   expHigh(SB), n             \
	VMINPS    y, n, y                    \
	EXP_IN_RANGE(y, n, p, t)             \
	VADDPS    one(SB), y, y              \
	VMOVUPS   two(SB), t                 \
	VDIVPS    y, t, t                    \
	VMOVUPS   one(SB), n                 \
	VSUBPS    t, n, y                    \
	VMULPS    a, a, n                    \
	VMULPS    tanhC4(SB), n, p           \
	VADDPS    tanhC3(SB), p, p           \
	HORNER(tanhC2, n, p)                 \
	HORNER(tanhC1, n, p)                 \
	HORNER(tanhC0, n, p)                 \
	VMULPS    n, a, n                    \
	VMULPS    p, n, p                    \
	VADDPS    a, p, p                    \
	VCMPPS    $1, fiveEighths(SB), a, n  \ // a < 5/8
	VBLENDVPS n, p, y, y                 \
	VANDPS    signMask(SB), x, n         \
	VORPS     n, y, y

// f = −|x|, not below expLow, and the reduction of its exponential; its multiple of ln 2 is k.
#define EXP_NEG_ABS_REDUCE(x, y, f, k, v) \
	VMOVUPS signMask(SB), f \
	VORPS   x, f, f         \
	VMOVUPS expLow(SB), v   \
	VMAXPS  f, v, f         \ // NaN stays
	EXP_REDUCE(f, y, v, k)

// f = e^−|x|.
#define EXP_NEG_ABS(x, y, f, k, v) \
	EXP_NEG_ABS_REDUCE(x, y, f, k, v) \
	EXP_POLY(f, v, y)                 \
	EXP_SCALE(f, y, k)

// y = max(x, 0) + log(1 + e^−|x|). x is kept.
// log1p has k = 1 where 1 + e ≥ 4/3 (the mask k), else k = 0: all products with k and 2^−k are exact.
#define SOFTPLUS(x, y, f, k, v, t) \
	EXP_NEG_ABS(x, y, f, k, v) \
	SOFTPLUS_SPLIT(f, k, v, t) \
	LOG1P_TERMS(f, y, v)       \
	SOFTPLUS_SUM(x, y, f, k, v, t)

// f = e^−|x| → the f of log1p.
#define SOFTPLUS_SPLIT(f, k, v, t) \
	VADDPS      one(SB), f, v              \
	VMOVUPS     half(SB), t                \
	VCMPPS      $13, fourThirds(SB), v, k  \ // v ≥ 4/3
	VFMSUB213PS t, f, t                    \ // f/2 − 1/2
	VBLENDVPS   k, t, f, f

#define SOFTPLUS_SUM(x, y, f, k, v, t) \
	VANDPS       ln2Low(SB), k, t  \
	VADDPS       t, y, y           \
	VFNMADD231PS half(SB), v, y    \
	VADDPS       f, y, y           \
	VANDPS       ln2High(SB), k, t \
	VADDPS       t, y, y           \
	VXORPS       t, t, t           \
	VMAXPS       x, t, t           \ // NaN stays
	VADDPS       t, y, y

// y = 1/(1 + e^−x), for negative x computed as e^x/(1 + e^x). x is kept.
#define SIGMOID(x, y, f, k, v, t) \
	EXP_NEG_ABS(x, y, f, k, v) \
	SIGMOID_DIVIDE(x, y, f, k, v, t)

#define SIGMOID_DIVIDE(x, y, f, k, v, t) \
	VXORPS    t, t, t          \
	VCMPPS    $14, x, t, v     \ // 0 > x
	VMOVUPS   one(SB), k       \
	VADDPS    k, f, t          \
	VBLENDVPS v, f, k, k       \
	VDIVPS    t, k, y

// Softplus and sigmoid can also be taken for eight registers side by side, which is what two of the
// processor's units need to be busy with a polynomial's steps. Then only the polynomials are in
// registers, Y0 … Y7; their arguments and what is said below are in memory at R10, 512 bytes.
#define EIGHT_AT(stage) \
	stage(0, Y0)   \
	stage(32, Y1)  \
	stage(64, Y2)  \
	stage(96, Y3)  \
	stage(128, Y4) \
	stage(160, Y5) \
	stage(192, Y6) \
	stage(224, Y7)

// Y0 … Y7 = Y0 … Y7·x + c.
#define EIGHT_HORNER(c) \
	VMOVUPS c(SB), Y8   \
	EIGHT_AT(EIGHT_STEP)

#define EIGHT_STEP(at, p) \
	VMULPS at(R10), p, p \
	VADDPS Y8, p, p

// EXP_NEG_ABS_REDUCE of the registers at SI: in memory f, and k behind it.
#define EIGHT_REDUCE(at, p) \
	EXP_NEG_ABS_REDUCE(at(SI), p, Y8, Y9, Y10) \
	VMOVUPS Y8, at(R10)      \
	VMOVDQU Y9, 256+at(R10)  \
	VMULPS  expC6(SB), Y8, p \
	VADDPS  expC5(SB), p, p

#define EIGHT_EXP_NEG_ABS \
	EIGHT_AT(EIGHT_REDUCE) \
	EIGHT_HORNER(expC4)    \
	EIGHT_HORNER(expC3)    \
	EIGHT_HORNER(expC2)

// Y8 = e^−|x| from there.
#define EIGHT_SCALE(at, p) \
	VMOVUPS at(R10), Y8      \
	EXP_POLY_END(Y8, Y9, p)  \
	VMOVDQU 256+at(R10), Y9  \
	EXP_SCALE(Y8, p, Y9)

// In memory f, and the mask k behind it.
#define EIGHT_SPLIT(at, p) \
	EIGHT_SCALE(at, p)                \
	SOFTPLUS_SPLIT(Y8, Y9, Y10, Y11)  \
	VMOVUPS Y8, at(R10)               \
	VMOVUPS Y9, 256+at(R10)           \
	LOG1P_BEGIN(Y8, p)

#define EIGHT_SUM(at, p) \
	VMOVUPS at(R10), Y8      \
	VMOVUPS 256+at(R10), Y9  \
	LOG1P_END(Y8, p, Y10)    \
	SOFTPLUS_SUM(at(SI), p, Y8, Y9, Y10, Y11)

// Y0 … Y7 = softplus of the registers at SI.
#define EIGHT_SOFTPLUS \
	EIGHT_EXP_NEG_ABS     \
	EIGHT_AT(EIGHT_SPLIT) \
	EIGHT_HORNER(logC5)   \
	EIGHT_HORNER(logC4)   \
	EIGHT_HORNER(logC3)   \
	EIGHT_HORNER(logC2)   \
	EIGHT_HORNER(logC1)   \
	EIGHT_HORNER(logC0)   \
	EIGHT_AT(EIGHT_SUM)

#define EIGHT_DIVIDE(at, p) \
	EIGHT_SCALE(at, p) \
	SIGMOID_DIVIDE(at(SI), p, Y8, Y9, Y10, Y11)

// Y0 … Y7 = sigmoid of the registers at SI.
#define EIGHT_SIGMOID \
	EIGHT_EXP_NEG_ABS \
	EIGHT_AT(EIGHT_DIVIDE)

// s, c = sine and cosine of 2π·w/2^32.
#define SINCOS(w, s, c, t, v) \
	VPSLLD    $2, w, t               \ // the rest in quarter turns, times 2^32
	VCVTDQ2PS t, t                   \
	VMULPS    twoToMinus32(SB), t, t \
	VMULPS    t, t, v                \
	VMULPS    sinC3(SB), v, s        \
	VMULPS    cosC3(SB), v, c        \
	VADDPS    sinC2(SB), s, s        \
	VADDPS    cosC2(SB), c, c        \
	HORNER(sinC1, v, s)              \
	HORNER(cosC1, v, c)              \
	HORNER(sinC0, v, s)              \
	HORNER(cosC0, v, c)              \
	VPADDD    bit29(SB), w, w        \ // the quarter q in bits 31 and 30
	HORNER(one, v, c)                \
	VMULPS    t, s, t                \ // the sine
	VPSLLD    $1, w, s               \ // q odd: swap
	VBLENDVPS s, t, c, v             \
	VBLENDVPS s, c, t, s             \
	VPADDD    bit30(SB), w, c        \ // q + 1
	VANDPS    signMask(SB), c, c     \
	VXORPS    c, v, c                \
	VANDPS    signMask(SB), w, w     \
	VXORPS    w, s, s

// u = (a + ½)/2^32. a/2^32 is the sum of its halves, made floats by an exponent; the sum is rounded once.
#define UNIFORM(a, u, t) \
	VPBLENDW $0xaa, lowWord(SB), a, t  \ // 2^−9 + low/2^32
	VPSRLD   $16, a, u                 \
	VPBLENDW $0xaa, highWord(SB), u, u \ // 2^7 + high/2^16
	VSUBPS   wordOffset(SB), u, u      \ // exact
	VADDPS   t, u, u                   \
	VADDPS   twoToMinus33(SB), u, u

// The sixteen lanes of a sum are in two halves that take turns: the next eight elements belong to
// the first one named. Which is which in the end does not matter, as the tree adds them first.
#define SWAP(a, b, t) \
	VMOVAPS a, t \
	VMOVAPS b, a \
	VMOVAPS t, b

// a, b += float64(x), for the eight float32 of a register and their halves in xa and xb.
#define ADD64(y, x, xt, yt, a, b) \
	VEXTRACTF128 $1, y, xt \
	VCVTPS2PD    x, y      \
	VADDPD       y, a, a   \
	VCVTPS2PD    xt, yt    \
	VADDPD       yt, b, b

// xa's lowest lane = the sum of sixteen float64 lanes, a b and c d, by the tree 16 → 8 → 4 → 2 → 1.
#define TREE64(a, b, c, d, xa, xb) \
	VADDPD       c, a, a   \
	VADDPD       d, b, b   \
	VADDPD       b, a, a   \
	VEXTRACTF128 $1, a, xb \
	VADDPD       xb, xa, xa \
	VPERMILPD    $1, xa, xb \
	VADDSD       xb, xa, xa

// xa's lowest lane = the sum of sixteen float32 lanes, a and b.
#define TREE32(a, b, xa, xb) \
	VADDPS       b, a, a    \
	VEXTRACTF128 $1, a, xb  \
	VADDPS       xb, xa, xa \
	VPERMILPD    $1, xa, xb \
	VADDPS       xb, xa, xa \
	VMOVSHDUP    xa, xb     \
	VADDSS       xb, xa, xa
