#include "textflag.h"

DATA one<>+0(SB)/8, $1.0
GLOBL one<>(SB), RODATA|NOPTR, $8

// func SubsetForward(f, a, table []float64, n int)
//
//   f[∅] = 1,  f[S] = Σ_{j∈S} a[|S|-1, j]·f[S∖j], an FMA chain with j decreasing
//
// Shapes:   2ⁿ sets, n ≥ 3; table as in ref.SubsetTable.
// Features: AVX2, FMA3; BMI1, BMI2, LZCNT and POPCNT, which every processor with AVX2 has.
// Method:   the eight sets 8H … 8H+7 are two vectors of four. Their high columns j ≥ 3 are those of H;
//           column 2 takes the first vector to the second, columns 1 and 0 stay within one.
// Tail:     none.
//
// Registers:
//   DI      f                    SI   table                      R9      bytes of a row of the table, 64n
//   R8      64H                  R11  64·2ⁿ⁻³                    R10     the table's row |H|
//   BX      64·(bits of H left)  AX   the highest of them        R12     its number
//   R13     1<<63                DX   64·(H without it)
//   Y0, Y1  f[8H … 8H+7]         Y2 … Y4  parts of it

// Columns 1 and 0 of four sets: lanes 1 and 2 from lane 0, then lane 3 from lanes 1 and 2.
#define LOW(first, second, y) \
	VPERMPD     $0x00, y, Y2           \
	VMOVAPD     y, Y3                  \
	VFMADD231PD first, Y2, Y3          \
	VBLENDPD    $6, Y3, y, y           \
	VPERMPD     $0x40, y, Y2           \
	VPERMPD     $0x80, y, Y4           \
	VMOVAPD     y, Y3                  \
	VFMADD231PD first, Y2, Y3          \
	VFMADD231PD second, Y4, Y3         \
	VBLENDPD    $8, Y3, y, y

TEXT ·SubsetForward(SB), NOSPLIT, $0-80
	MOVQ   f_base+0(FP), DI
	MOVQ   table_base+48(FP), SI
	MOVQ   n+72(FP), CX
	MOVQ   CX, R9
	SHLQ   $6, R9
	MOVL   $8, R11
	SHLQ   CX, R11
	MOVQ   $1, R13
	SHLQ   $63, R13
	XORQ   R8, R8
	MOVQ   SI, R10
	VMOVSD one<>(SB), X0
	VXORPD Y1, Y1, Y1
	JMP    low

vector:
	POPCNTQ R8, R10
	IMULQ   R9, R10
	ADDQ    SI, R10
	MOVQ    R8, BX
	VXORPD  Y0, Y0, Y0
	VXORPD  Y1, Y1, Y1

column:
	LZCNTQ  BX, R12
	SHRXQ   R12, R13, AX
	XORQ    $63, R12            // 6 + j-3
	SHLQ    $6, R12
	MOVQ    R8, DX
	XORQ    AX, DX
	VMOVUPD (DI)(DX*1), Y2
	VMOVUPD 32(DI)(DX*1), Y3
	VFMADD231PD -192(R10)(R12*1), Y2, Y0
	VFMADD231PD -160(R10)(R12*1), Y3, Y1
	XORQ    AX, BX
	JNE     column

low:
	LOW(128(R10), 64(R10), Y0)
	VFMADD231PD 160(R10), Y0, Y1
	LOW(96(R10), 32(R10), Y1)
	VMOVUPD Y0, (DI)(R8*1)
	VMOVUPD Y1, 32(DI)(R8*1)
	ADDQ    $64, R8
	CMPQ    R8, R11
	JNE     vector
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
