#include "textflag.h"
#include "math_amd64.h"

// The constants of math_amd64.h, eight copies each; internal/ref explains them.

#define EIGHT(c, value) \
	DATA c+0(SB)/4, value  \
	DATA c+4(SB)/4, value  \
	DATA c+8(SB)/4, value  \
	DATA c+12(SB)/4, value \
	DATA c+16(SB)/4, value \
	DATA c+20(SB)/4, value \
	DATA c+24(SB)/4, value \
	DATA c+28(SB)/4, value

EIGHT(expHigh, $89.0)
EIGHT(expLow, $-105.0)
EIGHT(log2E, $0x1.715476p+0)
EIGHT(ln2High, $0x1.62e4p-1)
EIGHT(ln2Low, $0x1.7f7d1cp-20)
EIGHT(expC2, $0x1.fffffcp-2)
EIGHT(expC3, $0x1.55548ep-3)
EIGHT(expC4, $0x1.5558a6p-5)
EIGHT(expC5, $0x1.123bdp-7)
EIGHT(expC6, $0x1.6a58ccp-10)
EIGHT(one, $1.0)
EIGHT(two, $2.0)
EIGHT(half, $0.5)
EIGHT(quarter, $0.25)
EIGHT(minusTwo, $-2.0)
EIGHT(minNormal, $0x1p-126)
EIGHT(twoTo23, $0x1p23)
EIGHT(minus23, $-23.0)
EIGHT(twoThirds, $0x3f2aaaab)
EIGHT(mantissaMask, $0x007fffff)
EIGHT(exponentMask, $0xff800000)
EIGHT(logC0, $0x1.555506p-2)
EIGHT(logC1, $-0x1.ffff76p-3)
EIGHT(logC2, $0x1.99d03ap-3)
EIGHT(logC3, $-0x1.558622p-3)
EIGHT(logC4, $0x1.1ed77cp-3)
EIGHT(logC5, $-0x1.f59fbep-4)
EIGHT(logC6, $0x1.1e609ap-3)
EIGHT(logC7, $-0x1.027d94p-3)
EIGHT(fourBits, $0x40800000)
EIGHT(signMask, $0x80000000)
EIGHT(absMask, $0x7fffffff)
EIGHT(fiveEighths, $0.625)
EIGHT(tanhC0, $-0x1.555532p-2)
EIGHT(tanhC1, $0x1.1106fep-3)
EIGHT(tanhC2, $-0x1.b83778p-5)
EIGHT(tanhC3, $0x1.52095ep-6)
EIGHT(tanhC4, $-0x1.7567ecp-8)
EIGHT(sinC0, $0x1.921fb6p+0)
EIGHT(sinC1, $-0x1.4abbecp-1)
EIGHT(sinC2, $0x1.466b22p-4)
EIGHT(sinC3, $-0x1.2f5a1ep-8)
EIGHT(cosC0, $-0x1.3bd3ccp+0)
EIGHT(cosC1, $0x1.03c1b8p-2)
EIGHT(cosC2, $-0x1.55b7cep-6)
EIGHT(cosC3, $0x1.d684a8p-11)
EIGHT(twoToMinus32, $0x1p-32)
EIGHT(twoToMinus33, $0x1p-33)
EIGHT(bit29, $0x20000000)
EIGHT(bit30, $0x40000000)
EIGHT(sigmaMin, $0x1p-40)
EIGHT(oneExponent, $127)
EIGHT(infinity, $0x7f800000)
EIGHT(minusInfinity, $0xff800000)
EIGHT(lowWord, $0x1p-9)
EIGHT(highWord, $0x1p7)
EIGHT(wordOffset, $0x1.0001p7)
EIGHT(fourThirds, $0x3faaaaab)
GLOBL ·math32(SB), RODATA|NOPTR, $1856

// Sixteen ones and sixteen zeros: from 16 − n on, the mask of n elements.
DATA ·inRange+0(SB)/8, $-1
DATA ·inRange+8(SB)/8, $-1
DATA ·inRange+16(SB)/8, $-1
DATA ·inRange+24(SB)/8, $-1
DATA ·inRange+32(SB)/8, $-1
DATA ·inRange+40(SB)/8, $-1
DATA ·inRange+48(SB)/8, $-1
DATA ·inRange+56(SB)/8, $-1
GLOBL ·inRange(SB), RODATA|NOPTR, $128
