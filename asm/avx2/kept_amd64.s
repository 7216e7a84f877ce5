#include "textflag.h"
#include "math_amd64.h"

// func KeptGrad(dMu, dSigma, dw, noise []float32)
//
//   dμ += dw,  dσ = fma(dw, ε, dσ)
//
// Shapes:   len(dw) elements of each, any alignment.
// Features: AVX2, FMA3.
// Tail:     masked here.
//
// Registers:
//   DI, SI, DX, BX   dMu, dSigma, dw, noise    CX   elements left
//   Y0 … Y3          dw, noise, dμ, dσ         Y15  elements in range

#define LOADS_KEPT(load) \
	load((DX), Y0) \
	load((BX), Y1) \
	load((DI), Y2) \
	load((SI), Y3)

TEXT ·KeptGrad(SB), NOSPLIT, $0-96
	MOVQ        dMu_base+0(FP), DI
	MOVQ        dSigma_base+24(FP), SI
	MOVQ        dw_base+48(FP), DX
	MOVQ        dw_len+56(FP), CX
	MOVQ        noise_base+72(FP), BX
	FIRST
	NEXT(next, full, body, done, LOADS_KEPT)
	PREFETCHT0  512(DX)
	PREFETCHT0  512(BX)
	VADDPS      Y0, Y2, Y2
	VFMADD231PS Y0, Y1, Y3
	STORE(Y2, (DI))
	STORE(Y3, (SI))
	ADDQ        $32, DI
	ADDQ        $32, SI
	ADDQ        $32, DX
	ADDQ        $32, BX
	JMP         next
done:
	VZEROUPPER
	RET
