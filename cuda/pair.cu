// Pair log-densities and their gradient.
//
//	C[item, i, j] = logNorm[i] − ½ Σ_p z²,  z = (W[item, j, p] − Mu[i, p])·InvSigma[i, p]
//	DW[item, j, p] = Σ_i A[item, i, j]·(W[item, j, p] − Mu[i, p])·InvSigma[i, p]²
//
// W and DW batch×n×d, Mu and InvSigma n×d, C and A batch×n×n, all contiguous.
#include "pair.cuh"

// pair_normaliser writes logNorm[i] = Σ_p log InvSigma[i, p] − d·½ log 2π.
// Sixteen threads a component, one a lane; blocks of 128. No shared memory. It is a launch of
// its own because every tile of every item needs the n sums.
extern "C" __global__ void __launch_bounds__(128) pair_normaliser(double *logNorm,
		const float *__restrict__ invSigma, int n, int d) {
	const double halfLog2Pi = 0.91893853320467274178;
	int i = (int)(threadIndex() / ref::Lanes), lane = threadIdx.x % ref::Lanes;
	const float *row = invSigma + (long long)min(i, n - 1) * d;
	double total = 0;
	for (int lo = 0; lo < d; lo += ref::Chunk) {
		int hi = min(lo + ref::Chunk, d);
		double sum = 0;
		for (int p = lo + lane; p < hi; p += ref::Lanes) {
			sum += (double)ref::Log(row[p]);
		}
		total += ref::tree64(wholeWarp, sum);
	}
	if (lane == 0 && i < n) {
		logNorm[i] = total - (double)d * halfLog2Pi;
	}
}

// pair_log_density: a block of 256 threads computes 8 components × 16 neurons of an item (see
// pair.cuh); grid batch × ⌈n/16⌉ × ⌈n/8⌉. No shared memory and no barrier: the operands
// come from L1, and four blocks a multiprocessor (64 registers) hide its latency.
extern "C" __global__ void __launch_bounds__(256) pair_log_density(double *c, const float *__restrict__ w,
		const float *__restrict__ mu, const float *__restrict__ invSigma, const double *__restrict__ logNorm,
		int n, int d) {
	pairs::Place at = pairs::place(n);
	if (at.outside) {
		return;
	}
	long long item = blockIdx.x;
	double sum = pairs::squares(at, w + item * n * d, mu, invSigma, n, d);
	if (at.lane % 2 == 0 && at.row < n && at.column < n) {
		c[(item * n + at.row) * n + at.column] = logNorm[at.row] - 0.5 * sum;
	}
}

// pair_grad: a thread computes one p of 4 neurons, a chain over i each, so that it loads
// Mu and InvSigma once for four. Blocks of 32 p × 8 fours of neurons; grid
// ⌈batch·n/32⌉ × ⌈d/32⌉. A warp's coefficients are all the same, so the branch on 0 never divides
// it, and with few permutations it skips most of the work. No shared memory.
extern "C" __global__ void __launch_bounds__(256) pair_grad(float *dw, const float *__restrict__ coefficients,
		const float *__restrict__ w, const float *__restrict__ mu, const float *__restrict__ invSigma, int rows,
		int n, int d) {
	constexpr int neurons = 4;
	int p = blockIdx.y * 32 + threadIdx.x;
	int first = (blockIdx.x * 8 + threadIdx.y) * neurons;
	if (p >= d || first >= rows) {
		return;
	}
	const float *a[neurons];
	float x[neurons], sum[neurons] = {};
	UNROLL
	for (int j = 0; j < neurons; j++) {
		int t = min(first + j, rows - 1);
		a[j] = coefficients + (long long)(t / n) * n * n + t % n;
		x[j] = w[(long long)t * d + p];
	}
	for (int i = 0; i < n; i++) {
		float mean = mu[(long long)i * d + p], inv = invSigma[(long long)i * d + p];
		UNROLL
		for (int j = 0; j < neurons; j++) {
			float coefficient = a[j][(long long)i * n];
			if (coefficient != 0) {
				sum[j] = fmaf(coefficient, (x[j] - mean) * inv * inv, sum[j]);
			}
		}
	}
	UNROLL
	for (int j = 0; j < neurons; j++) {
		if (first + j < rows) {
			dw[(long long)(first + j) * d + p] = sum[j];
		}
	}
}
