#include "textflag.h"
#include "math_amd64.h"

// func Adam(x, m, v, g []float32, lr, beta1, beta2, epsilon, c1, c2, correct1, correct2 float32)
//
//   m = fma(β₁, m, c₁·g),  v = fma(β₂, v, c₂·(g·g)),  x = fma(−lr, (m·correct₁)/(√(v·correct₂) + ε), x)
//
// Shapes:   len(g) elements of each, any alignment.
// Features: AVX2, FMA3.
// Tail:     masked here.
//
// Registers:
//   DI, SI, DX, BX   x, m, v, g     CX         elements left    Y15  elements in range
//   Y0, Y1, Y2       g, m, v        Y3 … Y5    temporaries
//   Y7 … Y14         lr, beta1, beta2, epsilon, c1, c2, correct1, correct2

#define LOADS(load) \
	load((BX), Y0) \
	load((SI), Y1) \
	load((DX), Y2) \
	load((DI), Y5)

TEXT ·Adam(SB), NOSPLIT, $0-128
	MOVQ         x_base+0(FP), DI
	MOVQ         m_base+24(FP), SI
	MOVQ         v_base+48(FP), DX
	MOVQ         g_base+72(FP), BX
	MOVQ         g_len+80(FP), CX
	VBROADCASTSS lr+96(FP), Y7
	VBROADCASTSS beta1+100(FP), Y8
	VBROADCASTSS beta2+104(FP), Y9
	VBROADCASTSS epsilon+108(FP), Y10
	VBROADCASTSS c1+112(FP), Y11
	VBROADCASTSS c2+116(FP), Y12
	VBROADCASTSS correct1+120(FP), Y13
	VBROADCASTSS correct2+124(FP), Y14
	FIRST
	NEXT(next, full, body, done, LOADS)
	PREFETCHT0   512(SI)
	PREFETCHT0   512(DX)
	VMULPS       Y0, Y11, Y3
	VFMADD213PS  Y3, Y8, Y1     // m = β₁·m + c₁·g
	VMULPS       Y0, Y0, Y4
	VMULPS       Y4, Y12, Y4
	VFMADD213PS  Y4, Y9, Y2     // v = β₂·v + c₂·g²
	VMULPS       Y14, Y2, Y3
	VSQRTPS      Y3, Y3
	VADDPS       Y10, Y3, Y3
	VMULPS       Y13, Y1, Y4
	VDIVPS       Y3, Y4, Y4
	VFNMADD231PS Y4, Y7, Y5     // x −= lr·…
	STORE(Y1, (SI))
	STORE(Y2, (DX))
	STORE(Y5, (DI))
	ADDQ         $32, DI
	ADDQ         $32, SI
	ADDQ         $32, DX
	ADDQ         $32, BX
	JMP          next
done:
	VZEROUPPER
	RET
