#include "textflag.h"
#include "math_amd64.h"

// func AddTo(dst, x []float32)             dst += x
// func ReLU(y []float32)                   y = y ≤ 0 ? 0 : y
// func ReLUGrad(dx, y, dy []float32)       dx = y ≤ 0 ? 0 : dy
// func TanhGrad(dx, y, dy []float32)       dx = dy·fma(−y, y, 1)
//
// Shapes:   any length, any alignment; outputs may be inputs.
// Features: AVX-512 F.
// Tail:     masked here.
//
// Registers:
//   DI        dst, y or dx    SI, DX   x or y, dy    CX   elements left
//   Z0 … Z2   temporaries     Z3       0 or 1
//   K1        elements in range                      K2   elements that are not ≤ 0

TEXT ·AddTo(SB), NOSPLIT, $0-48
	MOVQ      dst_base+0(FP), DI
	MOVQ      x_base+24(FP), SI
	MOVQ      x_len+32(FP), CX
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z (SI), K1, Z0
	VADDPS.Z  (DI), Z0, K1, Z0
	VMOVUPS   Z0, K1, (DI)
	ADDQ      $64, SI
	ADDQ      $64, DI
	JMP       next
done:
	VZEROUPPER
	RET

TEXT ·ReLU(SB), NOSPLIT, $0-24
	MOVQ      y_base+0(FP), DI
	MOVQ      y_len+8(FP), CX
	VPXORD    Z3, Z3, Z3
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z (DI), K1, Z0
	VCMPPS    $6, Z3, Z0, K2 // not y ≤ 0
	VMOVAPS.Z Z0, K2, Z0
	VMOVUPS   Z0, K1, (DI)
	ADDQ      $64, DI
	JMP       next
done:
	VZEROUPPER
	RET

TEXT ·ReLUGrad(SB), NOSPLIT, $0-72
	MOVQ      dx_base+0(FP), DI
	MOVQ      y_base+24(FP), SI
	MOVQ      y_len+32(FP), CX
	MOVQ      dy_base+48(FP), DX
	VPXORD    Z3, Z3, Z3
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z (SI), K1, Z0
	VMOVUPS.Z (DX), K1, Z1
	VCMPPS    $6, Z3, Z0, K2 // not y ≤ 0
	VMOVAPS.Z Z1, K2, Z1
	VMOVUPS   Z1, K1, (DI)
	ADDQ      $64, SI
	ADDQ      $64, DX
	ADDQ      $64, DI
	JMP       next
done:
	VZEROUPPER
	RET

TEXT ·TanhGrad(SB), NOSPLIT, $0-72
	MOVQ         dx_base+0(FP), DI
	MOVQ         y_base+24(FP), SI
	MOVQ         y_len+32(FP), CX
	MOVQ         dy_base+48(FP), DX
	VBROADCASTSS one, Z3
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z    (SI), K1, Z0
	VMOVUPS.Z    (DX), K1, Z1
	VFNMADD213PS Z3, Z0, Z0  // 1 − y·y
	VMULPS       Z0, Z1, Z1
	VMOVUPS      Z1, K1, (DI)
	ADDQ         $64, SI
	ADDQ         $64, DX
	ADDQ         $64, DI
	JMP          next
done:
	VZEROUPPER
	RET
