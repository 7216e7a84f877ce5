#include "textflag.h"
#include "math_amd64.h"

// func KeptGrad(dMu, dSigma, dw, noise []float32)
//
//   dμ += dw,  dσ = fma(dw, ε, dσ)
//
// Shapes:   len(dw) elements of each, any alignment.
// Features: AVX-512 F.
// Tail:     masked here.
//
// Registers:
//   DI, SI, DX, BX   dMu, dSigma, dw, noise    CX   elements left
//   Z0 … Z3          dw, noise, dμ, dσ         K1   elements in range

TEXT ·KeptGrad(SB), NOSPLIT, $0-96
	MOVQ        dMu_base+0(FP), DI
	MOVQ        dSigma_base+24(FP), SI
	MOVQ        dw_base+48(FP), DX
	MOVQ        dw_len+56(FP), CX
	MOVQ        noise_base+72(FP), BX
	FIRST
	NEXT(next, full, done)
	VMOVUPS.Z   (DX), K1, Z0
	VMOVUPS.Z   (BX), K1, Z1
	VMOVUPS.Z   (DI), K1, Z2
	VMOVUPS.Z   (SI), K1, Z3
	VADDPS      Z0, Z2, Z2
	VFMADD231PS Z0, Z1, Z3
	VMOVUPS     Z2, K1, (DI)
	VMOVUPS     Z3, K1, (SI)
	ADDQ        $64, DI
	ADDQ        $64, SI
	ADDQ        $64, DX
	ADDQ        $64, BX
	JMP         next
done:
	VZEROUPPER
	RET
