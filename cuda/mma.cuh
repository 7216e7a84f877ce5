// The tensor cores' TF32 instructions, and what stands for them in the simulator.
#pragma once
#include "common.cuh"

// toTF32 rounds to 10 bits of mantissa, to nearest, ties away from 0.
// mma adds A·B of a warp's 16×8 by 8×8 matrices to its 16×8 sums. With g = lane/4 and
// t = lane mod 4 a thread holds
//
//	a: (g, t), (g+8, t), (g, t+4), (g+8, t+4)    b: (t, g), (t+4, g)
//	sums: (g, 2t), (g, 2t+1), (g+8, 2t), (g+8, 2t+1)
//
// (PTX ISA, "Matrix fragments for mma.m16n8k8", type .tf32).
#ifdef __CUDACC__

DEVICE float toTF32(float x) {
	unsigned rounded;
	asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(x));
	return __uint_as_float(rounded);
}

DEVICE void mma(float (&s)[4], const float (&a)[4], const float (&b)[2]) {
	asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
		: "+f"(s[0]), "+f"(s[1]), "+f"(s[2]), "+f"(s[3])
		: "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])), "r"(__float_as_uint(a[3])),
		  "r"(__float_as_uint(b[0])), "r"(__float_as_uint(b[1])));
}

#else

DEVICE float toTF32(float x) { return x - x == 0 ? __uint_as_float((__float_as_uint(x) + 0x1000) & ~0x1fffu) : x; }

// Each thread gathers its rows of A and columns of B and adds their products in increasing k.
DEVICE void mma(float (&s)[4], const float (&a)[4], const float (&b)[2]) {
	int g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
	for (int k = 0; k < 8; k++) {
		float x[2], y[2];
		for (int h = 0; h < 2; h++) {
			x[h] = __shfl_sync(wholeWarp, a[k / 4 * 2 + h], g * 4 + k % 4);
			y[h] = __shfl_sync(wholeWarp, b[k / 4], (2 * t + h) * 4 + k % 4);
		}
		for (int e = 0; e < 4; e++) {
			s[e] = ref::FMA(x[e / 2], y[e % 2], s[e]);
		}
	}
}

#endif
