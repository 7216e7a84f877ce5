#include "textflag.h"

// Lane l of a vector of eight sets: l without its first, second and third bit from above,
// where that leaves something to do, and 7-l.
DATA without1<>+0(SB)/8, $0
DATA without1<>+8(SB)/8, $0
DATA without1<>+16(SB)/8, $0
DATA without1<>+24(SB)/8, $1
DATA without1<>+32(SB)/8, $0
DATA without1<>+40(SB)/8, $1
DATA without1<>+48(SB)/8, $2
DATA without1<>+56(SB)/8, $3
GLOBL without1<>(SB), RODATA|NOPTR, $64
DATA without2<>+0(SB)/8, $0
DATA without2<>+8(SB)/8, $0
DATA without2<>+16(SB)/8, $0
DATA without2<>+24(SB)/8, $2
DATA without2<>+32(SB)/8, $0
DATA without2<>+40(SB)/8, $4
DATA without2<>+48(SB)/8, $4
DATA without2<>+56(SB)/8, $5
GLOBL without2<>(SB), RODATA|NOPTR, $64
DATA without3<>+0(SB)/8, $6
GLOBL without3<>(SB), RODATA|NOPTR, $8
DATA reverse<>+0(SB)/8, $7
DATA reverse<>+8(SB)/8, $6
DATA reverse<>+16(SB)/8, $5
DATA reverse<>+24(SB)/8, $4
DATA reverse<>+32(SB)/8, $3
DATA reverse<>+40(SB)/8, $2
DATA reverse<>+48(SB)/8, $1
DATA reverse<>+56(SB)/8, $0
GLOBL reverse<>(SB), RODATA|NOPTR, $64
DATA one<>+0(SB)/8, $1.0
GLOBL one<>(SB), RODATA|NOPTR, $8

// MASK is the mask register k of the lanes in bits.
#define MASK(bits, k) \
	MOVL  bits, AX \
	KMOVW AX, k

// func SubsetForward(f, a, table []float64, n int)
//
//   f[∅] = 1,  f[S] = Σ_{j∈S} a[|S|-1, j]·f[S∖j], an FMA chain with j decreasing
//
// Shapes:   2ⁿ sets, n ≥ 5; table as in kernels/cpu.subsetTable.
// Features: AVX-512 F; BMI1, BMI2, LZCNT and POPCNT, which every processor with AVX2 has.
// Method:   32 sets are four vectors of eight, H … H+3 with H a multiple of 4. Their high columns j ≥ 5 are
//           those of H, and the vectors share the search for them; columns 4 and 3 lead from vector to
//           vector; then the lanes of one low column, of two and of three, each from lanes that are done.
// Tail:     none.
//
// Registers:
//   DI      f                    SI   table                      R9      bytes of a row of the table, 64n
//   R8      64H                  R11  64·2ⁿ⁻³                    R10, CX, R13  the rows |H|, |H|+1, |H|+2
//   BX      64·(bits of H left)  AX   1<<63                      R12     number of the highest of them
//   DX      64·(H without it)    Z8 … Z10   coefficients
//   Z0, Z4, Z5, Z6  f of the vectors         Z1, Z2, Z3  parts   Z29, Z30, Z31  without1, without2, without3
//   K1, K2, K3  lanes with one, two and three low columns

#define LOW(row, f) \
	VPERMPD     f, Z29, Z1          \
	VFMADD231PD 128(row), Z1, K1, f \
	VPERMPD     f, Z29, Z1          \
	VPERMPD     f, Z30, Z2          \
	VFMADD231PD 128(row), Z1, K2, f \
	VFMADD231PD 64(row), Z2, K2, f  \
	VPERMPD     f, Z29, Z1          \
	VPERMPD     f, Z30, Z2          \
	VPERMPD     f, Z31, Z3          \
	VFMADD231PD 128(row), Z1, K3, f \
	VFMADD231PD 64(row), Z2, K3, f  \
	VFMADD231PD (row), Z3, K3, f

TEXT ·SubsetForward(SB), NOSPLIT, $0-80
	MOVQ   f_base+0(FP), DI
	MOVQ   table_base+48(FP), SI
	MOVQ   n+72(FP), CX
	MOVQ   CX, R9
	SHLQ   $6, R9
	MOVL   $8, R11
	SHLQ   CX, R11
	VMOVDQU64    without1<>(SB), Z29
	VMOVDQU64    without2<>(SB), Z30
	VPBROADCASTQ without3<>(SB), Z31
	MASK($0x16, K1)
	MASK($0x68, K2)
	MASK($0x80, K3)
	MOVQ   $1, AX
	SHLQ   $63, AX
	XORQ   R8, R8
	VMOVSD one<>(SB), X0
	JMP    first

group:
	VPXORD  Z0, Z0, Z0
first:
	VPXORD  Z4, Z4, Z4
	VPXORD  Z5, Z5, Z5
	VPXORD  Z6, Z6, Z6
	POPCNTQ R8, R10
	IMULQ   R9, R10
	ADDQ    SI, R10
	LEAQ    (R10)(R9*1), CX
	LEAQ    (R10)(R9*2), R13
	MOVQ    R8, BX
	TESTQ   BX, BX
	JEQ     low

column:
	LZCNTQ  BX, R12
	SHRXQ   R12, AX, DX
	XORQ    $63, R12            // 6 + j-3
	SHLQ    $6, R12
	XORQ    DX, BX
	XORQ    R8, DX
	VMOVUPD -192(R10)(R12*1), Z8
	VMOVUPD -192(CX)(R12*1), Z9
	VMOVUPD -192(R13)(R12*1), Z10
	VFMADD231PD (DI)(DX*1), Z8, Z0
	VFMADD231PD 64(DI)(DX*1), Z9, Z4
	VFMADD231PD 128(DI)(DX*1), Z9, Z5
	VFMADD231PD 192(DI)(DX*1), Z10, Z6
	TESTQ   BX, BX
	JNE     column

low:
	LOW(R10, Z0)
	VFMADD231PD 192(CX), Z0, Z4
	LOW(CX, Z4)
	VFMADD231PD 256(CX), Z0, Z5
	LOW(CX, Z5)
	VFMADD231PD 256(R13), Z4, Z6
	VFMADD231PD 192(R13), Z5, Z6
	LOW(R13, Z6)
	VMOVUPD     Z0, (DI)(R8*1)
	VMOVUPD     Z4, 64(DI)(R8*1)
	VMOVUPD     Z5, 128(DI)(R8*1)
	VMOVUPD     Z6, 192(DI)(R8*1)
	ADDQ        $256, R8
	CMPQ        R8, R11
	JNE         group
	VZEROUPPER
	RET

// func SubsetMarginals(sums, f, b []float64, n int)
//
//   sums[h, j, l] = Σ f[S]·b[all∖(S∪j)] over S = 8H+l, |H| = h, j ∉ S: FMA chains in increasing S
//
// Shapes:   2ⁿ sets, n ≥ 3; (n+1)·n·8 sums.
// Features: AVX-512 F; BMI1, BMI2 and POPCNT.
// Method:   the complements of the eight sets 8H … 8H+7 are a vector of b in reverse order, so f and the
//           sums are reversed instead: lane 7-l. A low column exchanges lanes of b.
// Tail:     none.
//
// Registers:
//   DI      sums                 SI   f                          R9      bytes of a row of the sums, 64n
//   R8      64H                  R11  64·2ⁿ⁻³                    R10     the sums' row |H|
//   R13     64·(complement of H) BX   its bits left              AX      the lowest of them
//   R12     64·(6 + its number)  DX   b
//   CX      R13 without AX       Z0   f, reversed                Z1      b of the complement
//   Z2, Z3  sums, b              Z31  reverse
//   K1, K2, K3  the reversed lanes of the sets without column 0, 1 and 2

TEXT ·SubsetMarginals(SB), NOSPLIT, $0-80
	MOVQ      sums_base+0(FP), DI
	MOVQ      sums_len+8(FP), CX
	MOVQ      f_base+24(FP), SI
	MOVQ      b_base+48(FP), DX
	VMOVDQU64 reverse<>(SB), Z31
	MASK($0xaa, K1)
	MASK($0xcc, K2)
	MASK($0xf0, K3)

	VPXORD  Z0, Z0, Z0
	LEAQ    (DI)(CX*8), AX
clear:
	SUBQ    $64, AX
	VMOVUPD Z0, (AX)
	CMPQ    AX, DI
	JNE     clear

	MOVQ    n+72(FP), CX
	MOVQ    CX, R9
	SHLQ    $6, R9
	MOVL    $8, R11
	SHLQ    CX, R11
	XORQ    R8, R8
	LEAQ    -64(R11), R13

vector:
	VPERMPD (SI)(R8*1), Z31, Z0
	VMOVUPD (DX)(R13*1), Z1
	POPCNTQ R8, R10
	IMULQ   R9, R10
	ADDQ    DI, R10

	VPERMILPD   $0x55, Z1, Z2
	VPERMPD     $0x4e, Z1, Z3
	VSHUFF64X2  $0x4e, Z1, Z1, Z1
	VMOVUPD     (R10), Z4
	VMOVUPD     64(R10), Z5
	VMOVUPD     128(R10), Z6
	VFMADD231PD Z2, Z0, K1, Z4
	VFMADD231PD Z3, Z0, K2, Z5
	VFMADD231PD Z1, Z0, K3, Z6
	VMOVUPD     Z4, (R10)
	VMOVUPD     Z5, 64(R10)
	VMOVUPD     Z6, 128(R10)

	MOVQ  R13, BX
	TESTQ BX, BX
	JEQ   finish

column:
	BLSIQ   BX, AX
	TZCNTQ  BX, R12
	SHLQ    $6, R12
	MOVQ    R13, CX
	XORQ    AX, CX
	VMOVUPD -192(R10)(R12*1), Z2
	VFMADD231PD (DX)(CX*1), Z0, Z2
	VMOVUPD Z2, -192(R10)(R12*1)
	XORQ    AX, BX
	JNE     column

	ADDQ $64, R8
	SUBQ $64, R13
	JMP  vector

finish:
	// The rows 0 … n-3 of the sums, the right way round.
	ADDQ R9, R10
turn:
	VPERMPD (DI), Z31, Z0
	VMOVUPD Z0, (DI)
	ADDQ    $64, DI
	CMPQ    DI, R10
	JNE     turn
	VZEROUPPER
	RET
