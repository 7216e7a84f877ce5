// What step.cu and step_walk.cu share: the arguments of a step of the parameters (kernels.GaussianStep),
// and what becomes of one weight from its gradient on.
#pragma once
#include "divergence.cuh"
#include "state.cuh"

constexpr float sigmaMin = 0x1p-40f;

struct AdamStep { float lr, beta1, beta2, epsilon, c1, c2, correct1, correct2; };

// Value is a parameter with its moments.
struct Value {
	float x, m, v;

	__device__ __forceinline__ void load(const float *xs, const float *ms, const float *vs, long long i) {
		x = xs[i];
		m = ms[i];
		v = vs[i];
	}

	__device__ __forceinline__ void step(float g, const AdamStep &a) { // ref.Adam
		m = ref::FMA(a.beta1, m, a.c1 * g);
		v = ref::FMA(a.beta2, v, a.c2 * (g * g));
		x = ref::FMA(-a.lr, (m * a.correct1) / (ref::Sqrt(v * a.correct2) + a.epsilon), x);
	}

	__device__ __forceinline__ void store(float *xs, float *ms, float *vs, long long i) const {
		xs[i] = x;
		ms[i] = m;
		vs[i] = v;
	}
};

// Element is one weight's μ and ρ.
struct Element {
	Value mu, rho;
	float sigma, invPrior;

	// step takes the gradients of the samples to μ and σ through the divergence and softplus to
	// the new μ, ρ and σ.
	__device__ __forceinline__ void step(float dMu, float dSigma, float weight, bool held, const AdamStep &a) {
		float q = sigma * invPrior, m = mu.x * invPrior;
		dMu = ref::FMA(m, weight * invPrior, dMu);
		dSigma += weight * (q * invPrior - 1 / sigma);
		float dRho = dSigma * ref::Sigmoid(rho.x);
		mu.step(held ? 0 : dMu, a);
		rho.step(held ? 0 : dRho, a);
		sigma = ref::Softplus(rho.x);
		if (sigma < sigmaMin) {
			sigma = sigmaMin;
		}
	}
};

// Step are the arguments of a kernel, of the block's replica, with what a state says.
struct Step {
	float *x, *m, *v;
	const float *grad;
	float *sigma, *invSigma, *w;
	const float *dw, *invPriors;
	float invPrior, weight;
	ref::Key old, next;
	int samples;
	long long n;
	int extra;
	long long heldLo, heldHi;
	AdamStep adam;
	double *kl;
	const double *partial;
	int chunks;

	// load is a weight as the step before has left it.
	__device__ __forceinline__ Element load(long long i) const {
		Element p;
		p.mu.load(x, m, v, i);
		p.rho.load(x, m, v, n + i);
		p.sigma = sigma[i];
		p.invPrior = invPriors ? invPriors[i] : invPrior;
		return p;
	}

	// finish takes the gradients of the samples to its new values, and stores them.
	__device__ __forceinline__ void finish(Element &p, long long i, float dMu, float dSigma) const {
		p.step(dMu, dSigma, weight, i >= heldLo && i < heldHi, adam);
		p.mu.store(x, m, v, i);
		p.rho.store(x, m, v, n + i);
		sigma[i] = p.sigma;
		if (invSigma) {
			invSigma[i] = 1 / p.sigma;
		}
	}

	// others does what is no weight's: the values after them and the sum of the divergence's chunks.
	__device__ __forceinline__ void others(int thread, int threads) const {
		if (partial && thread == 0) {
			addChunks(kl, partial, chunks);
		}
		for (long long i = 2 * n + thread; i < 2 * n + extra; i += threads) {
			Value other;
			other.load(x, m, v, i);
			other.step(grad[i], adam);
			other.store(x, m, v, i);
		}
	}
};

// PARAMETERS of every entry point, and the STEP they describe.
#define PARAMETERS float *x, float *m, float *v, const float *grad, float *sigma, float *invSigma, float *w, const float *dw, \
	const float *invPriors, float invPrior, float weight, unsigned long long seed, unsigned stream, unsigned step, unsigned sample, \
	unsigned long long nextSeed, unsigned nextStream, unsigned nextStep, unsigned nextSample, int samples, long long n, int extra, long long heldLo, long long heldHi, \
	float lr, float beta1, float beta2, float epsilon, float c1, float c2, float correct1, float correct2, double *kl, const double *partial, int chunks, const int *state, long long replica
#define STEP stepOf(x, m, v, grad, sigma, invSigma, w, dw, invPriors, invPrior, weight, seed, stream, step, sample, nextSeed, nextStream, nextStep, nextSample, \
	samples, n, extra, heldLo, heldHi, lr, beta1, beta2, epsilon, c1, c2, correct1, correct2, kl, partial, chunks, state, replica)

DEVICE Step stepOf(PARAMETERS) {
	state = optional(state, replica);
	if (state) {
		seed += ref::stateSeed(state);
		nextSeed += ref::stateSeed(state);
		step += ref::stateStep(state);
		nextStep += ref::stateStep(state);
		lr = ref::stateFloat(state, 2);
		correct1 = ref::stateFloat(state, 3);
		correct2 = ref::stateFloat(state, 4);
		weight = ref::stateFloat(state, 5);
	}
	return {ofReplica(x, replica), ofReplica(m, replica), ofReplica(v, replica), ofReplica(grad, replica), ofReplica(sigma, replica),
		optional(invSigma, replica), ofReplica(w, replica), ofReplica(dw, replica), optional(invPriors, replica), invPrior, weight,
		{seed, stream, step, sample}, {nextSeed, nextStream, nextStep, nextSample}, samples, n, extra, heldLo, heldHi,
		{lr, beta1, beta2, epsilon, c1, c2, correct1, correct2}, ofReplica(kl, replica), optional(partial, replica), chunks};
}
