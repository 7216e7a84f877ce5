// sample_gaussian:      w[s, i] = fma(σ[i], ε, μ[i])                 (ref.SampleGaussian)
// sample_gaussian_grad: dμ[i] = Σ_s dw[s, i], dσ[i] = Σ_s dw[s, i]·ε  (ref.SampleGaussianGrad)
//
// ε is element i of the noise of the key with its sample advanced by s; it is regenerated in
// the gradient. Shapes: μ, σ, dμ, dσ [n], w, dw [samples×n]. Element i of the noise is word
// (i/16) mod 4 of block 16·(i/64) + i mod 16: one thread computes one Philox block and four
// normal numbers, 16 elements apart, so that half a warp reads and writes 64 contiguous bytes.
//
// sample_gaussian: 256 threads a block, one Philox block a thread; the grid's y splits the
// samples, over which a thread keeps μ and σ in registers. No shared memory, 49
// registers, five blocks a multiprocessor. 224 instructions make 16 bytes: bound by arithmetic.
//
// sample_gaussian_grad: 16 lanes × up to 16 samples a block, which owns 64 elements. The
// threads generate 16 samples' noise side by side in shared memory (8 kB with dw); then
// the chains over the samples, which must be in order, cost two instructions a sample. So even
// a few thousand parameters fill the machine. 48 registers: 5 blocks a multiprocessor.
#include "common.cuh"

// sampleBlock draws a thread's four elements, from first on, of the samples of its y. whole: none
// of them lies outside.
template <bool whole>
DEVICE void sampleBlock(float *w, const float *mu, const float *sigma, ref::Key key, unsigned block, int samples, long long first, long long n) {
	float m[4], s[4];
	UNROLL
	for (int j = 0; j < 4; j++) {
		long long i = first + j * ref::lanes;
		m[j] = whole || i < n ? mu[i] : 0;
		s[j] = whole || i < n ? sigma[i] : 0;
	}
	for (int k = blockIdx.y; k < samples; k += gridDim.y) {
		ref::Normals eps = ref::Normal4(ref::advance(key, k).words(block));
		float *to = w + k * n + first;
		UNROLL
		for (int j = 0; j < 4; j++) {
			if (whole || first + j * ref::lanes < n) {
				to[j * ref::lanes] = ref::FMA(s[j], eps.z[j], m[j]);
			}
		}
	}
}

extern "C" __global__ void __launch_bounds__(256) sample_gaussian(float *w, const float *mu, const float *sigma, unsigned long long seed, unsigned stream, unsigned step, unsigned sample, int samples, long long n) {
	long long block = threadIndex();
	long long first = block / ref::lanes * ref::group + block % ref::lanes;
	ref::Key key = {seed, stream, step, sample};
	if (first + 3 * ref::lanes < n) {
		sampleBlock<true>(w, mu, sigma, key, (unsigned)block, samples, first, n);
	} else if (first < n) {
		sampleBlock<false>(w, mu, sigma, key, (unsigned)block, samples, first, n);
	}
}

constexpr int samplesAtOnce = 16;

extern "C" __global__ void __launch_bounds__(256) sample_gaussian_grad(float *dMu, float *dSigma, const float *dw, unsigned long long seed, unsigned stream, unsigned step, unsigned sample, int samples, long long n) {
	SHARED(float, noise, [samplesAtOnce][ref::group]);
	SHARED(float, grad, [samplesAtOnce][ref::group]);
	constexpr int chains = ref::group / ref::lanes; // of a thread, when there is one sample
	long long origin = (long long)blockIdx.x * ref::group;
	int lane = threadIdx.x, slot = threadIdx.y, height = blockDim.y;
	int thread = slot * ref::lanes + lane, threads = height * ref::lanes;
	float mu[chains] = {}, sigma[chains] = {};
	for (int from = 0; from < samples; from += height) {
		int k = from + slot;
		if (k < samples) {
			ref::Key key = ref::advance({seed, stream, step, sample}, k);
			ref::Normals eps = ref::Normal4(key.words((unsigned)(blockIdx.x * ref::lanes + lane)));
			UNROLL
			for (int j = 0; j < 4; j++) {
				int e = j * ref::lanes + lane;
				noise[slot][e] = eps.z[j];
				grad[slot][e] = origin + e < n ? dw[k * n + origin + e] : 0;
			}
		}
		__syncthreads();
		UNROLL
		for (int c = 0; c < chains; c++) {
			int e = thread + c * threads;
			for (int t = 0; t < min(height, samples - from) && e < ref::group; t++) {
				mu[c] += grad[t][e];
				sigma[c] = ref::FMA(grad[t][e], noise[t][e], sigma[c]);
			}
		}
		__syncthreads();
	}
	UNROLL
	for (int c = 0; c < chains; c++) {
		int e = thread + c * threads;
		if (e < ref::group && origin + e < n) {
			dMu[origin + e] = mu[c];
			dSigma[origin + e] = sigma[c];
		}
	}
}
