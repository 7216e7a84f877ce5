// importance_layer: all that the importance estimator does with the pair log-densities of a small
// hidden layer (kernels.ImportanceLayer): the proposal (ref.NewProposal), K draws from it
// (ref.Proposal.Draw), their densities and average (ref.ImportanceAverage) and the marginals.
//
// A block of 512 threads an item, which keeps everything in shared memory: what takes time are chains of
// dependent additions, and a launch between two of them would cost as much as they do.
//
//	proposal   sixteen threads a row, with its elements in registers; a thread a column of the first
//	           warp, a chain over the rows
//	draws      a thread a draw: it adds a row's lanes and their running sum by itself, so that a choice
//	           needs neither shuffles nor barriers; which columns are free is a mask in a register
//	average    a warp each for the two means
//	marginals  a thread an element
//
// Matrices have 32 rows and columns, those that are too many hold 0, which changes no sum. Uniform numbers
// are drawn and probabilities divided by all threads, before and after the draws.
#include "average.cuh"
#include "proposal.cuh"
#include "state.cuh"

namespace {

constexpr int side = 32, mostDraws = 128, threads = 512;
constexpr int tauStride = side + 4; // so that threads of a warp use different banks
static_assert(threads == side * ref::Lanes && side == 2 * ref::Lanes, "a lane of a row has two elements");

// Memory is a block's.
struct Memory {
	double c[side * side], a[side * side], b[side * side]; // log-densities, scaled matrix, shares
	double step[side * mostDraws]; // of a step and a draw: its uniform number, then the row's total, then p
	double r[side], cols[side], key[side];
	double ratio[mostDraws], weight[mostDraws], bound[mostDraws];
	double density;
	int order[side];
	unsigned char tau[mostDraws * tauStride];
};
static_assert(sizeof(Memory) <= 65 << 10, "as importance_layer.go has it");

// Me is a thread's place: its lane of a row.
struct Me {
	int row, lane;
	bool first; // one of the first warp, which has the columns
};

// rowSum is Σ x·y of a row, lane by lane, in all its threads.
DEVICE double rowSum(double x0, double y0, double x1, double y1) {
	return ref::tree64(wholeWarp, x0 * y0 + x1 * y1);
}

// exponentiate turns the thread's two elements of C into exp(c − u − v), see proposal::exponentiate.
DEVICE void exponentiate(Memory &m, const Me &me, double &x0, double &x1) {
	double u = -ref::inf64();
	u = x0 > u ? x0 : u;
	u = x1 > u ? x1 : u;
	UNROLL
	for (int half = ref::Lanes / 2; half > 0; half /= 2) {
		double other = __shfl_xor_sync(wholeWarp, u, half, ref::Lanes);
		u = other > u ? other : u;
	}
	double *row = m.a + me.row * side + me.lane;
	row[0] = x0 - u;
	row[ref::Lanes] = x1 - u;
	__syncthreads();
	if (me.first) {
		constexpr int parts = 4; // so that a comparison need not wait for the last
		double v[parts];
		UNROLL
		for (int k = 0; k < parts; k++) {
			v[k] = -ref::inf64();
		}
		UNROLL
		for (int i = 0; i < side; i++) {
			double x = m.a[i * side + threadIdx.x];
			v[i % parts] = x > v[i % parts] ? x : v[i % parts]; // not where −∞ − −∞ is NaN
		}
		UNROLL
		for (int k = 1; k < parts; k++) {
			v[0] = v[k] > v[0] ? v[k] : v[0];
		}
		m.cols[threadIdx.x] = v[0];
	}
	__syncthreads();
	x0 = x0 != -ref::inf64() ? ref::Exp64(x0 - u - m.cols[me.lane]) : 0;
	x1 = x1 != -ref::inf64() ? ref::Exp64(x1 - u - m.cols[me.lane + ref::Lanes]) : 0;
}

// scale scales them as proposal::scale does, writes them to m.a and their squares' sums to m.key.
DEVICE void scale(Memory &m, const Me &me, int sweeps, int n, double x0, double x1) {
	double *row = m.a + me.row * side + me.lane;
	row[0] = x0;
	row[ref::Lanes] = x1;
	__syncthreads(); // all have read the columns' maxima, and the first warp's columns are whole
	double column[side], col = (int)threadIdx.x < n ? 1 : 0;
	if (me.first) {
		UNROLL
		for (int i = 0; i < side; i++) {
			column[i] = m.a[i * side + threadIdx.x];
		}
		m.cols[threadIdx.x] = col;
	}
	for (int sweep = 0; sweep < sweeps; sweep++) {
		__syncthreads();
		double sum = rowSum(x0, m.cols[me.lane], x1, m.cols[me.lane + ref::Lanes]);
		if (me.lane == 0) {
			m.r[me.row] = proposal::reciprocal(sum);
		}
		__syncthreads();
		bool unbalanced = false;
		if (me.first) {
			double mass = 0;
			UNROLL
			for (int i = side - 1; i >= 0; i--) {
				mass += column[i] * m.r[i];
			}
			if (col != 0) {
				unbalanced = fabs(mass * col - 1) > proposal::balance;
				col = proposal::reciprocal(mass);
			}
			m.cols[threadIdx.x] = col;
		}
		if (!__syncthreads_or(unbalanced)) {
			break;
		}
	}
	double y0 = m.cols[me.lane], y1 = m.cols[me.lane + ref::Lanes];
	double inverse = proposal::reciprocal(rowSum(x0, y0, x1, y1));
	x0 = x0 * y0 * inverse;
	x1 = x1 * y1 * inverse;
	row[0] = x0;
	row[ref::Lanes] = x1;
	double key = rowSum(x0, x0, x1, x1);
	if (me.lane == 0) {
		m.key[me.row] = key;
	}
	__syncthreads();
}

// place is proposal::place, without branches where no key is NaN.
DEVICE int place(const double *key, int n, int i) {
	double own = key[i];
	int place = 0;
	bool numbers = true;
	_Pragma("unroll 8")
	for (int s = 0; s < n; s++) {
		double other = key[s];
		numbers = numbers && other == other;
		place += other > own || (other == own && s < i);
	}
	return numbers ? place : proposal::place(key, n, i);
}

// shares orders the rows and writes what each takes of the columns' mass that is left to m.b.
DEVICE void shares(Memory &m, const Me &me, int n) {
	if ((int)threadIdx.x < n) {
		m.order[place(m.key, n, threadIdx.x)] = threadIdx.x;
	}
	__syncthreads();
	if (me.first) {
		double mass = 0;
		_Pragma("unroll 8")
		for (int t = n - 1; t >= 0; t--) {
			mass += m.a[m.order[t] * side + threadIdx.x];
			m.b[t * side + threadIdx.x] = mass;
		}
	}
	__syncthreads();
	if (me.row < n) {
		const double *a = m.a + m.order[me.row] * side;
		UNROLL
		for (int j = me.lane; j < side; j += ref::Lanes) {
			double *b = m.b + me.row * side + j;
			*b = j < n ? proposal::share(a[j], *b, 1) : 0;
		}
	}
}

// draw makes choice after choice of draw k, whose uniform numbers are in m.step, where it leaves the
// rows' totals. The identity is draw 0.
DEVICE void draw(Memory &m, int n, int k) {
	unsigned free = ~0u;
	for (int t = 0; t < n; t++) {
		const double *b = m.b + t * side;
		double *step = m.step + t * mostDraws + k;
		double uniform = *step, sum[ref::Lanes], total = 0;
		UNROLL
		for (int l = 0; l < ref::Lanes; l++) {
			double x = free >> l & 1 ? b[l] : 0, y = free >> (l + ref::Lanes) & 1 ? b[l + ref::Lanes] : 0;
			total += x + y;
			sum[l] = total;
		}
		double threshold = uniform * total, before = 0;
		int lane = 0;
		UNROLL
		for (int l = 0; l < ref::Lanes - 1; l++) { // the sums increase
			if (sum[l] <= threshold) {
				lane = l + 1;
				before = sum[l];
			}
		}
		double x = free >> lane & 1 ? b[lane] : 0, y = free >> (lane + ref::Lanes) & 1 ? b[lane + ref::Lanes] : 0;
		int row = m.order[t], j = lane;
		if (y > 0 && !(x > 0 && before + x > threshold)) {
			j = lane + ref::Lanes;
		}
		if (k == 0) {
			j = row;
		}
		free &= ~(1u << j);
		*step = total;
		m.tau[k * tauStride + row] = (unsigned char)j;
	}
}

// probability is the logarithm of a product of n numbers of at most 1, see ref.Proposal.Draw.
DEVICE double probability(const double *p, int n) {
	double log = 0, product = 1;
	ROLL
	for (int t = 0; t < n; t++) {
		product *= p[t * mostDraws];
		if (product < proposal::tiny) {
			log += ref::Log64(product);
			product = 1;
		}
	}
	return log + ref::Log64(product);
}

// Bounds is where the results of an item go.
struct Bounds {
	double *lower, *upper, *spread;
};

// average bounds the item's information by the ratios in m.ratio, as importance_average does, and leaves
// the weights in m.weight. The first warp calls it with part 0, the second with part 1.
DEVICE void average(Memory &m, const Bounds &to, int k, int part) {
	double *w = m.weight, *x = m.ratio;
	bool one = threadIdx.x % 32 == 0;
	if (part == 0) {
		ref::Exponentials bound = ref::warpExponentials(m.bound, x, k - 1);
		if (one) {
			*to.lower = m.density - ref::LogMean(bound.largest, bound.sum, k - 1);
		}
		return;
	}
	ref::Exponentials draws = ref::warpExponentials(w + 1, x + 1, k - 1);
	ref::warpDivide(w + 1, k - 1, draws.sum);
	if (one) {
		w[0] = 0;
	}
	__syncwarp();
	double mean = ref::LogMean(draws.largest, draws.sum, k - 1), squares = 0;
	_Pragma("unroll 8")
	for (int i = 1; i < k; i++) {
		squares += w[i] * w[i];
	}
	if (mean == -ref::inf64()) {
		squares = 1;
	}
	if (one) {
		*to.upper = m.density - mean;
		double excess = (double)(k - 1) * squares - 1;
		*to.spread = excess < 0 ? 0 : excess;
	}
	if (x[0] > mean + ref::Log64((double)((k - 1) * ref::missed))) {
		__syncwarp(); // all have read the weights
		ref::Exponentials all = ref::warpExponentials(w, x, k);
		ref::warpDivide(w, k, all.sum);
	}
}

} // namespace

extern "C" __global__ void __launch_bounds__(512, 1) importance_layer(int *perms, double *logProposal, double *logs,
		double *weights, double *lower, double *upper, double *spread, float *coefficients,
		const double *__restrict__ c, double logOrder, unsigned long long seed, unsigned stream,
		unsigned step, unsigned sample, int sweeps, int k, int n, const int *state, long long replica, const int *counts) {
	SHARED_DYNAMIC(double, shared);
	Memory &m = *reinterpret_cast<Memory *>(shared);
	k = counted(k, counts);
	state = optional(state, replica);
	long long item = blockIdx.x;
	Me me = {(int)threadIdx.x / ref::Lanes, (int)threadIdx.x % ref::Lanes, threadIdx.x < 32};

	const double *from = ofReplica(c, replica) + item * n * n + me.row * n + me.lane;
	bool in0 = me.row < n && me.lane < n, in1 = me.row < n && me.lane + ref::Lanes < n;
	double x0 = in0 ? from[0] : -ref::inf64(), x1 = in1 ? from[ref::Lanes] : -ref::inf64();

	ref::Key key = ref::advance({seed + ref::stateSeed(state), stream, step + ref::stateStep(state), sample}, (unsigned)item);
	int pairs = (n + 1) / 2; // steps that share a block of random words
	ROLL
	for (int e = threadIdx.x; e < pairs * k; e += threads) {
		int t = 2 * (e / k), draw = e % k;
		ref::Words words = key.words((unsigned)(draw * pairs + t / 2));
		m.step[t * mostDraws + draw] = proposal::uniform(words.w[0], words.w[1]);
		m.step[(t + 1) * mostDraws + draw] = proposal::uniform(words.w[2], words.w[3]);
	}

	double *own = m.c + me.row * side + me.lane;
	own[0] = x0;
	own[ref::Lanes] = x1;
	exponentiate(m, me, x0, x1);
	scale(m, me, sweeps, n, x0, x1);
	shares(m, me, n);
	__syncthreads();
	if ((int)threadIdx.x < k) {
		draw(m, n, threadIdx.x);
	}
	__syncthreads();
	int *drawn = ofReplica(perms, replica) + item * k * n;
	ROLL
	for (int e = threadIdx.x; e < n * k; e += threads) {
		int t = e / k, draw = e % k, row = m.order[t], j = m.tau[draw * tauStride + row];
		m.step[t * mostDraws + draw] = m.b[t * side + j] / m.step[t * mostDraws + draw];
		drawn[draw * n + row] = j;
	}
	__syncthreads();
	if (int draw = threadIdx.x; draw < k) {
		const unsigned char *tau = m.tau + draw * tauStride;
		double density = 0, product = 1;
		_Pragma("unroll 8")
		for (int i = 0; i < n; i++) { // two chains side by side
			product *= m.step[i * mostDraws + draw];
			density += m.c[i * side + tau[i]];
		}
		double log = 0 + ref::Log64(product);
		if (!(product >= proposal::tiny)) { // it only falls, so it was never that small otherwise
			log = probability(m.step + draw, n);
		}
		ofReplica(logProposal, replica)[item * k + draw] = log;
		ofReplica(logs, replica)[item * k + draw] = density;
		m.ratio[draw] = density - log - logOrder;
		if (draw == 0) {
			m.density = density;
		}
	}
	__syncthreads();
	if (threadIdx.x < 64) {
		Bounds to = {ofReplica(lower, replica) + item, ofReplica(upper, replica) + item, ofReplica(spread, replica) + item};
		average(m, to, k, threadIdx.x / 32);
	}
	__syncthreads();
	if ((int)threadIdx.x < k) {
		ofReplica(weights, replica)[item * k + threadIdx.x] = m.weight[threadIdx.x];
	}
	if (!coefficients) {
		return;
	}
	float *to = ofReplica(coefficients, replica) + item * n * n;
	ROLL
	for (int e = threadIdx.x; e < n * n; e += threads) {
		int i = e / n, j = e % n;
		double sum = i == j ? -1 : 0;
		_Pragma("unroll 4")
		for (int p = 0; p < k; p++) {
			if (m.tau[p * tauStride + i] == j) {
				sum += m.weight[p];
			}
		}
		to[e] = (float)sum;
	}
}
