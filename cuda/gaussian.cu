// gaussian_scale:      σ = softplus(ρ), not below 2⁻⁴⁰, and 1/σ, unless invSigma is null (ref.GaussianScale)
// gaussian_scale_grad: dρ = dσ·sigmoid(ρ); dρ may be dσ              (ref.GaussianScaleGrad)
// gaussian_kl, gaussian_kl_finish: KL(N(μ,σ²) ‖ N(0,s²)) added to kl, its gradient to dμ and
//                      dσ                                            (ref.KLGaussian);
//                      without dμ no gradient
//                      1/s is invPriors[i], or invPrior for all where that is null
//
// Shapes: n elements each, kl one float64.
// The first two: one thread an element, 256 a block, no shared memory, up to 19
// registers, full occupancy.
// gaussian_kl gives a block of 512 threads to a chunk of 4096 elements (divergence.cuh), 32 kB of
// shared memory; gaussian_kl_finish adds the chunks' sums in order, on one thread.
#include "divergence.cuh"

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
	if (invSigma) {
		invSigma[i] = 1 / s;
	}
}

extern "C" __global__ void __launch_bounds__(256) gaussian_scale_grad(float *dRho, const float *dSigma, const float *rho, long long n) {
	long long i = threadIndex();
	if (i < n) {
		dRho[i] = dSigma[i] * ref::Sigmoid(rho[i]);
	}
}

extern "C" __global__ void __launch_bounds__(512) gaussian_kl(double *partial, float *dMu, float *dSigma, const float *mu, const float *sigma,
	const float *invPriors, float invPrior, float weight, long long n, long long replica) {
	SHARED(float2, terms, [ref::Chunk]);
	dMu = optional(dMu, replica);
	dSigma = optional(dSigma, replica);
	mu = ofReplica(mu, replica);
	sigma = ofReplica(sigma, replica);
	Divergence d = {ofReplica(partial, replica), mu, sigma, optional(invPriors, replica), invPrior, n};
	d.chunk<ref::Chunk>(blockIdx.x, terms);
	if (!dMu) {
		return;
	}
	long long lo = (long long)blockIdx.x * ref::Chunk, until = min(n, lo + ref::Chunk);
	for (long long i = lo + threadIdx.x; i < until; i += blockDim.x) {
		float s = sigma[i], inv = d.inverse(i);
		dMu[i] = ref::FMA(mu[i] * inv, weight * inv, dMu[i]);
		dSigma[i] += weight * (s * inv * inv - 1 / s);
	}
}

extern "C" __global__ void __launch_bounds__(32) gaussian_kl_finish(double *kl, const double *partial, int chunks, long long replica) {
	if (threadIdx.x > 0) {
		return;
	}
	addChunks(ofReplica(kl, replica), ofReplica(partial, replica), chunks);
}
