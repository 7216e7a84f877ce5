#include "textflag.h"
#include "math_amd64.h"

// func Softmax(p, x []float32) (largest, sum float32)
// func SoftmaxCrossEntropy(grad, x []float32, label int, scale float32) float32
// func GaussianNLL(grad, prediction, target []float32, invNoise, constant, scale float32) float32
//
//   e = exp(x − max x), sum = Σ e, p = e/sum;  grad = scale·(p − onehot);  log sum − (x[label] − max x)
//   r = (prediction − target)·invNoise;  grad = scale·r·invNoise;  fma(½, Σ r², constant)
//
// Shapes:   one row: Softmax and SoftmaxCrossEntropy take at least one element, GaussianNLL any number; any
//           alignment; outputs may be inputs. A row of up to sixteen stays in a register.
// Features: AVX-512 F, DQ.
// Tail:     masked here; lanes without an element are left as they are.
//
// Registers:
//   DI, SI, DX  p or grad, x or prediction, target     R9  length        CX   elements left
//   R10, R11    walking over x, p                      R12 label         K1   elements in range
//   Z0          the largest in all lanes               Z1  x, e, p       Z6   sum
//   Z2 … Z5     temporaries                            Z7  x[label]      Z8   scale
//   GaussianNLL: Z6 acc, Z8, Z9 scale, invNoise

// Z0 = the largest in all lanes; NaN if x[0] is, else other NaNs are passed over. Of zeros it is the first.
// Leaves the last elements in Z1 and their mask in K1.
#define LARGEST \
	MOVQ         SI, R10         \
	MOVQ         R9, CX          \
	VBROADCASTSS (SI), Z0        \
	FIRST                        \
	NEXT(next1, full1, done1)    \
	VMOVUPS.Z    (R10), K1, Z1   \
	VMAXPS       Z0, Z1, K1, Z0  \ // x > largest ? x : largest
	ADDQ         $64, R10        \
	JMP          next1           \
done1:                           \
	VEXTRACTF32X8 $1, Z0, Y2     \
	VMAXPS       Y2, Y0, Y0      \
	VEXTRACTF32X4 $1, Y0, X2     \
	VMAXPS       X2, X0, X0      \
	VPERMILPD    $1, X0, X2      \
	VMAXPS       X2, X0, X0      \
	VMOVSHDUP    X0, X2          \
	VMAXPS       X2, X0, X0      \
	VBROADCASTSS X0, Z0          \
	VPXOR        X2, X2, X2      \
	VUCOMISS     X2, X0          \
	JNE          nonzero         \
	JPS          nonzero         \
	MOVQ         SI, R10         \
zero:                            \
	VUCOMISS     (R10), X2       \
	LEAQ         4(R10), R10     \
	JNE          zero            \
	JPS          zero            \
	VBROADCASTSS -4(R10), Z0     \
nonzero:

// Z1 = e of a row of up to sixteen, Z6 = sum in all lanes.
#define SHORT_EXP \
	VSUBPS       Z0, Z1, Z1      \
	EXP(Z1, Z2, Z3, Z4)          \
	VMOVAPS.Z    Z1, K1, Z6      \
	TREE32(Z6, Y6, X6, Y2, X2)   \
	VBROADCASTSS X6, Z6

// p = e of a longer row, Z6 = sum in all lanes.
#define LONG_EXP \
	MOVQ         SI, R10         \
	MOVQ         DI, R11         \
	MOVQ         R9, CX          \
	VPXORD       Z6, Z6, Z6      \
	FIRST                        \
	NEXT(next2, full2, done2)    \
	VMOVUPS.Z    (R10), K1, Z1   \
	VSUBPS       Z0, Z1, Z1      \
	EXP(Z1, Z2, Z3, Z4)          \
	VADDPS       Z1, Z6, K1, Z6  \
	VMOVUPS      Z1, K1, (R11)   \
	ADDQ         $64, R10        \
	ADDQ         $64, R11        \
	JMP          next2           \
done2:                           \
	TREE32(Z6, Y6, X6, Y2, X2)   \
	VBROADCASTSS X6, Z6          \
	MOVQ         DI, R11         \
	MOVQ         R9, CX          \
	FIRST

TEXT ·Softmax(SB), NOSPLIT, $0-56
	MOVQ      p_base+0(FP), DI
	MOVQ      x_base+24(FP), SI
	MOVQ      x_len+32(FP), R9
	LARGEST
	CMPQ      R9, $16
	JGT       long
	SHORT_EXP
	VDIVPS    Z6, Z1, Z1
	VMOVUPS   Z1, K1, (DI)
	JMP       done
long:
	LONG_EXP
	NEXT(next3, full3, done)
	VMOVUPS.Z (R11), K1, Z1
	VDIVPS    Z6, Z1, Z1
	VMOVUPS   Z1, K1, (R11)
	ADDQ      $64, R11
	JMP       next3
done:
	VMOVSS    X0, largest+48(FP)
	VMOVSS    X6, sum+52(FP)
	VZEROUPPER
	RET

TEXT ·SoftmaxCrossEntropy(SB), NOSPLIT, $0-68
	MOVQ         grad_base+0(FP), DI
	MOVQ         x_base+24(FP), SI
	MOVQ         x_len+32(FP), R9
	MOVQ         label+48(FP), R12
	VBROADCASTSS scale+56(FP), Z8
	VMOVSS       (SI)(R12*4), X7
	LARGEST
	CMPQ         R9, $16
	JGT          long
	SHORT_EXP
	VDIVPS       Z6, Z1, Z1
	MOVL         $1, AX
	MOVQ         R12, CX
	SHLL         CX, AX
	KMOVW        AX, K2
	VSUBPS.BCST  one, Z1, K2, Z1
	VMULPS       Z8, Z1, Z1
	VMOVUPS      Z1, K1, (DI)
	JMP          loss
long:
	LONG_EXP
	VMOVSS       (DI)(R12*4), X5
	NEXT(next3, full3, label)
	VMOVUPS.Z    (R11), K1, Z1
	VDIVPS       Z6, Z1, Z1
	VMULPS       Z8, Z1, Z1
	VMOVUPS      Z1, K1, (R11)
	ADDQ         $64, R11
	JMP          next3
label:
	VDIVSS       X6, X5, X5
	VSUBSS       one, X5, X5
	VMULSS       X8, X5, X5
	VMOVSS       X5, (DI)(R12*4)
loss:
	LOG(Z6, Z1, Z2, Z3, Z4, Z5)
	VSUBSS       X0, X7, X7
	VSUBSS       X7, X1, X1
	VMOVSS       X1, ret+64(FP)
	VZEROUPPER
	RET

TEXT ·GaussianNLL(SB), NOSPLIT, $0-92
	MOVQ         grad_base+0(FP), DI
	MOVQ         prediction_base+24(FP), SI
	MOVQ         prediction_len+32(FP), CX
	MOVQ         target_base+48(FP), DX
	VBROADCASTSS invNoise+72(FP), Z9
	VBROADCASTSS scale+80(FP), Z8
	VPXORD       Z6, Z6, Z6
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z    (SI), K1, Z1
	VSUBPS.Z     (DX), Z1, K1, Z1
	VMULPS       Z9, Z1, Z1           // r
	VFMADD231PS  Z1, Z1, K1, Z6
	VMULPS       Z1, Z8, Z2
	VMULPS       Z9, Z2, Z2
	VMOVUPS      Z2, K1, (DI)
	ADDQ         $64, SI
	ADDQ         $64, DX
	ADDQ         $64, DI
	JMP          next
done:
	TREE32(Z6, Y6, X6, Y2, X2)
	VMOVSS       constant+76(FP), X1
	VFMADD231SS  half, X6, X1
	VMOVSS       X1, ret+88(FP)
	VZEROUPPER
	RET
