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
//           alignment; outputs may be inputs. A row of up to sixteen stays in registers.
// Features: AVX2, FMA3.
// Tail:     masked here; +0 is added to lanes without an element, which are not −0.
//
// Registers:
//   DI, SI, DX  p or grad, x or prediction, target     R9  length        CX   elements left
//   R10, R11    walking over x, p                      R12 label         Y15  elements in range
//   Y0          the largest in all lanes               Y1  x, e, p       Y6, Y9  sum; the halves take turns
//   Y2 … Y5     temporaries                            Y7  x[label]      Y8   scale, Y10  invNoise
//   Of a short row: Y1, Y11 x, e, p    Y14, Y15 elements in range    Y12, Y13 temporaries

#define LOADS_X(load) \
	load((R10), Y1)

#define LOADS_P(load) \
	load((R11), Y1)

#define LOADS_NLL(load) \
	load((SI), Y1) \
	load((DX), Y2)

// Y0 = the largest in all lanes; NaN if x[0] is, else other NaNs are passed over. Of zeros it is the first.
#define LARGEST \
	MOVQ         SI, R10         \
	MOVQ         R9, CX          \
	VBROADCASTSS (SI), Y0        \
	FIRST                        \
	NEXT(next1, full1, body1, done1, LOADS_X) \
	VBLENDVPS    Y15, Y1, Y0, Y1 \
	VMAXPS       Y0, Y1, Y0      \ // x > largest ? x : largest
	ADDQ         $32, R10        \
	JMP          next1           \
done1:                           \
	VEXTRACTF128 $1, Y0, X2      \
	VMAXPS       X2, X0, X0      \
	VPERMILPD    $1, X0, X2      \
	VMAXPS       X2, X0, X0      \
	VMOVSHDUP    X0, X2          \
	VMAXPS       X2, X0, X0      \
	VBROADCASTSS X0, Y0          \
	VXORPS       X2, X2, X2      \
	VUCOMISS     X2, X0          \
	JNE          nonzero         \
	JPS          nonzero         \
	MOVQ         SI, R10         \
zero:                            \
	VUCOMISS     (R10), X2       \
	LEAQ         4(R10), R10     \
	JNE          zero            \
	JPS          zero            \
	VBROADCASTSS -4(R10), Y0     \
nonzero:

// Y1, Y11 = e of a row of up to sixteen, Y6 = sum in all lanes.
#define SHORT_EXPONENTIALS \
	LEAQ         ·inRange+64(SB), AX \
	MOVQ         R9, CX              \
	SHLQ         $2, CX              \
	SUBQ         CX, AX              \
	VMOVDQU      (AX), Y14           \
	VMOVDQU      32(AX), Y15         \
	VMASKMOVPS   (SI), Y14, Y1       \
	VMASKMOVPS   32(SI), Y15, Y11    \
	VSUBPS       Y0, Y1, Y1          \
	VSUBPS       Y0, Y11, Y11        \
	VANDPS       Y14, Y1, Y1         \ // the exponential of a large number out of range would be slow
	VANDPS       Y15, Y11, Y11       \
	EXP(Y1, Y2, Y3, Y4)              \
	EXP(Y11, Y5, Y12, Y13)           \
	VANDPS       Y14, Y1, Y6         \
	VANDPS       Y15, Y11, Y9        \
	TREE32(Y6, Y9, X6, X2)           \
	VBROADCASTSS X6, Y6              \
	VDIVPS       Y6, Y1, Y1          \
	VDIVPS       Y6, Y11, Y11

// Y1, Y11 to the row.
#define SHORT_STORE(narrow, done) \
	CMPQ         R9, $8              \
	JLT          narrow              \
	VMOVUPS      Y1, (DI)            \
	VMASKMOVPS   Y11, Y15, 32(DI)    \
	JMP          done                \
narrow:                              \
	VMASKMOVPS   Y1, Y14, (DI)       \
	JMP          done

// p = e, Y6 = sum in all lanes, and the head of a walk over p.
#define EXPONENTIALS \
	MOVQ         SI, R10         \
	MOVQ         DI, R11         \
	MOVQ         R9, CX          \
	VXORPS       Y6, Y6, Y6      \
	VXORPS       Y9, Y9, Y9      \
	FIRST                        \
	NEXT(next2, full2, body2, done2, LOADS_X) \
	VSUBPS       Y0, Y1, Y1      \
	EXP(Y1, Y2, Y3, Y4)          \
	STORE(Y1, (R11))             \
	VANDPS       Y15, Y1, Y1     \
	VADDPS       Y1, Y6, Y6      \
	SWAP(Y6, Y9, Y2)             \
	ADDQ         $32, R10        \
	ADDQ         $32, R11        \
	JMP          next2           \
done2:                           \
	TREE32(Y6, Y9, X6, X2)       \
	VBROADCASTSS X6, Y6          \
	MOVQ         DI, R11         \
	MOVQ         R9, CX          \
	FIRST

DATA upTo16<>+0(SB)/8, $0x0000000100000000
DATA upTo16<>+8(SB)/8, $0x0000000300000002
DATA upTo16<>+16(SB)/8, $0x0000000500000004
DATA upTo16<>+24(SB)/8, $0x0000000700000006
DATA upTo16<>+32(SB)/8, $0x0000000900000008
DATA upTo16<>+40(SB)/8, $0x0000000b0000000a
DATA upTo16<>+48(SB)/8, $0x0000000d0000000c
DATA upTo16<>+56(SB)/8, $0x0000000f0000000e
GLOBL upTo16<>(SB), RODATA|NOPTR, $64

TEXT ·Softmax(SB), NOSPLIT, $0-56
	MOVQ   p_base+0(FP), DI
	MOVQ   x_base+24(FP), SI
	MOVQ   x_len+32(FP), R9
	LARGEST
	CMPQ   R9, $16
	JGT    long
	SHORT_EXPONENTIALS
	SHORT_STORE(narrow, done3)
long:
	EXPONENTIALS
	NEXT(next3, full3, body3, done3, LOADS_P)
	VDIVPS Y6, Y1, Y1
	STORE(Y1, (R11))
	ADDQ   $32, R11
	JMP    next3
done3:
	VMOVSS X0, largest+48(FP)
	VMOVSS X6, sum+52(FP)
	VZEROUPPER
	RET

TEXT ·SoftmaxCrossEntropy(SB), NOSPLIT, $0-68
	MOVQ         grad_base+0(FP), DI
	MOVQ         x_base+24(FP), SI
	MOVQ         x_len+32(FP), R9
	MOVQ         label+48(FP), R12
	VBROADCASTSS scale+56(FP), Y8
	VMOVSS       (SI)(R12*4), X7
	LARGEST
	CMPQ         R9, $16
	JGT          long
	SHORT_EXPONENTIALS
	VPBROADCASTD label+48(FP), Y2
	VPCMPEQD     upTo16<>+0(SB), Y2, Y3
	VPCMPEQD     upTo16<>+32(SB), Y2, Y4
	VANDPS       one(SB), Y3, Y3
	VANDPS       one(SB), Y4, Y4
	VSUBPS       Y3, Y1, Y1           // −1 at the label
	VSUBPS       Y4, Y11, Y11
	VMULPS       Y8, Y1, Y1
	VMULPS       Y8, Y11, Y11
	SHORT_STORE(narrow, loss)
long:
	EXPONENTIALS
	VMOVSS       (DI)(R12*4), X5
	NEXT(next3, full3, body3, done3, LOADS_P)
	VDIVPS       Y6, Y1, Y1
	VMULPS       Y8, Y1, Y1
	STORE(Y1, (R11))
	ADDQ         $32, R11
	JMP          next3
done3:
	VDIVSS       X6, X5, X5
	VSUBSS       one(SB), X5, X5
	VMULSS       X8, X5, X5
	VMOVSS       X5, (DI)(R12*4)
loss:
	LOG(Y6, Y1, Y2, Y3, Y4, Y5)
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
	VBROADCASTSS invNoise+72(FP), Y10
	VBROADCASTSS scale+80(FP), Y8
	VXORPS       Y6, Y6, Y6
	VXORPS       Y9, Y9, Y9
	FIRST
	NEXT(next, full, body, done, LOADS_NLL)
	VSUBPS       Y2, Y1, Y1
	VMULPS       Y10, Y1, Y1          // r
	VMULPS       Y1, Y8, Y2
	VMULPS       Y10, Y2, Y2
	STORE(Y2, (DI))
	VANDPS       Y15, Y1, Y1
	VFMADD231PS  Y1, Y1, Y6
	SWAP(Y6, Y9, Y2)
	ADDQ         $32, SI
	ADDQ         $32, DX
	ADDQ         $32, DI
	JMP          next
done:
	TREE32(Y6, Y9, X6, X2)
	VMOVSS       constant+76(FP), X1
	VFMADD231SS  half(SB), X6, X1
	VMOVSS       X1, ret+88(FP)
	VZEROUPPER
	RET
