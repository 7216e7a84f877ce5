// gaussian_scale:      σ = softplus(ρ), not below 2⁻⁴⁰, and 1/σ      (ref.GaussianScale)
// gaussian_scale_grad: dρ = dσ·sigmoid(ρ); dρ may be dσ              (ref.GaussianScaleGrad)
// gaussian_kl, gaussian_kl_finish: KL(N(μ,σ²) ‖ N(0,s²)) added to kl, its gradient to dμ and
//                      dσ                                            (ref.KLGaussian);
//                      without dμ no gradient
//                      1/s is invPriors[i], or invPrior for all where that is null
//
// Shapes: n elements each, kl one float64.
// The first two: one thread an element, 256 a block, no shared memory, up to 19
// registers, full occupancy.
// gaussian_kl gives a block of 512 threads to a chunk of 4096 elements. Each thread does the
// arithmetic of 8 elements and leaves the float64 terms in shared memory (32 kB); then 16
// threads run the lanes' chains of 256 additions and the tree. 28 registers: 4 blocks a
// multiprocessor. gaussian_kl_finish adds the chunks' sums in order, on one thread.
#include "common.cuh"

constexpr float sigmaMin = 0x1p-40f;

extern "C" __global__ void __launch_bounds__(256) gaussian_scale(float *sigma, float *invSigma, const float *rho, long long n) {
	long long i = threadIndex();
	if (i >= n) {
		return;
	}
	float s = ref::Softplus(rho[i]);
	if (s < sigmaMin) {
		s = sigmaMin;
	}
	sigma[i] = s;
	invSigma[i] = 1 / s;
}

extern "C" __global__ void __launch_bounds__(256) gaussian_scale_grad(float *dRho, const float *dSigma, const float *rho, long long n) {
	long long i = threadIndex();
	if (i < n) {
		dRho[i] = dSigma[i] * ref::Sigmoid(rho[i]);
	}
}

extern "C" __global__ void __launch_bounds__(512) gaussian_kl(double *partial, float *dMu, float *dSigma, const float *mu, const float *sigma,
	const float *invPriors, float invPrior, float weight, long long n) {
	SHARED(double, terms, [ref::Chunk]);
	long long lo = (long long)blockIdx.x * ref::Chunk;
	int length = (int)min(n - lo, (long long)ref::Chunk);
	for (int e = threadIdx.x; e < length; e += blockDim.x) {
		long long i = lo + e;
		float s = sigma[i];
		float inv = invPriors ? invPriors[i] : invPrior;
		float q = s * inv;
		float m = mu[i] * inv;
		float v = q * q;
		terms[e] = (double)(ref::FMA(m, m, v) - 1) - (double)ref::Log(v);
		if (dMu) {
			dMu[i] = ref::FMA(m, weight * inv, dMu[i]);
			dSigma[i] += weight * (q * inv - 1 / s);
		}
	}
	__syncthreads();
	if (threadIdx.x >= ref::Lanes) {
		return;
	}
	double lane = 0;
	for (int e = threadIdx.x; e < length; e += ref::Lanes) {
		lane += terms[e];
	}
	double total = ref::tree64((1u << ref::Lanes) - 1, lane);
	if (threadIdx.x == 0) {
		partial[blockIdx.x] = 0.5 * total;
	}
}

extern "C" __global__ void __launch_bounds__(32) gaussian_kl_finish(double *kl, const double *partial, int chunks) {
	if (threadIdx.x > 0) {
		return;
	}
	double total = 0;
	for (int c = 0; c < chunks; c++) {
		total += partial[c];
	}
	*kl += total;
}
