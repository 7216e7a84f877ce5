#include "textflag.h"

// func Maxima(v, c []float64) (u float64)
//
//   u = max c[j],  v[j] = max(v[j], c[j] − u), v[j] where that is NaN
//
// Shapes:   len(c) elements of each, any alignment.
// Features: AVX2.
// Tail:     eight or four elements at a time, the others one by one.
//
// VMAXPD b, a, d is a > b ? a : b, so b where one is NaN.
//
// Registers: SI, AX c, walking   CX, DX elements left   DI v   Y0, Y1 maxima, then Y0 u   Y2, Y3 elements

DATA minusInf<>+0(SB)/8, $0xfff0000000000000
GLOBL minusInf<>(SB), RODATA|NOPTR, $8

TEXT ·Maxima(SB), NOSPLIT, $0-56
	MOVQ         v_base+0(FP), DI
	MOVQ         c_base+24(FP), SI
	MOVQ         c_len+32(FP), CX
	VBROADCASTSD minusInf<>(SB), Y0
	VMOVAPD      Y0, Y1
	MOVQ         SI, AX
	MOVQ         CX, DX

eight:
	SUBQ         $8, DX
	JLT          reduce
	VMOVUPD      (AX), Y2
	VMOVUPD      32(AX), Y3
	VMAXPD       Y0, Y2, Y0
	VMAXPD       Y1, Y3, Y1
	ADDQ         $64, AX
	JMP          eight

reduce:
	VMAXPD       Y0, Y1, Y0
	VEXTRACTF128 $1, Y0, X1
	VMAXPD       X0, X1, X0
	VPERMILPD    $1, X0, X1
	VMAXSD       X0, X1, X0
	ADDQ         $8, DX
	JEQ          columns

one:
	VMOVSD       (AX), X1
	VMAXSD       X0, X1, X0
	ADDQ         $8, AX
	DECQ         DX
	JNE          one

columns:
	VMOVSD       X0, u+48(FP)
	VBROADCASTSD X0, Y0

four:
	SUBQ         $4, CX
	JLT          rest
	VMOVUPD      (SI), Y1
	VSUBPD       Y0, Y1, Y1
	VMAXPD       (DI), Y1, Y1
	VMOVUPD      Y1, (DI)
	ADDQ         $32, SI
	ADDQ         $32, DI
	JMP          four

rest:
	ADDQ         $4, CX
	JEQ          done

last:
	VMOVSD       (SI), X1
	VSUBSD       X0, X1, X1
	VMAXSD       (DI), X1, X1
	VMOVSD       X1, (DI)
	ADDQ         $8, SI
	ADDQ         $8, DI
	DECQ         CX
	JNE          last

done:
	VZEROUPPER
	RET
