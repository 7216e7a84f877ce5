#include "textflag.h"

DATA one<>+0(SB)/8, $1.0
GLOBL one<>(SB), RODATA|NOPTR, $8

// func SubsetForward(f, a, table []float64, n int)
//
//   f[∅] = 1,  f[S] = Σ_{j∈S} a[|S|-1, j]·f[S∖j], an FMA chain with j decreasing
//
// Shapes:   2ⁿ sets, n ≥ 5; table as in kernels/cpu.subsetTable.
// Features: AVX2, FMA3; BMI1, BMI2, LZCNT and POPCNT, which every processor with AVX2 has.
// Method:   32 sets are four groups of eight, H … H+3 with H a multiple of 4, of two vectors each. Their high
//           columns j ≥ 5 are those of H, and the groups share the search for them; columns 4 and 3 lead from
//           group to group, column 2 from the first vector to the second, columns 1 and 0 stay within one.
// Tail:     none.
//
// Registers:
//   DI      f                    SI   table                      R9      bytes of a row of the table, 64n
//   R8      64H                  R11  64·2ⁿ⁻³                    R10, CX, R13  the rows |H|, |H|+1, |H|+2
//   BX      64·(bits of H left)  AX   1<<63                      R12     number of the highest of them
//   DX      64·(H without it)    Y0 … Y7  f of the groups        Y8 … Y13  coefficients, then parts of f

#define TERM(at, lo, hi, flo, fhi) \
	VFMADD231PD at(DI)(DX*1), lo, flo    \
	VFMADD231PD at+32(DI)(DX*1), hi, fhi

// Columns 1 and 0 of four sets: lanes 1 and 2 from lane 0, then lane 3 from lanes 1 and 2.
#define LOW4(first, second, f) \
	VPERMPD     $0x00, f, Y8     \
	VMOVAPD     f, Y9            \
	VFMADD231PD first, Y8, Y9    \
	VBLENDPD    $6, Y9, f, f     \
	VPERMPD     $0x40, f, Y8     \
	VPERMPD     $0x80, f, Y10    \
	VMOVAPD     f, Y9            \
	VFMADD231PD first, Y8, Y9    \
	VFMADD231PD second, Y10, Y9  \
	VBLENDPD    $8, Y9, f, f

#define LOW(row, lo, hi) \
	LOW4(128(row), 64(row), lo)  \
	VFMADD231PD 160(row), lo, hi \
	LOW4(96(row), 32(row), hi)

// Column j of the group f leads to the group g.
#define LEAD(column, row, flo, fhi, glo, ghi) \
	VFMADD231PD 64*column(row), flo, glo    \
	VFMADD231PD 64*column+32(row), fhi, ghi

TEXT ·SubsetForward(SB), NOSPLIT, $0-80
	MOVQ   f_base+0(FP), DI
	MOVQ   table_base+48(FP), SI
	MOVQ   n+72(FP), CX
	MOVQ   CX, R9
	SHLQ   $6, R9
	MOVL   $8, R11
	SHLQ   CX, R11
	MOVQ   $1, AX
	SHLQ   $63, AX
	XORQ   R8, R8
	VMOVSD one<>(SB), X0
	JMP    first

group:
	VXORPD  Y0, Y0, Y0
first:
	VXORPD  Y1, Y1, Y1
	VXORPD  Y2, Y2, Y2
	VXORPD  Y3, Y3, Y3
	VXORPD  Y4, Y4, Y4
	VXORPD  Y5, Y5, Y5
	VXORPD  Y6, Y6, Y6
	VXORPD  Y7, Y7, Y7
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
	VMOVUPD -192(R10)(R12*1), Y8
	VMOVUPD -160(R10)(R12*1), Y9
	VMOVUPD -192(CX)(R12*1), Y10
	VMOVUPD -160(CX)(R12*1), Y11
	VMOVUPD -192(R13)(R12*1), Y12
	VMOVUPD -160(R13)(R12*1), Y13
	TERM(0, Y8, Y9, Y0, Y1)
	TERM(64, Y10, Y11, Y2, Y3)
	TERM(128, Y10, Y11, Y4, Y5)
	TERM(192, Y12, Y13, Y6, Y7)
	TESTQ   BX, BX
	JNE     column

low:
	LOW(R10, Y0, Y1)
	LEAD(3, CX, Y0, Y1, Y2, Y3)
	LOW(CX, Y2, Y3)
	LEAD(4, CX, Y0, Y1, Y4, Y5)
	LOW(CX, Y4, Y5)
	LEAD(4, R13, Y2, Y3, Y6, Y7)
	LEAD(3, R13, Y4, Y5, Y6, Y7)
	LOW(R13, Y6, Y7)
	VMOVUPD Y0, (DI)(R8*1)
	VMOVUPD Y1, 32(DI)(R8*1)
	VMOVUPD Y2, 64(DI)(R8*1)
	VMOVUPD Y3, 96(DI)(R8*1)
	VMOVUPD Y4, 128(DI)(R8*1)
	VMOVUPD Y5, 160(DI)(R8*1)
	VMOVUPD Y6, 192(DI)(R8*1)
	VMOVUPD Y7, 224(DI)(R8*1)
	ADDQ    $256, R8
	CMPQ    R8, R11
	JNE     group
	VZEROUPPER
	RET

// func SubsetMarginals(sums, f, b []float64, n int)
//
//   sums[h, j, l] = Σ f[S]·b[all∖(S∪j)] over S = 8H+l, |H| = h, j ∉ S: FMA chains in increasing S
//
// Shapes:   2ⁿ sets, n ≥ 3; (n+1)·n·8 sums.
// Features: AVX2, FMA3; BMI1, BMI2 and POPCNT.
// Method:   the complements of the eight sets 8H … 8H+7 are two vectors of b in reverse order, so f and the
//           sums are reversed instead: lane 7-l. A low column exchanges lanes of b.
// Tail:     none.
//
// Registers:
//   DI      sums                 SI   f                          R9      bytes of a row of the sums, 64n
//   R8      64H                  R11  64·2ⁿ⁻³                    R10     the sums' row |H|
//   R13     64·(complement of H) BX   its bits left              AX      the lowest of them
//   R12     64·(6 + its number)  DX   b
//   CX      R13 without AX       Y0, Y1  f, reversed             Y2, Y3  b of the complement
//   Y4 …    sums, b

// A low column: sums += f·(b exchanged) in the lanes of blend.
#define LOWCOLUMN(blend, f, exchanged, sums) \
	VMOVUPD     sums, Y5             \
	VMOVAPD     Y5, Y6               \
	VFMADD231PD exchanged, f, Y6     \
	VBLENDPD    blend, Y6, Y5, Y5    \
	VMOVUPD     Y5, sums

TEXT ·SubsetMarginals(SB), NOSPLIT, $0-80
	MOVQ sums_base+0(FP), DI
	MOVQ sums_len+8(FP), CX
	MOVQ f_base+24(FP), SI
	MOVQ b_base+48(FP), DX

	VXORPD  Y0, Y0, Y0
	LEAQ    (DI)(CX*8), AX
clear:
	SUBQ    $64, AX
	VMOVUPD Y0, (AX)
	VMOVUPD Y0, 32(AX)
	CMPQ    AX, DI
	JNE     clear

	MOVQ n+72(FP), CX
	MOVQ CX, R9
	SHLQ $6, R9
	MOVL $8, R11
	SHLQ CX, R11
	XORQ R8, R8
	LEAQ -64(R11), R13

vector:
	VPERMPD $0x1b, 32(SI)(R8*1), Y0
	VPERMPD $0x1b, (SI)(R8*1), Y1
	VMOVUPD (DX)(R13*1), Y2
	VMOVUPD 32(DX)(R13*1), Y3
	POPCNTQ R8, R10
	IMULQ   R9, R10
	ADDQ    DI, R10

	VPERMILPD $5, Y2, Y4
	LOWCOLUMN($10, Y0, Y4, (R10))
	VPERMILPD $5, Y3, Y4
	LOWCOLUMN($10, Y1, Y4, 32(R10))
	VPERMPD   $0x4e, Y2, Y4
	LOWCOLUMN($12, Y0, Y4, 64(R10))
	VPERMPD   $0x4e, Y3, Y4
	LOWCOLUMN($12, Y1, Y4, 96(R10))
	VMOVUPD     160(R10), Y5
	VFMADD231PD Y2, Y1, Y5
	VMOVUPD     Y5, 160(R10)

	MOVQ  R13, BX
	TESTQ BX, BX
	JEQ   finish

column:
	BLSIQ   BX, AX
	TZCNTQ  BX, R12
	SHLQ    $6, R12
	MOVQ    R13, CX
	XORQ    AX, CX
	VMOVUPD -192(R10)(R12*1), Y2
	VMOVUPD -160(R10)(R12*1), Y3
	VFMADD231PD (DX)(CX*1), Y0, Y2
	VFMADD231PD 32(DX)(CX*1), Y1, Y3
	VMOVUPD Y2, -192(R10)(R12*1)
	VMOVUPD Y3, -160(R10)(R12*1)
	XORQ    AX, BX
	JNE     column

	ADDQ $64, R8
	SUBQ $64, R13
	JMP  vector

finish:
	// The rows 0 … n-3 of the sums, the right way round.
	ADDQ R9, R10
turn:
	VPERMPD $0x1b, 32(DI), Y0
	VPERMPD $0x1b, (DI), Y1
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	ADDQ    $64, DI
	CMPQ    DI, R10
	JNE     turn
	VZEROUPPER
	RET
