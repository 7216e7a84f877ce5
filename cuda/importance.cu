// Permutations drawn nearly in proportion to their density, and bounds made from them.
//
// The proposal of an n×n matrix is two n×ld matrices a and b of float64, ld = n rounded up
// to 16, and the order of its rows (n ints), in the device's scratch memory; see
// ref.Proposal.
#include "average.cuh"
#include "permuted.cuh"
#include "proposal.cuh"
#include "state.cuh"

namespace {

struct Proposal {
	const double *a, *b;
	const int *order;
	int n, ld, sweep;
};

// Draw is the memory of one draw: floats of it are free[ld], then with sweeps cols[ld], r[n]
// and shares[sweep·ld], then the logarithms of the components; then tau[n].
struct Draw {
	double *free, *cols, *r, *shares, *logs;
	int *tau;
};

DEVICE Draw drawMemory(double *memory, int n, int ld, int sweep, int components) {
	Draw m;
	m.free = memory;
	m.cols = m.free + ld;
	m.r = m.cols + (sweep > 0 ? ld : 0);
	m.shares = m.r + (sweep > 0 ? n : 0);
	m.logs = m.shares + (long long)sweep * ld;
	m.tau = (int *)(m.logs + components);
	return m;
}

// rescale sweeps once over the rows t … n−1 and the free columns, all threads of the block.
DEVICE void rescale(const Proposal &p, const Draw &m, int t) {
	proposal::Sixteens me = proposal::sixteens();
	__syncthreads(); // the first warp has marked its columns
	for (int j = threadIdx.x; j < p.ld; j += blockDim.x) {
		m.cols[j] *= m.free[j];
	}
	__syncthreads();
	for (int first = t; first < p.n; first += me.count) {
		int s = first + me.number;
		double sum = s < p.n ? proposal::lanes(p.a + (long long)s * p.ld, m.cols, p.ld, me.lane) : 0;
		sum = ref::tree64(wholeWarp, sum);
		if (me.lane == 0 && s < p.n) {
			m.r[s] = proposal::reciprocal(sum);
		}
	}
	__syncthreads();
	for (int j = threadIdx.x; j < p.ld; j += blockDim.x) {
		double mass = 0;
		for (int s = p.n - 1; s >= t; s--) {
			double a = p.a[(long long)s * p.ld + j], r = m.r[s];
			mass += a * r;
			if (s < t + p.sweep) {
				m.shares[(long long)(s - t) * p.ld + j] = j < p.n ? proposal::share(a, mass, r) : 0;
			}
		}
		m.cols[j] = m.free[j] != 0 ? proposal::reciprocal(mass) : 0;
	}
	__syncthreads();
}

// choose returns the element at which the running sum of b·free, lane after lane, first
// exceeds the threshold; sum is the running sum at the end of the thread's lane. A whole
// warp, whose halves do the same, gets the same.
DEVICE int choose(double sum, const double *b, const double *free, int ld, double threshold) {
	unsigned above = __ballot_sync(wholeWarp, !(sum <= threshold)) & 0x7fff;
	int lane = above != 0 ? __ffs((int)above) - 1 : ref::Lanes - 1;
	double before = __shfl_sync(wholeWarp, sum, max(lane - 1, 0), ref::Lanes);
	if (lane == 0) {
		before = 0;
	}
	double in = 0;
	int last = lane;
	for (int j = lane; j < ld; j += ref::Lanes) {
		double x = b[j] * free[j];
		if (x > 0) {
			in += x;
			last = j;
			if (before + in > threshold) {
				break;
			}
		}
	}
	return last;
}

// draw fills tau with the proposal's permutation of the given index, or leaves a given tau
// as it is, and returns the logarithm of its probability to the threads of the first warp.
// That warp makes the choices; the others help to rescale. Swept says whether there are sweeps: then
// the shares of the rows until the first one come to the others'.
template <bool swept>
DEVICE double draw(const Proposal &p, const Draw &m, bool given, const ref::Key &key, unsigned index) {
	for (int j = threadIdx.x; j < p.ld; j += blockDim.x) {
		m.free[j] = j < p.n ? 1 : 0;
		if (swept) {
			m.cols[j] = m.free[j];
			for (int t = 0; t < p.sweep; t++) {
				m.shares[(long long)t * p.ld + j] = p.b[(long long)t * p.ld + j];
			}
		}
	}
	__syncthreads();
	unsigned block = index * (unsigned)((p.n + 1) / 2);
	ref::Words words = {};
	double log = 0, product = 1;
	int lane = threadIdx.x % ref::Lanes;
	for (int t = 0; t < p.n; t++) {
		if (swept && t >= p.sweep && t % p.sweep == 0) {
			rescale(p, m, t);
		}
		const double *b = swept ? m.shares + (long long)(t % p.sweep) * p.ld : p.b + (long long)t * p.ld;
		if (threadIdx.x >= 32) {
			continue;
		}
		double acc = proposal::lanes(b, m.free, p.ld, lane), of[ref::Lanes], total = 0, sum = 0;
		UNROLL
		for (int l = 0; l < ref::Lanes; l++) { // all on their way before the first is added
			of[l] = __shfl_sync(wholeWarp, acc, l, ref::Lanes);
		}
		UNROLL
		for (int l = 0; l < ref::Lanes; l++) {
			total += of[l];
			if (l == lane) {
				sum = total;
			}
		}
		int j;
		if (given) {
			j = m.tau[p.order[t]];
		} else {
			if (t % 2 == 0) {
				words = key.words(block + (unsigned)t / 2);
			}
			double u = t % 2 == 0 ? proposal::uniform(words.w[0], words.w[1]) : proposal::uniform(words.w[2], words.w[3]);
			j = choose(sum, b, m.free, p.ld, u * total);
		}
		product *= b[j] / total;
		__syncwarp();
		if (threadIdx.x == 0) {
			m.free[j] = 0;
			if (!given) {
				m.tau[p.order[t]] = j;
			}
		}
		__syncwarp();
		if (product < proposal::tiny) {
			log += ref::Log64(product);
			product = 1;
		}
	}
	__syncthreads();
	return log + ref::Log64(product);
}

} // namespace

// importance_prepare computes the proposal of matrix blockIdx.x of c. Threads as in
// proposal.cuh; shared memory for 2n + ld doubles, or, when that is too much, as many of memory a
// block. Up to so many sweeps of two barriers each: short matrices want small blocks, so that
// many run beside each other.
DEVICE void prepare(double *ab, int *orders, const double *__restrict__ c, double *r, int sweeps, int n, int ld) {
	long long item = blockIdx.x;
	double *a = ab + 2 * item * n * ld, *b = a + (long long)n * ld;
	int *order = orders + item * n;
	double *key = r + n, *cols = key + n;
	proposal::scale(b, c + item * n * n, sweeps, n, ld, r, key, cols);
	for (int i = threadIdx.x; i < n; i += blockDim.x) {
		order[proposal::place(key, n, i)] = i;
	}
	__syncthreads();
	proposal::Sixteens me = proposal::sixteens();
	for (int t = me.number; t < n; t += me.count) {
		for (int j = me.lane; j < ld; j += ref::Lanes) {
			a[(long long)t * ld + j] = b[(long long)order[t] * ld + j];
		}
	}
	__syncthreads();
	for (int j = threadIdx.x; j < ld; j += blockDim.x) {
		double mass = 0;
		for (int t = n - 1; t >= 0; t--) {
			mass += a[(long long)t * ld + j];
			b[(long long)t * ld + j] = mass;
		}
	}
	__syncthreads();
	for (int t = me.number; t < n; t += me.count) {
		for (int j = me.lane; j < ld; j += ref::Lanes) {
			long long e = (long long)t * ld + j;
			b[e] = j < n ? proposal::share(a[e], b[e], 1) : 0;
		}
	}
}

extern "C" __global__ void __launch_bounds__(512, 2) importance_prepare(double *ab, int *orders,
		const double *__restrict__ c, double *memory, int sweeps, int n, int ld, int total, long long replica,
		const int *counts) {
	if ((int)blockIdx.x >= counted(total, counts)) {
		return;
	}
	ab = ofReplica(ab, replica);
	orders = ofReplica(orders, replica);
	c = ofReplica(c, replica);
	if (memory != nullptr) {
		prepare(ab, orders, c, ofReplica(memory, replica) + (long long)blockIdx.x * (2 * n + ld), sweeps, n, ld);
	} else {
		SHARED_DYNAMIC(double, shared); // its own code, so that no access has to ask which memory it is
		prepare(ab, orders, c, shared, sweeps, n, ld);
	}
}

// later is ofReplica computed no earlier than here, so that it takes no registers during a draw.
template <class T>
DEVICE T *later(T *p, long long replica) {
	int z = blockIdx.z;
	OPAQUE(z);
	return p + z * replica * (long long)(8 / sizeof(T));
}

// importance_draw makes the permutations from … until−1 of all items and their
// log-probabilities under the mean of their item's proposals; with perPermutation, number t
// has the proposal t − from for itself.
//
// One block a draw. One warp chooses row after row: a masked sum of 16 lanes, their running
// sum by shuffles, a scan of one lane. Only with sweeps, of n² operations each, has the block
// more warps. The memory of a draw (see Draw) is shared if it fits; else it is size
// doubles of memory a block, and a block serves several draws. The state, if any, adds to seed and step.
template <bool swept>
DEVICE void drawAll(double *mine, int *perms, double *logProposal, const double *__restrict__ ab,
		const int *__restrict__ orders, ref::Key base, int k, int n, int ld, int sweep, int components,
		unsigned first, int perPermutation, int accumulate, long long from, long long until, long long replica) {
	Draw m = drawMemory(mine, n, ld, sweep, components);
	for (long long t = from + blockIdx.x; t < until; t += gridDim.x) {
		long long item = t / k;
		unsigned number = first + (unsigned)(t % k);
		ref::Key key = ref::advance(base, (unsigned)item);
		long long shared = perPermutation ? t - from : item * components;
		int chosen = -1; // the identity is given
		if (number > 0) {
			chosen = (int)((unsigned long long)key.words(~number).w[0] * (unsigned)components >> 32);
		} else {
			for (int i = threadIdx.x; i < n; i += blockDim.x) {
				m.tau[i] = i;
			}
			__syncthreads();
		}
		for (int turn = 0; turn < components; turn++) { // the chosen one first
			int c = turn;
			if (chosen >= 0 && turn <= chosen) {
				c = turn == 0 ? chosen : turn - 1;
			}
			const double *a = later(ab, replica) + 2 * (shared + c) * n * ld;
			Proposal p = {a, a + (long long)n * ld, later(orders, replica) + (shared + c) * n, n, ld, sweep};
			double log = draw<swept>(p, m, c != chosen, key, number);
			if (threadIdx.x == 0) {
				m.logs[c] = log;
			}
		}
		if (threadIdx.x == 0) {
			double log = m.logs[0];
			if (components > 1) {
				double largest = log, sum = 0;
				for (int c = 0; c < components; c++) {
					largest = m.logs[c] > largest ? m.logs[c] : largest;
				}
				for (int c = 0; c < components; c++) {
					sum += ref::Exp64(m.logs[c] - largest);
				}
				log = ref::LogMean(largest, sum, components);
			}
			if (accumulate) {
				log += later(logProposal, replica)[t];
			}
			later(logProposal, replica)[t] = log;
		}
		for (int i = threadIdx.x; i < n; i += blockDim.x) {
			later(perms, replica)[t * n + i] = m.tau[i];
		}
		__syncthreads();
	}
}

extern "C" __global__ void __launch_bounds__(256, 2) importance_draw(int *perms, double *logProposal,
		const double *__restrict__ ab, const int *__restrict__ orders, double *memory, long long size,
		unsigned long long seed, unsigned stream, unsigned step, unsigned sample, int k, int n, int ld,
		int sweep, int components, unsigned first, int perPermutation, int accumulate, long long from,
		long long until, const int *state, long long replica, const int *counts) {
	recount(k, until, counts);
	state = optional(state, replica);
	ref::Key key = {seed + ref::stateSeed(state), stream, step + ref::stateStep(state), sample};
#define REST perms, logProposal, ab, orders, key, k, n, ld, sweep, components, first, perPermutation, accumulate, from, until, replica
	if (memory != nullptr) {
		double *mine = ofReplica(memory, replica) + blockIdx.x * size;
		if (sweep > 0) {
			drawAll<true>(mine, REST);
		} else {
			drawAll<false>(mine, REST);
		}
	} else { // its own code, as above
		SHARED_DYNAMIC(double, shared);
		if (sweep > 0) {
			drawAll<true>(shared, REST);
		} else {
			drawAll<false>(shared, REST);
		}
	}
#undef REST
}

// importance_average bounds the information of item blockIdx.x, see ref.ImportanceAverage.
// Threads as in permutation_average; scratch holds batch×k doubles. With perms a thread first
// computes a permutation's log-density, as permutation_log_density does.
extern "C" __global__ void __launch_bounds__(256) importance_average(double *weights, double *lower,
		double *upper, double *spread, double *scratch, double *logs,
		const double *__restrict__ logProposal, double logOrder, int k, const double *__restrict__ c,
		const int *__restrict__ perms, int n, long long replica, const int *counts) {
	k = counted(k, counts);
	long long item = blockIdx.x;
	weights = ofReplica(weights, replica);
	lower = ofReplica(lower, replica);
	upper = ofReplica(upper, replica);
	spread = ofReplica(spread, replica);
	scratch = ofReplica(scratch, replica);
	logProposal = ofReplica(logProposal, replica);
	double *density = ofReplica(logs, replica) + item * k;
	if (perms) {
		const double *matrix = ofReplica(c, replica) + item * n * n;
		for (int t = threadIdx.x; t < k; t += blockDim.x) {
			density[t] = permuted::logDensity(matrix, ofReplica(perms, replica) + (item * k + t) * n, n, 0);
		}
		__syncthreads();
	}
	const double *drawn = logProposal + item * k;
	double *w = weights + item * k, *x = scratch + item * k;
	for (int i = threadIdx.x; i < k; i += blockDim.x) {
		x[i] = density[i] - drawn[i] - logOrder;
	}
	double own = density[0];
	SHARED(double, of, [32]);
	ref::Exponentials bound = ref::exponentials(of, w, x, k - 1);
	ref::Exponentials draws = ref::exponentials(of, w + 1, x + 1, k - 1);
	ref::divide(w + 1, k - 1, draws.sum);
	__syncthreads();
	double mean = ref::LogMean(draws.largest, draws.sum, k - 1);
	if (threadIdx.x == 0) {
		w[0] = 0;
		double squares = 0;
		for (int i = 1; i < k; i++) {
			squares += w[i] * w[i];
		}
		if (mean == -ref::inf64()) {
			squares = 1;
		}
		lower[item] = own - ref::LogMean(bound.largest, bound.sum, k - 1);
		upper[item] = own - mean;
		double excess = (double)(k - 1) * squares - 1;
		spread[item] = excess < 0 ? 0 : excess;
	}
	if (x[0] > mean + ref::Log64((double)((long long)(k - 1) * ref::missed))) {
		ref::Exponentials all = ref::exponentials(of, w, x, k);
		ref::divide(w, k, all.sum);
	}
}
