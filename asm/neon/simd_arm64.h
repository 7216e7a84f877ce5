// The NEON instructions for which the Go 1.26 assembler has no mnemonic: it knows VFMLA and VFMLS,
// but no other floating-point vector instruction, no signed vector shift and no widening product.
// Here, and nowhere else, they are given one each, so that kernels read as named instructions;
// simd_arm64_test.go runs every one of them on known values.
//
// Operands are the numbers of V registers in Go's order, the destination last: VFSUB_S4(m, n, d) is
// what would be VFSUB Vm.S4, Vn.S4, Vd.S4, that is d = n - m. The suffix is the arrangement: S4 is
// four float32 or int32, D2 two float64 or int64. Encodings: Arm Architecture Reference Manual, C7.2.

// d = n op m, each lane rounded once; NaN if an operand is; VFMAX and VFMIN take +0 for more than -0.
#define VFADD_S4(m, n, d)    WORD $(0x4e20d400 | (m)<<16 | (n)<<5 | (d))
#define VFSUB_S4(m, n, d)    WORD $(0x4ea0d400 | (m)<<16 | (n)<<5 | (d))
#define VFMUL_S4(m, n, d)    WORD $(0x6e20dc00 | (m)<<16 | (n)<<5 | (d))
#define VFDIV_S4(m, n, d)    WORD $(0x6e20fc00 | (m)<<16 | (n)<<5 | (d))
#define VFMAX_S4(m, n, d)    WORD $(0x4e20f400 | (m)<<16 | (n)<<5 | (d))
#define VFMIN_S4(m, n, d)    WORD $(0x4ea0f400 | (m)<<16 | (n)<<5 | (d))
#define VFADD_D2(m, n, d)    WORD $(0x4e60d400 | (m)<<16 | (n)<<5 | (d))
#define VFSUB_D2(m, n, d)    WORD $(0x4ee0d400 | (m)<<16 | (n)<<5 | (d))
#define VFMUL_D2(m, n, d)    WORD $(0x6e60dc00 | (m)<<16 | (n)<<5 | (d))
#define VFDIV_D2(m, n, d)    WORD $(0x6e60fc00 | (m)<<16 | (n)<<5 | (d))
#define VFMAX_D2(m, n, d)    WORD $(0x4e60f400 | (m)<<16 | (n)<<5 | (d))
#define VFMIN_D2(m, n, d)    WORD $(0x4ee0f400 | (m)<<16 | (n)<<5 | (d))

// d = √n and d = |n|.
#define VFSQRT_S4(n, d)      WORD $(0x6ea1f800 | (n)<<5 | (d))
#define VFABS_S4(n, d)       WORD $(0x4ea0f800 | (n)<<5 | (d))

// Lanes of d become all ones where n > m, n = 0, n < 0, n ≤ 0, otherwise zero; no comparison holds for NaN.
#define VFCMGT_S4(m, n, d)   WORD $(0x6ea0e400 | (m)<<16 | (n)<<5 | (d))
#define VFCMGT_D2(m, n, d)   WORD $(0x6ee0e400 | (m)<<16 | (n)<<5 | (d))
#define VFCMEQ0_S4(n, d)     WORD $(0x4ea0d800 | (n)<<5 | (d))
#define VFCMLT0_S4(n, d)     WORD $(0x4ea0e800 | (n)<<5 | (d))
#define VFCMLE0_S4(n, d)     WORD $(0x6ea0d800 | (n)<<5 | (d))

// Integers to float32, signed or unsigned, n/2^bits (bits = 1 … 32) in one rounding.
#define VSCVTF_S4(n, d)          WORD $(0x4e21d800 | (n)<<5 | (d))
#define VSCVTFIX_S4(bits, n, d)  WORD $(0x4f00e400 | (64-(bits))<<16 | (n)<<5 | (d))
#define VUCVTFIX_S4(bits, n, d)  WORD $(0x6f00e400 | (64-(bits))<<16 | (n)<<5 | (d))

// float32 to float64: the low two lanes of n (VFCVTL), or the high two (VFCVTL2).
#define VFCVTL_D2(n, d)      WORD $(0x0e617800 | (n)<<5 | (d))
#define VFCVTL2_D2(n, d)     WORD $(0x4e617800 | (n)<<5 | (d))

// d = n >> bits, keeping the sign.
#define VSSHR_S4(bits, n, d) WORD $(0x4f000400 | (64-(bits))<<16 | (n)<<5 | (d))
#define VSSHR_D2(bits, n, d) WORD $(0x4f000400 | (128-(bits))<<16 | (n)<<5 | (d))

// uint64 d = n·m of the low two uint32 lanes (VUMULL), or the high two (VUMULL2).
#define VUMULL_D2(m, n, d)   WORD $(0x2ea0c000 | (m)<<16 | (n)<<5 | (d))
#define VUMULL2_D2(m, n, d)  WORD $(0x6ea0c000 | (m)<<16 | (n)<<5 | (d))
