#include "textflag.h"
#include "math_amd64.h"

// func AddTo(dst, x []float32)             dst += x
// func ReLU(y []float32)                   y = y ≤ 0 ? 0 : y
// func ReLUGrad(dx, y, dy []float32)       dx = y ≤ 0 ? 0 : dy
// func TanhGrad(dx, y, dy []float32)       dx = dy·fma(−y, y, 1)
//
// Shapes:   any length, any alignment; outputs may be inputs.
// Features: AVX2, FMA3.
// Tail:     masked here.
//
// Registers:
//   DI        dst, y or dx    SI, DX   x or y, dy    CX   elements left
//   Y0 … Y2   temporaries     Y3       0 or 1        Y15  elements in range

#define LOADS_Y_DY(load) \
	load((SI), Y0) \
	load((DX), Y1)

#define LOADS_X_DST(load) \
	load((SI), Y0) \
	load((DI), Y1)

#define LOADS_Y(load) \
	load((DI), Y0)

TEXT ·AddTo(SB), NOSPLIT, $0-48
	MOVQ    dst_base+0(FP), DI
	MOVQ    x_base+24(FP), SI
	MOVQ    x_len+32(FP), CX
	FIRST
	NEXT(next, full, body, done, LOADS_X_DST)
	VADDPS  Y1, Y0, Y0
	STORE(Y0, (DI))
	ADDQ    $32, SI
	ADDQ    $32, DI
	JMP     next
done:
	VZEROUPPER
	RET

TEXT ·ReLU(SB), NOSPLIT, $0-24
	MOVQ    y_base+0(FP), DI
	MOVQ    y_len+8(FP), CX
	VXORPS  Y3, Y3, Y3
	FIRST
	NEXT(next, full, body, done, LOADS_Y)
	VCMPPS  $6, Y3, Y0, Y1 // not y ≤ 0
	VANDPS  Y1, Y0, Y0
	STORE(Y0, (DI))
	ADDQ    $32, DI
	JMP     next
done:
	VZEROUPPER
	RET

TEXT ·ReLUGrad(SB), NOSPLIT, $0-72
	MOVQ    dx_base+0(FP), DI
	MOVQ    y_base+24(FP), SI
	MOVQ    y_len+32(FP), CX
	MOVQ    dy_base+48(FP), DX
	VXORPS  Y3, Y3, Y3
	FIRST
	NEXT(next, full, body, done, LOADS_Y_DY)
	VCMPPS  $6, Y3, Y0, Y0 // not y ≤ 0
	VANDPS  Y0, Y1, Y1
	STORE(Y1, (DI))
	ADDQ    $32, SI
	ADDQ    $32, DX
	ADDQ    $32, DI
	JMP     next
done:
	VZEROUPPER
	RET

TEXT ·TanhGrad(SB), NOSPLIT, $0-72
	MOVQ    dx_base+0(FP), DI
	MOVQ    y_base+24(FP), SI
	MOVQ    y_len+32(FP), CX
	MOVQ    dy_base+48(FP), DX
	VMOVUPS one(SB), Y3
	FIRST
	NEXT(next, full, body, done, LOADS_Y_DY)
	VFNMADD213PS Y3, Y0, Y0 // 1 − y·y
	VMULPS  Y0, Y1, Y1
	STORE(Y1, (DI))
	ADDQ    $32, SI
	ADDQ    $32, DX
	ADDQ    $32, DI
	JMP     next
done:
	VZEROUPPER
	RET
