#include "textflag.h"

// func Transpose(dst []float32, ld int, src []float32, lds int, k, n int)
//
//   dst[p*ld+j] = src[min(j,n-1)*lds+p]                  p < k, j < ld
//
// Shapes:   ld a multiple of 4, 1 ≤ n ≤ ld, k ≥ 0. Strides in elements.
// Features: AVX.
// Method:   four columns at a time, clamped to n-1; eight terms a step: two 4×4 transpositions
//           side by side in the halves of the registers. The next group's rows are prefetched
//           (past the end of src that does nothing).
// Tail:     the last k mod 8 terms one by one, here.
//
// Registers, strides in bytes:
//   DI             dst at the group's column, walking over p     R8, R9    ld, 3·ld
//   R10 … R13      the group's four rows of src, walking         CX        terms left
//   SI             j, the group's first column                   AX        4·lds, and scratch
//   BX             n-1, and dst four terms on

// POINTER is the row of src for column j+i.
#define POINTER(i, reg) \
	LEAQ    i(SI), AX          \
	CMPQ    AX, BX             \
	CMOVQGT BX, AX             \
	IMULQ   lds+56(FP), AX     \
	MOVQ    src_base+32(FP), reg \
	LEAQ    (reg)(AX*4), reg

TEXT ·Transpose(SB), NOSPLIT, $0-80
	MOVQ ld+24(FP), R8
	SHLQ $2, R8
	LEAQ (R8)(R8*2), R9
	XORQ SI, SI

group:
	MOVQ n+72(FP), BX
	DECQ BX
	POINTER(0, R10)
	POINTER(1, R11)
	POINTER(2, R12)
	POINTER(3, R13)
	MOVQ dst_base+0(FP), DI
	LEAQ (DI)(SI*4), DI
	MOVQ lds+56(FP), AX
	SHLQ $4, AX
	MOVQ k+64(FP), CX
	SUBQ $8, CX
	JLT  tail

eight:
	VMOVUPS      (R10), Y0
	VMOVUPS      (R11), Y1
	VMOVUPS      (R12), Y2
	VMOVUPS      (R13), Y3
	PREFETCHT0   (R10)(AX*1)
	PREFETCHT0   (R11)(AX*1)
	PREFETCHT0   (R12)(AX*1)
	PREFETCHT0   (R13)(AX*1)
	VUNPCKLPS    Y1, Y0, Y4
	VUNPCKHPS    Y1, Y0, Y5
	VUNPCKLPS    Y3, Y2, Y6
	VUNPCKHPS    Y3, Y2, Y7
	VUNPCKLPD    Y6, Y4, Y0
	VUNPCKHPD    Y6, Y4, Y1
	VUNPCKLPD    Y7, Y5, Y2
	VUNPCKHPD    Y7, Y5, Y3
	LEAQ         (DI)(R8*4), BX
	VMOVUPS      X0, (DI)
	VMOVUPS      X1, (DI)(R8*1)
	VMOVUPS      X2, (DI)(R8*2)
	VMOVUPS      X3, (DI)(R9*1)
	VEXTRACTF128 $1, Y0, (BX)
	VEXTRACTF128 $1, Y1, (BX)(R8*1)
	VEXTRACTF128 $1, Y2, (BX)(R8*2)
	VEXTRACTF128 $1, Y3, (BX)(R9*1)
	LEAQ         (BX)(R8*4), DI
	ADDQ         $32, R10
	ADDQ         $32, R11
	ADDQ         $32, R12
	ADDQ         $32, R13
	SUBQ         $8, CX
	JGE          eight

tail:
	ADDQ $8, CX
	JEQ  grouped

one:
	VMOVSS    (R10), X0
	VINSERTPS $0x10, (R11), X0, X0
	VINSERTPS $0x20, (R12), X0, X0
	VINSERTPS $0x30, (R13), X0, X0
	VMOVUPS   X0, (DI)
	ADDQ      R8, DI
	ADDQ      $4, R10
	ADDQ      $4, R11
	ADDQ      $4, R12
	ADDQ      $4, R13
	DECQ      CX
	JNE       one

grouped:
	ADDQ $4, SI
	CMPQ SI, ld+24(FP)
	JLT  group
	VZEROUPPER
	RET
