// Pair log-densities and their gradient.
//
//	C[item, i, j] = logNorm[i] − ½ Σ_p z²,  z = (W[item, j, p] − Mu[i, p])·InvSigma[i, p]
//	DW[item, j, p] = Σ_i A[item, i, j]·(W[item, j, p] − Mu[i, p])·InvSigma[i, p]²
//
// W and DW batch×n×d, Mu and InvSigma n×d, C and A batch×n×n, all contiguous.
#include "pair.cuh"

// normaliser is Σ_p log InvSigma[i, p] − d·½ log 2π of a row, in sixteen threads, one a lane.
DEVICE double normaliser(const float *row, int lane, int d) {
	const double halfLog2Pi = 0.91893853320467274178;
	double total = 0;
	for (int lo = 0; lo < d; lo += ref::Chunk) {
		int hi = min(lo + ref::Chunk, d);
		double sum = 0;
		for (int p = lo + lane; p < hi; p += ref::Lanes) {
			sum += (double)ref::Log(row[p]);
		}
		total += ref::tree64(wholeWarp, sum);
	}
	return total - (double)d * halfLog2Pi;
}

// pair_normaliser writes logNorm[i] where many tiles need it. Sixteen threads a component; blocks of
// 128. No shared memory.
extern "C" __global__ void __launch_bounds__(128) pair_normaliser(double *logNorm,
		const float *__restrict__ invSigma, int n, int d, long long replica) {
	logNorm = ofReplica(logNorm, replica);
	invSigma = ofReplica(invSigma, replica);
	int i = (int)(threadIndex() / ref::Lanes), lane = threadIdx.x % ref::Lanes;
	double norm = normaliser(invSigma + (long long)min(i, n - 1) * d, lane, d);
	if (lane == 0 && i < n) {
		logNorm[i] = norm;
	}
}

// pair_log_density: a block of 256 threads computes 8 components × 16 neurons of an item (see
// pair.cuh); grid batch·⌈n/8⌉ × ⌈n/16⌉. The operands come from L1, and four blocks a
// multiprocessor (64 registers) hide its latency. Without logNorm a block computes those of its
// own components, which costs less than a launch where tiles are few.
extern "C" __global__ void __launch_bounds__(256) pair_log_density(double *c, const float *__restrict__ w,
		const float *__restrict__ mu, const float *__restrict__ invSigma, const double *__restrict__ logNorm,
		int n, int d, long long replica) {
	SHARED(double, norms, [pairs::tileComponents]);
	c = ofReplica(c, replica);
	w = ofReplica(w, replica);
	mu = ofReplica(mu, replica);
	invSigma = ofReplica(invSigma, replica);
	logNorm = optional(logNorm, replica);
	pairs::Place at = pairs::place(n);
	int sixteen = threadIdx.x / ref::Lanes, first = at.firstComponent;
	if (!logNorm) {
		if (sixteen < pairs::tileComponents) {
			double norm = normaliser(invSigma + (long long)min(first + sixteen, n - 1) * d, threadIdx.x % ref::Lanes, d);
			if (threadIdx.x % ref::Lanes == 0) {
				norms[sixteen] = norm;
			}
		}
		__syncthreads();
	}
	if (at.outside) {
		return;
	}
	double sum = pairs::squares(at, w + at.item * n * d, mu, invSigma, n, d);
	if (at.lane % 2 == 0 && at.row < n && at.column < n) {
		c[(at.item * n + at.row) * n + at.column] = (logNorm ? logNorm[at.row] : norms[at.row - first]) - 0.5 * sum;
	}
}

// pair_grad: a thread computes one p of 4 neurons, a chain over i each, so that it loads
// Mu and InvSigma once for four. Blocks of 32 p × 8 fours of neurons; grid
// ⌈d/32⌉ × ⌈batch·n/32⌉ or the most there can be. A warp's coefficients are all the same, so the branch on 0 never divides
// it, and with few permutations it skips most of the work. No shared memory.
extern "C" __global__ void __launch_bounds__(256, 4) pair_grad(float *dw, const float *__restrict__ coefficients,
		const float *__restrict__ w, const float *__restrict__ mu, const float *__restrict__ invSigma, int rows,
		int n, int d, long long replica) {
	constexpr int neurons = 4;
	coefficients = ofReplica(coefficients, replica);
	w = ofReplica(w, replica);
	mu = ofReplica(mu, replica);
	invSigma = ofReplica(invSigma, replica);
	int p = blockIdx.x * 32 + threadIdx.x;
	if (p >= d) {
		return;
	}
	for (int first = (blockIdx.y * 8 + threadIdx.y) * neurons; first < rows; first += gridDim.y * 8 * neurons) {
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
				ofReplica(dw, replica)[(long long)(first + j) * d + p] = sum[j];
			}
		}
	}
}
