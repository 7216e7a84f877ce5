// Pair log-densities and their gradient.
//
//	C[item, i, j] = logNorm[i] − ½ Σ_p z²,  z = (W[item, j, p] − Mu[i, p])·InvSigma[i, p]
//	DW[item, j, p] = Σ_i A[item, i, j]·(W[item, j, p] − Mu[i, p])·InvSigma[i, p]²
//
// W and DW batch×n×d, Mu and InvSigma n×d, C and A batch×n×n, all contiguous. pair_neurons and
// pair_neurons_grad find the neurons' parameters where they lie (neurons.cuh).
#include "async.cuh"
#include "neurons.cuh"
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
	const float *x[pairs::neurons], *m[pairs::components], *s[pairs::components];
	UNROLL
	for (int j = 0; j < pairs::neurons; j++) {
		x[j] = w + (at.item * n + min(at.j + j, n - 1)) * d;
	}
	UNROLL
	for (int i = 0; i < pairs::components; i++) {
		m[i] = mu + (long long)min(at.i + i, n - 1) * d;
		s[i] = invSigma + (long long)min(at.i + i, n - 1) * d;
	}
	double sum = pairs::squares<pairs::components, pairs::neurons>(x, m, s, at.lane, d);
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

namespace few {

// A block of 192 threads has a tile of 4 components × 8 neurons: eight sixteens with 1 × 4 pairs each,
// a warp a scheduler, and beside them four with a component's normaliser each.
constexpr int components = 4, neurons = 8, each = 4, tileRows = 2 * components + neurons;
constexpr int sixteens = components * neurons / each, threads = (sixteens + components) * ref::Lanes;

} // namespace few

// pair_neurons is pair_log_density where tiles are few: a block first has all rows of its tile
// copied to shared memory (16·ld floats, ld ≥ d being 4 more than a multiple of 8, so that sixteens use
// different banks), because what takes time is the way there. Grid batch·⌈n/4⌉ × ⌈n/8⌉. vectors says that
// the first block of columns can be copied 16 bytes at a time.
extern "C" __global__ void __launch_bounds__(192) pair_neurons(double *c, const float *w,
		const float *mu, const float *invSigma, int ld, int vectors, NEURON_BLOCKS, long long replica) {
	using namespace few;
	SHARED(double, norms, [components]);
	SHARED_DYNAMIC(float, rows);
	int tiles = (n + components - 1) / components;
	long long item = blockIdx.x / tiles;
	int firstI = blockIdx.x % tiles * components, firstJ = blockIdx.y * neurons;
	w = ofReplica(w, replica) + item * parameters;
	mu = ofReplica(mu, replica);
	invSigma = ofReplica(invSigma, replica);
	for (int r = threadIdx.x / 32; r < tileRows; r += threads / 32) {
		const float *from = r < components ? mu : r < 2 * components ? invSigma : w;
		int i = min(r < 2 * components ? firstI + r % components : firstJ + r - 2 * components, n - 1);
		copyNeuron(rows + r * ld, from, i, d, NEURON_ARGUMENTS, vectors, threadIdx.x % 32, 32);
	}
	commitAsync();
	waitAsync<0>();
	__syncthreads();
	int sixteen = threadIdx.x / ref::Lanes, lane = threadIdx.x % ref::Lanes;
	double sum = 0;
	int i = sixteen / (neurons / each), j = sixteen % (neurons / each) * each;
	if (sixteen < sixteens) {
		const float *x[each], *m = rows + i * ld, *s = m + components * ld;
		UNROLL
		for (int k = 0; k < each; k++) {
			x[k] = rows + (2 * components + j + k) * ld;
		}
		sum = pairs::squares<1, each>(x, &m, &s, lane, d);
	} else {
		double norm = normaliser(rows + (components + sixteen - sixteens) * ld, lane, d);
		if (lane == 0) {
			norms[sixteen - sixteens] = norm;
		}
	}
	__syncthreads();
	int row = firstI + i, column = firstJ + j + lane / (ref::Lanes / each);
	if (sixteen < sixteens && lane % (ref::Lanes / each) == 0 && row < n && column < n) {
		ofReplica(c, replica)[(item * n + row) * n + column] = norms[i] - 0.5 * sum;
	}
}

// Terms are what a thread of pair_neurons_grad adds up: where component 0's μ and 1/σ of its p are, how
// far those of the next one, and its neuron's coefficients, n to a component.
struct Terms {
	const float *mu, *inv, *a;
	unsigned row, n; // indices have 32 bits: a layer has fewer parameters
	float x, sum;

	// add adds those of up to 16 components, all on their way before the first is used.
	template <bool whole>
	__device__ __forceinline__ void add(unsigned from) {
		constexpr unsigned ahead = 16;
		float mean[ahead], inverse[ahead], coefficient[ahead];
		UNROLL
		for (unsigned k = 0; k < ahead; k++) {
			unsigned i = whole ? from + k : min(from + k, n - 1);
			mean[k] = mu[i * row];
			inverse[k] = inv[i * row];
			coefficient[k] = whole || from + k < n ? a[i * n] : 0;
		}
		UNROLL
		for (unsigned k = 0; k < ahead; k++) {
			if (coefficient[k] != 0) {
				sum = fmaf(coefficient[k], (x - mean[k]) * inverse[k] * inverse[k], sum);
			}
		}
	}
};

// pair_neurons_grad: DW += scale·pair_grad's DW, rounded twice, in the vectors of parameters, where elements
// are few. A thread an element: blocks of 32 p × 8 neurons, grid ⌈d/32⌉ × ⌈batch·n/8⌉. No shared memory.
extern "C" __global__ void __launch_bounds__(256, 3) pair_neurons_grad(float *dw,
		const float *__restrict__ coefficients, const float *__restrict__ w, const float *__restrict__ mu,
		const float *__restrict__ invSigma, float scale, int rows, NEURON_BLOCKS, long long replica) {
	int p = blockIdx.x * 32 + threadIdx.x, t = blockIdx.y * 8 + threadIdx.y;
	if (p >= d || t >= rows) {
		return;
	}
	int item = t / n, j = t % n;
	Spot spot = spotOf(p, NEURON_ARGUMENTS);
	long long at = item * parameters + spot.at + j * spot.row;
	float *to = ofReplica(dw, replica) + at;
	float before = *to;
	Terms terms = {ofReplica(mu, replica) + spot.at, ofReplica(invSigma, replica) + spot.at,
		ofReplica(coefficients, replica) + (long long)item * n * n + j, (unsigned)spot.row, (unsigned)n,
		ofReplica(w, replica)[at], 0};
	int from = 0;
	for (; from + 16 <= n; from += 16) {
		terms.add<true>(from);
	}
	if (from < n) {
		terms.add<false>(from);
	}
	*to = before + scale * terms.sum;
}
