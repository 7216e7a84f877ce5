// Pair log-densities of a hidden layer given, or expecting, the permutation of its neighbour.
//
// W holds batch matrices rows×cols, strideW apart; Mu and InvSigma are rows×cols.
#include "pair.cuh"
#include "proposal.cuh"

// conditional_pairs, for permutation t of item t / k:
//
//	C[t, a, i] = Base[item, a, i] − ½ Σ_b ((W[item, i, τ_t(b)] − Mu[a, b])·InvSigma[a, b])²
//
// the sum a float32 chain over b (ref.ConditionalSquares). A thread an element of C, 16
// neurons × 16 components a block; grid total·⌈rows/16⌉ × ⌈rows/16⌉, total = batch·k. No shared memory.
extern "C" __global__ void __launch_bounds__(256) conditional_pairs(double *c, const double *base,
		const float *__restrict__ w, long long strideW, const float *__restrict__ mu,
		const float *__restrict__ invSigma, const int *__restrict__ perms, int k, long long total, int rows,
		int cols, long long replica, const int *counts) {
	recount(k, total, counts);
	int tiles = (rows + 15) / 16;
	long long t = blockIdx.x / tiles;
	int i = blockIdx.y * 16 + threadIdx.x % 16, a = blockIdx.x % tiles * 16 + threadIdx.x / 16;
	if (i >= rows || a >= rows || t >= total) {
		return;
	}
	long long item = t / k, e = (long long)a * rows + i;
	c = ofReplica(c, replica);
	base = ofReplica(base, replica);
	w = ofReplica(w, replica) + item * strideW + (long long)i * cols;
	mu = ofReplica(mu, replica) + (long long)a * cols;
	invSigma = ofReplica(invSigma, replica) + (long long)a * cols;
	perms = ofReplica(perms, replica) + t * cols;
	float sum = 0;
	for (int b = 0; b < cols; b++) {
		float z = (w[pairs::within(perms[b], cols)] - mu[b]) * invSigma[b];
		sum = ref::FMA(z, z, sum);
	}
	c[t * rows * rows + e] = base[item * rows * rows + e] - 0.5 * (double)sum;
}

// conditional_sinkhorn makes the m×m matrix blockIdx.x of neighbour nearly doubly
// stochastic (ref.Sinkhorn) and writes its transpose to p, so that neighbouring threads of
// the next kernel read neighbours. Threads and memory as in importance_prepare; b holds
// m·ld doubles a matrix.
extern "C" __global__ void __launch_bounds__(512, 1) conditional_sinkhorn(double *p, double *b,
		const double *__restrict__ neighbour, double *memory, int sweeps, int m, int ld, long long replica) {
	long long item = blockIdx.x;
	p = ofReplica(p, replica);
	b = ofReplica(b, replica) + item * m * ld;
	neighbour = ofReplica(neighbour, replica) + item * m * m;
	if (memory != nullptr) {
		double *r = ofReplica(memory, replica) + item * (2 * m + ld);
		proposal::scale(b, neighbour, sweeps, m, ld, r, r + m, r + 2 * m);
	} else {
		SHARED_DYNAMIC(double, r); // its own code, so that no access has to ask which memory it is
		proposal::scale(b, neighbour, sweeps, m, ld, r, r + m, r + 2 * m);
	}
	for (int e = threadIdx.x; e < m * m; e += blockDim.x) {
		p[item * m * m + e] = b[(long long)(e % m) * ld + e / m];
	}
}

// conditional_moments, a thread a pair (i, k), blocks of 256: mean and variance of element k of
// neuron i's weights, two chains over j, where
//
//	x_j = W[item, i·ofNeuron + j·ofElement] has probability P[k, j]
//
// The results are m×n matrices, in which neighbouring threads of the next kernel read
// neighbours.
extern "C" __global__ void __launch_bounds__(256, 4) conditional_moments(double *mean, double *variance,
		const double *__restrict__ p, const float *__restrict__ w, long long strideW, int ofNeuron,
		int ofElement, int n, int m, long long total, long long replica) {
	long long t = threadIndex();
	if (t >= total) {
		return;
	}
	mean = ofReplica(mean, replica);
	variance = ofReplica(variance, replica);
	p = ofReplica(p, replica);
	w = ofReplica(w, replica);
	long long item = t / ((long long)n * m);
	int i = (int)(t / m % n), k = (int)(t % m);
	const double *probability = p + item * m * m + k;
	const float *x = w + item * strideW + (long long)i * ofNeuron;
	double first = 0, second = 0;
	for (int j = 0; j < m; j++) {
		double value = x[(long long)j * ofElement];
		double y = probability[(long long)j * m] * value;
		first += y;
		second += y * value;
	}
	double v = second - first * first;
	long long to = (item * m + k) * n + i;
	mean[to] = first;
	variance[to] = v < 0 ? 0 : v; // a NaN stays
}

// conditional_expected, a thread an element of C, blocks of 256:
//
//	C[item, a, i] −= ½ Σ_k ((mean_k − Mu)² + variance_k)·InvSigma²
//
// with Mu and InvSigma at a·ofComponent + k·ofElement, a chain over k.
extern "C" __global__ void __launch_bounds__(256) conditional_expected(double *c,
		const double *__restrict__ mean, const double *__restrict__ variance, const float *__restrict__ mu,
		const float *__restrict__ invSigma, int ofComponent, int ofElement, int n, int m, long long total,
		long long replica) {
	long long t = threadIndex();
	if (t >= total) {
		return;
	}
	c = ofReplica(c, replica);
	mean = ofReplica(mean, replica);
	variance = ofReplica(variance, replica);
	mu = ofReplica(mu, replica);
	invSigma = ofReplica(invSigma, replica);
	long long item = t / ((long long)n * n);
	int a = (int)(t / n % n), i = (int)(t % n);
	double sum = 0;
	for (int k = 0; k < m; k++) {
		long long from = (item * m + k) * n + i, e = (long long)a * ofComponent + (long long)k * ofElement;
		double inv = invSigma[e];
		double z = mean[from] - (double)mu[e];
		sum += (z * z + variance[from]) * (inv * inv);
	}
	c[t] -= 0.5 * sum;
}
