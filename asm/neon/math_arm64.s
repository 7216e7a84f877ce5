#include "textflag.h"

// The constants of math_arm64.h, as internal/ref writes them.

DATA ·expConstants+0(SB)/4, $(1.0)
DATA ·expConstants+4(SB)/4, $(0x1.62e4p-1)     // ln2High
DATA ·expConstants+8(SB)/4, $(0x1.7f7d1cp-20)  // ln2Low
DATA ·expConstants+12(SB)/4, $(0x1.715476p+0)  // log2E
DATA ·expConstants+16(SB)/4, $(0x1.8p23)       // roundInt
DATA ·expConstants+20(SB)/4, $(0x1.fffffcp-2)  // expC2
DATA ·expConstants+24(SB)/4, $(0x1.55548ep-3)  // expC3
DATA ·expConstants+28(SB)/4, $(0x1.5558a6p-5)  // expC4
DATA ·expConstants+32(SB)/4, $(0x1.123bdp-7)   // expC5
DATA ·expConstants+36(SB)/4, $(0x1.6a58ccp-10) // expC6
DATA ·expConstants+40(SB)/4, $(-105.0)         // expLow
DATA ·expConstants+44(SB)/4, $(89.0)           // expHigh
GLOBL ·expConstants(SB), RODATA|NOPTR, $48

DATA ·logConstants+0(SB)/4, $(0x1.555506p-2)   // logC0
DATA ·logConstants+4(SB)/4, $(-0x1.ffff76p-3)  // logC1
DATA ·logConstants+8(SB)/4, $(0x1.99d03ap-3)   // logC2
DATA ·logConstants+12(SB)/4, $(-0x1.558622p-3) // logC3
DATA ·logConstants+16(SB)/4, $(0x1.1ed77cp-3)  // logC4
DATA ·logConstants+20(SB)/4, $(-0x1.f59fbep-4) // logC5
DATA ·logConstants+24(SB)/4, $(0x1.1e609ap-3)  // logC6
DATA ·logConstants+28(SB)/4, $(-0x1.027d94p-3) // logC7
DATA ·logConstants+32(SB)/4, $(0.5)
DATA ·logConstants+36(SB)/4, $0x3f2aaaab       // twoThirdsBits
GLOBL ·logConstants(SB), RODATA|NOPTR, $40

DATA ·log2Constants+0(SB)/4, $(1.0)
DATA ·log2Constants+4(SB)/4, $(0x1.62e4p-1)    // ln2High
DATA ·log2Constants+8(SB)/4, $(0x1.7f7d1cp-20) // ln2Low
DATA ·log2Constants+12(SB)/4, $0x007fffff      // mantissaMask
DATA ·log2Constants+16(SB)/4, $0x00800000      // minNormal
DATA ·log2Constants+20(SB)/4, $(0x1p23)
DATA ·log2Constants+24(SB)/4, $(-23.0)
DATA ·log2Constants+28(SB)/4, $0xff800000      // -Inf
DATA ·log2Constants+32(SB)/4, $0x7fc00000      // NaN
DATA ·log2Constants+36(SB)/4, $0x7f800000      // +Inf
GLOBL ·log2Constants(SB), RODATA|NOPTR, $40

DATA ·log1pConstants+0(SB)/4, $(4.0)
DATA ·log1pConstants+4(SB)/4, $(0.25)
GLOBL ·log1pConstants(SB), RODATA|NOPTR, $8

// PARTMASK's rows: none, one, two or three lanes.
DATA ·partMasks+0(SB)/8, $0
DATA ·partMasks+8(SB)/8, $0
DATA ·partMasks+16(SB)/8, $0x00000000ffffffff
DATA ·partMasks+24(SB)/8, $0
DATA ·partMasks+32(SB)/8, $0xffffffffffffffff
DATA ·partMasks+40(SB)/8, $0
DATA ·partMasks+48(SB)/8, $0xffffffffffffffff
DATA ·partMasks+56(SB)/8, $0x00000000ffffffff
GLOBL ·partMasks(SB), RODATA|NOPTR, $64

// Philox: the lanes' numbers, then the multipliers M0, M1 and the key's increments W0, W1.
DATA ·philoxConstants+0(SB)/8, $0x0000000100000000
DATA ·philoxConstants+8(SB)/8, $0x0000000300000002
DATA ·philoxConstants+16(SB)/8, $0x0000000500000004
DATA ·philoxConstants+24(SB)/8, $0x0000000700000006
DATA ·philoxConstants+32(SB)/8, $0x0000000900000008
DATA ·philoxConstants+40(SB)/8, $0x0000000b0000000a
DATA ·philoxConstants+48(SB)/8, $0x0000000d0000000c
DATA ·philoxConstants+56(SB)/8, $0x0000000f0000000e
DATA ·philoxConstants+64(SB)/4, $0xd2511f53 // philoxM0
DATA ·philoxConstants+68(SB)/4, $0xcd9e8d57 // philoxM1
DATA ·philoxConstants+72(SB)/4, $0x9e3779b9 // philoxW0
DATA ·philoxConstants+76(SB)/4, $0xbb67ae85 // philoxW1
GLOBL ·philoxConstants(SB), RODATA|NOPTR, $80
