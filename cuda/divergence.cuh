// The divergence of a chunk of a Gaussian posterior from its prior (ref.KLGaussian), for gaussian.cu
// and output.cu.
#pragma once

#include "common.cuh"

// Divergence is KL(N(μ, σ²) ‖ N(0, s²)) of n elements: partial has a sum for each chunk of them. 1/s is
// invPriors[i], or invPrior for all where that is null.
struct Divergence {
	double *partial;
	const float *mu, *sigma, *invPriors;
	float invPrior;
	long long n;

	__device__ __forceinline__ float inverse(long long i) const { return invPriors ? invPriors[i] : invPrior; }

	// term is an element's fma(m, m, v) − 1 and its q = σ/s.
	__device__ __forceinline__ float2 term(long long i) const {
		float inv = inverse(i), q = sigma[i] * inv, m = mu[i] * inv, v = q * q;
		return make_float2(ref::FMA(m, m, v) - 1, q);
	}

	// chunk computes one chunk's, with room for so many terms in shared memory at a time: the block's
	// threads compute them, 16 run the lanes' chains. Whole blocks call it.
	template <int room>
	__device__ __forceinline__ void chunk(long long number, float2 *terms) const {
		static_assert(ref::Chunk % room == 0 && room % ref::Lanes == 0, "whole parts of a chunk");
		long long lo = number * ref::Chunk;
		int length = (int)min(n - lo, (long long)ref::Chunk);
		double lane = 0;
		ref::Product scale;
		for (int from = 0; from < length; from += room) {
			int part = min(length - from, room);
			for (int e = threadIdx.x; e < part; e += blockDim.x) {
				terms[e] = term(lo + from + e);
			}
			__syncthreads();
			if (threadIdx.x < ref::Lanes) {
				_Pragma("unroll 8")
				for (int e = threadIdx.x; e < part; e += ref::Lanes) {
					float2 t = terms[e];
					lane += (double)t.x;
					scale.multiply(t.y);
				}
			}
			__syncthreads();
		}
		if (threadIdx.x < ref::Lanes) {
			const unsigned sixteen = (1u << ref::Lanes) - 1;
			double total = ref::tree64(sixteen, lane), mantissa = scale.combine(sixteen);
			if (threadIdx.x == 0) {
				partial[number] = ref::KLValue(total, mantissa, scale.exponents, length);
			}
		}
	}
};

// addChunks adds the sums of chunks to kl in order; one thread calls it.
DEVICE void addChunks(double *kl, const double *partial, int chunks) {
	double total = 0;
	_Pragma("unroll 8")
	for (int c = 0; c < chunks; c++) {
		total += partial[c];
	}
	*kl += total;
}
