#include "textflag.h"
#include "math_amd64.h"

// func Adam(x, m, v, g []float32, lr, beta1, beta2, epsilon, c1, c2, correct1, correct2 float32)
//
//   m = fma(β₁, m, c₁·g),  v = fma(β₂, v, c₂·(g·g)),  x = fma(−lr, (m·correct₁)/(√(v·correct₂) + ε), x)
//
// Shapes:   len(g) elements of each, any alignment.
// Features: AVX-512 F.
// Tail:     masked here.
//
// Registers:
//   DI, SI, DX, BX   x, m, v, g     CX         elements left    K1  elements in range
//   Z0, Z1, Z2       g, m, v        Z3 … Z5    temporaries
//   Z8 … Z15         lr, beta1, beta2, epsilon, c1, c2, correct1, correct2

TEXT ·Adam(SB), NOSPLIT, $0-128
	MOVQ         x_base+0(FP), DI
	MOVQ         m_base+24(FP), SI
	MOVQ         v_base+48(FP), DX
	MOVQ         g_base+72(FP), BX
	MOVQ         g_len+80(FP), CX
	VBROADCASTSS lr+96(FP), Z8
	VBROADCASTSS beta1+100(FP), Z9
	VBROADCASTSS beta2+104(FP), Z10
	VBROADCASTSS epsilon+108(FP), Z11
	VBROADCASTSS c1+112(FP), Z12
	VBROADCASTSS c2+116(FP), Z13
	VBROADCASTSS correct1+120(FP), Z14
	VBROADCASTSS correct2+124(FP), Z15
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z    (BX), K1, Z0
	VMOVUPS.Z    (SI), K1, Z1
	VMOVUPS.Z    (DX), K1, Z2
	VMOVUPS.Z    (DI), K1, Z5
	VMULPS       Z0, Z12, Z3
	VFMADD213PS  Z3, Z9, Z1     // m = β₁·m + c₁·g
	VMULPS       Z0, Z0, Z4
	VMULPS       Z4, Z13, Z4
	VFMADD213PS  Z4, Z10, Z2    // v = β₂·v + c₂·g²
	VMOVUPS      Z1, K1, (SI)
	VMOVUPS      Z2, K1, (DX)
	VMULPS       Z15, Z2, Z2
	VSQRTPS      Z2, Z2
	VADDPS       Z11, Z2, Z2
	VMULPS       Z14, Z1, Z1
	VDIVPS       Z2, Z1, Z1
	VFNMADD231PS Z1, Z8, Z5     // x −= lr·…
	VMOVUPS      Z5, K1, (DI)
	ADDQ         $64, DI
	ADDQ         $64, SI
	ADDQ         $64, DX
	ADDQ         $64, BX
	JMP          next
done:
	VZEROUPPER
	RET
