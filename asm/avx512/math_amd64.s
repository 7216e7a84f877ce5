#include "textflag.h"
#include "math_amd64.h"

// The constants of math_amd64.h; internal/ref explains them.

DATA expHigh/4, $89.0
DATA expLow/4, $-105.0
DATA log2E/4, $0x1.715476p+0
DATA ln2High/4, $0x1.62e4p-1
DATA ln2Low/4, $0x1.7f7d1cp-20
DATA expC2/4, $0x1.fffffcp-2
DATA expC3/4, $0x1.55548ep-3
DATA expC4/4, $0x1.5558a6p-5
DATA expC5/4, $0x1.123bdp-7
DATA expC6/4, $0x1.6a58ccp-10
DATA one/4, $1.0
DATA two/4, $2.0
DATA half/4, $0.5
DATA quarter/4, $0.25
DATA minusTwo/4, $-2.0
DATA minNormal/4, $0x1p-126
DATA twoTo23/4, $0x1p23
DATA minus23/4, $-23.0
DATA twoThirds/4, $0x3f2aaaab
DATA mantissaMask/4, $0x007fffff
DATA exponentMask/4, $0xff800000
DATA logSpecial/4, $0x03530422
DATA logC0/4, $0x1.555506p-2
DATA logC1/4, $-0x1.ffff76p-3
DATA logC2/4, $0x1.99d03ap-3
DATA logC3/4, $-0x1.558622p-3
DATA logC4/4, $0x1.1ed77cp-3
DATA logC5/4, $-0x1.f59fbep-4
DATA logC6/4, $0x1.1e609ap-3
DATA logC7/4, $-0x1.027d94p-3
DATA fourBits/4, $0x40800000
DATA signMask/4, $0x80000000
DATA absMask/4, $0x7fffffff
DATA fiveEighths/4, $0.625
DATA tanhC0/4, $-0x1.555532p-2
DATA tanhC1/4, $0x1.1106fep-3
DATA tanhC2/4, $-0x1.b83778p-5
DATA tanhC3/4, $0x1.52095ep-6
DATA tanhC4/4, $-0x1.7567ecp-8
DATA sinC0/4, $0x1.921fb6p+0
DATA sinC1/4, $-0x1.4abbecp-1
DATA sinC2/4, $0x1.466b22p-4
DATA sinC3/4, $-0x1.2f5a1ep-8
DATA cosC0/4, $-0x1.3bd3ccp+0
DATA cosC1/4, $0x1.03c1b8p-2
DATA cosC2/4, $-0x1.55b7cep-6
DATA cosC3/4, $0x1.d684a8p-11
DATA twoToMinus32/4, $0x1p-32
DATA twoToMinus33/4, $0x1p-33
DATA bit29/4, $0x20000000
DATA bit30/4, $0x40000000
DATA philoxM0/4, $0xd2511f53
DATA philoxM1/4, $0xcd9e8d57
DATA sigmaMin/4, $0x1p-40
DATA fourThirds/4, $0x3faaaaab
GLOBL ·math32(SB), RODATA|NOPTR, $220
