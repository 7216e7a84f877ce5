// Uniform permutations, and what a set of K permutations an item says about its density.
//
// Permutations are batch×K×n, C and the coefficients batch×n×n, log-densities and weights
// batch×K, the weights between two permuted layers batch matrices rows×cols, strideW apart.
// Indices that are no permutation give wrong numbers, but lead to no memory outside.
#include "average.cuh"
#include "permuted.cuh"
#include "state.cuh"

// shuffle fills tau, whose elements lie next apart, with the key's permutation of that index.
DEVICE void shuffle(int *tau, int next, const ref::Key &key, unsigned index, int n, bool identity) {
	for (int i = 0; i < n; i++) {
		tau[(long long)i * next] = i;
	}
	unsigned block = index * (((unsigned)n + 2) / 4);
	ref::Words words = {};
	for (int i = n - 1, used = 0; i > 0 && !identity; i--, used++) {
		if (used % 4 == 0) {
			words = key.words(block);
			block++;
		}
		int low = used % 2 ? words.w[1] : words.w[0], high = used % 2 ? words.w[3] : words.w[2];
		unsigned word = used % 4 < 2 ? low : high;
		int j = (int)((unsigned long long)word * (unsigned)(i + 1) >> 32);
		int a = tau[(long long)i * next], b = tau[(long long)j * next];
		tau[(long long)i * next] = b;
		tau[(long long)j * next] = a;
	}
}

// permutation_random: permutation k of an item by Fisher and Yates, see ref.Key.Permutation. One
// thread a permutation, because every exchange needs the last; blocks of 32 in order to spread few
// permutations over many multiprocessors. They are shuffled in shared memory (stride = 33
// ints: threads of a warp use different banks, in the shuffle and in the copy), n·132 bytes
// of it; stride = 0 asks for global memory, when that is too much. The state, if any, adds to seed and step.
extern "C" __global__ void __launch_bounds__(32) permutation_random(int *dst, unsigned long long seed,
		unsigned stream, unsigned step, unsigned sample, int count, int n, int identityFirst, long long total,
		int stride, const int *state, long long replica) {
	dst = ofReplica(dst, replica);
	state = optional(state, replica);
	long long first = (long long)blockIdx.x * 32, t = first + threadIdx.x;
	ref::Key key = ref::advance(ref::Key{seed + ref::stateSeed(state), stream, step + ref::stateStep(state), sample}, (unsigned)(t / count));
	unsigned index = (unsigned)(t % count);
	bool identity = identityFirst && index == 0;
	if (stride == 0) {
		if (t < total) {
			shuffle(dst + t * n, 1, key, index, n, identity);
		}
		return;
	}
	SHARED_DYNAMIC(int, shared); // its own code, so that no access has to ask which memory it is
	if (t < total) {
		shuffle(shared + threadIdx.x, stride, key, index, n, identity);
	}
	__syncthreads();
	int elements = (int)min(total - first, 32ll) * n;
	for (int e = threadIdx.x; e < elements; e += 32) {
		dst[first * n + e] = shared[e % n * stride + e / n];
	}
}

// permutation_log_density: Logs[item, k] = [Logs[item, k] +] Σ_i C[item, i, τ_k(i)], a
// chain. One thread a permutation, blocks of 128; the matrix of an item stays in L1.
extern "C" __global__ void __launch_bounds__(128) permutation_log_density(double *logs,
		const double *__restrict__ c, const int *__restrict__ perms, int k, int n, int accumulate,
		long long total, long long replica, const int *counts) {
	recount(k, total, counts);
	long long t = threadIndex();
	if (t >= total) {
		return;
	}
	logs = ofReplica(logs, replica);
	c = ofReplica(c, replica);
	perms = ofReplica(perms, replica);
	logs[t] = permuted::logDensity(c + t / k * n * n, perms + t * n, n, accumulate ? logs[t] : 0);
}

// permutation_permuted, a block of 128 threads for permutation t = (τ, π) of item t / k:
//
//	Logs[t] −= ½ Σ_a Σ_b ((W[item, τ(a), π(b)] − Mu[a, b])·InvSigma[a, b])²
//
// Eight rows a at a time, sixteen threads a row, one a lane; thread 0 adds 128 rows' sums in
// order, from 1 KiB of shared memory.
extern "C" __global__ void __launch_bounds__(128) permutation_permuted(double *logs,
		const float *__restrict__ w, long long strideW, const float *__restrict__ mu,
		const float *__restrict__ invSigma, const int *__restrict__ rowPerms, const int *__restrict__ colPerms,
		int k, long long total, int rows, int cols, long long replica, const int *counts) {
	constexpr int tile = 128;
	SHARED(double, sums, [tile]);
	recount(k, total, counts);
	long long t = blockIdx.x;
	if (t >= total) {
		return;
	}
	logs = ofReplica(logs, replica);
	mu = ofReplica(mu, replica);
	invSigma = ofReplica(invSigma, replica);
	const float *matrix = ofReplica(w, replica) + t / k * strideW;
	const int *columns = ofReplica(colPerms, replica) + t * cols, *to = ofReplica(rowPerms, replica) + t * rows;
	int lane = threadIdx.x % ref::Lanes;
	double squares = 0;
	for (int first = 0; first < rows; first += tile) {
		int many = min(rows - first, tile);
		for (int lo = 0; lo < many; lo += tile / ref::Lanes) {
			int in = lo + (int)threadIdx.x / ref::Lanes, a = first + in;
			double sum = 0;
			if (in < many) {
				const float *row = matrix + (long long)pairs::within(to[a], rows) * cols;
				for (int b = lane; b < cols; b += ref::Lanes) {
					long long e = (long long)a * cols + b;
					double z = (row[pairs::within(columns[b], cols)] - mu[e]) * invSigma[e];
					sum = fma(z, z, sum);
				}
			}
			sum = ref::tree64(wholeWarp, sum);
			if (lane == 0 && in < many) {
				sums[in] = sum;
			}
		}
		__syncthreads();
		for (int in = 0; in < many && threadIdx.x == 0; in++) {
			squares += sums[in];
		}
		__syncthreads();
	}
	if (threadIdx.x == 0) {
		logs[t] -= 0.5 * squares;
	}
}

// permutation_invert prepares permutation_permuted_grad: the inverses of the row and of the
// column permutations, and A_t = scale·(weight − [k = 0]) in float32. One thread a number,
// blocks of 256.
extern "C" __global__ void __launch_bounds__(256) permutation_invert(int *rowInverse, int *colInverse,
		float *coefficients, const int *__restrict__ rowPerms, const int *__restrict__ colPerms,
		const double *__restrict__ weights, double scale, int k, int rows, int cols, long long total,
		long long replica, const int *counts) {
	recount(k, total, counts);
	rowInverse = ofReplica(rowInverse, replica);
	colInverse = ofReplica(colInverse, replica);
	coefficients = ofReplica(coefficients, replica);
	rowPerms = ofReplica(rowPerms, replica);
	colPerms = ofReplica(colPerms, replica);
	weights = ofReplica(weights, replica);
	long long e = threadIndex();
	if (e < total * rows) {
		rowInverse[e / rows * rows + pairs::within(rowPerms[e], rows)] = (int)(e % rows);
		return;
	}
	e -= total * rows;
	if (e < total * cols) {
		colInverse[e / cols * cols + pairs::within(colPerms[e], cols)] = (int)(e % cols);
		return;
	}
	e -= total * cols;
	if (e < total) {
		double weight = weights[e];
		if (e % k == 0) {
			weight -= 1;
		}
		coefficients[e] = (float)(scale * weight);
	}
}

// permutation_permuted_grad, a thread an element, blocks of 256: with a = τ_k⁻¹(r), b = π_k⁻¹(c),
//
//	DW[item, r, c] += Σ_k A_k·(W[item, r, c] − Mu[a, b])·InvSigma[a, b]²
//
// a chain of fused multiply-adds in increasing k. The element stays in a register: with the
// inverses no two threads meet.
extern "C" __global__ void __launch_bounds__(256) permutation_permuted_grad(float *dw,
		const float *__restrict__ w, long long strideW, const float *__restrict__ mu,
		const float *__restrict__ invSigma, const int *__restrict__ rowInverse,
		const int *__restrict__ colInverse, const float *__restrict__ coefficients, int k, int rows,
		int cols, long long total, long long replica, const int *counts) {
	long long t = threadIndex();
	if (t >= total) {
		return;
	}
	k = counted(k, counts);
	dw = ofReplica(dw, replica);
	w = ofReplica(w, replica);
	mu = ofReplica(mu, replica);
	invSigma = ofReplica(invSigma, replica);
	rowInverse = ofReplica(rowInverse, replica);
	colInverse = ofReplica(colInverse, replica);
	coefficients = ofReplica(coefficients, replica);
	long long size = (long long)rows * cols, item = t / size;
	int r = (int)(t % size / cols), c = (int)(t % cols);
	long long at = item * strideW + t % size;
	float x = w[at], sum = dw[at];
	for (long long p = item * k; p < (item + 1) * k; p++) {
		int a = pairs::within(rowInverse[p * rows + r], rows), b = pairs::within(colInverse[p * cols + c], cols);
		long long e = (long long)a * cols + b;
		float inv = invSigma[e];
		sum = fmaf(coefficients[p], (x - mu[e]) * inv * inv, sum);
	}
	dw[at] = sum;
}

// permutation_average, a block an item, of K threads up to 256:
//
//	Weights[item, k] = e^Logs[item, k] / Σ e^Logs[item]
//	Information[item] = Logs[item, 0] − log (1/K) Σ_k e^Logs[item, k]
//
// The chain of K additions, by one thread, is what takes time.
extern "C" __global__ void __launch_bounds__(256, 4) permutation_average(double *weights, double *information,
		const double *__restrict__ logs, int k, long long replica) {
	weights = ofReplica(weights, replica);
	information = ofReplica(information, replica);
	logs = ofReplica(logs, replica);
	long long item = blockIdx.x;
	const double *x = logs + item * k;
	SHARED(double, of, [32]);
	ref::Exponentials all = ref::exponentials(of, weights + item * k, x, k);
	ref::divide(weights + item * k, k, all.sum);
	if (threadIdx.x == 0) {
		information[item] = x[0] - ref::LogMean(all.largest, all.sum, k);
	}
}

// permutation_marginals, a thread an element, blocks of 256:
//
//	Coefficients[item, i, j] = Σ_k Weights[item, k]·[τ_k(i) = j] − [i = j]
//
// a chain in increasing k from −[i = j], rounded to float32. A thread looks at all K
// permutations: n times the work of a scatter, but no conflicts, no scratch, and less work
// than the n²·d operations of the pairs while K ≤ d.
extern "C" __global__ void __launch_bounds__(256) permutation_marginals(float *coefficients,
		const double *__restrict__ weights, const int *__restrict__ perms, int k, int n, long long total,
		long long replica, const int *counts) {
	long long t = threadIndex();
	if (t >= total) {
		return;
	}
	k = counted(k, counts);
	long long item = t / ((long long)n * n);
	int i = (int)(t / n % n), j = (int)(t % n);
	const double *weight = ofReplica(weights, replica) + item * k;
	const int *to = ofReplica(perms, replica) + item * k * n + i;
	double sum = i == j ? -1 : 0;
	for (int p = 0; p < k; p++) {
		if (to[(long long)p * n] == j) {
			sum += weight[p];
		}
	}
	ofReplica(coefficients, replica)[t] = (float)sum;
}
