// The average over all permutations of a layer of n ≤ 22 neurons, by the dynamic
// programme over the 2ⁿ sets of columns (ref.Permanent).
//
// A set S is eight times a high set H plus a low one of three columns. A thread computes
// the eight sets of an H together, in registers: for every column of H, the highest first,
// 64 neighbouring bytes of f and eight fused multiply-adds, then the low columns among
// themselves. The value of a set needs only smaller sets, so the H of one size are
// independent: they are a level. The table `sets` lists the H by size and then in
// increasing order, the order of the sums over them.
//
// Scratch memory, in doubles: f and b, 2·width a matrix with width = max(2ⁿ, 8), f first; a
// and the same with its rows reversed, 2·n² a matrix; scale and whether there is an
// assignment, 2 a matrix; sums (see permanent_marginals).
#include "common.cuh"

namespace {

constexpr int maxColumns = 22, maxHigh = maxColumns - 3;

DEVICE int high(int n) { return max(n - 3, 0); }

// index writes H to its place in sets: those of smaller size come first, and among its own size
// the number with columns c₁ < c₂ < … is Σ C(c_i, i). starts[h] is the first of size h.
// binomial is shared memory.
DEVICE void index(int *sets, int *starts, int n, int block, int (*binomial)[maxHigh + 1]) {
	for (int e = threadIdx.x; e < (maxHigh + 1) * (maxHigh + 1); e += blockDim.x) {
		int c = e / (maxHigh + 1), k = e % (maxHigh + 1), value = 1;
		for (int i = 1; i <= k; i++) {
			value = value * (c - i + 1) / i;
		}
		binomial[c][k] = value;
	}
	__syncthreads();
	int columns = high(n), set = block * (int)blockDim.x + (int)threadIdx.x;
	if (set < 1 << columns) {
		int place = 0, size = 0;
		for (int c = 0; c < columns; c++) {
			if (set >> c & 1) {
				place += binomial[columns][size];
				size++;
				place += binomial[c][size];
			}
		}
		sets[place] = set;
	}
	if (set == 0) {
		int start = 0;
		for (int h = 0; h <= columns; h++) {
			starts[h] = start;
			start += binomial[columns][h];
		}
		starts[columns + 1] = start;
	}
}

// assign finds the potentials of the best assignment (ref.Assignment), a column a thread of
// one warp: what is sequential are the augmenting paths, what every step does to all
// columns is parallel. c, u, v, match and parent are shared; it reports false when every
// assignment contains a −∞.
DEVICE bool assign(const double *c, double *u, double *v, int *match, int *parent, int n) {
	int me = threadIdx.x;
	u[me] = 0;
	match[me] = -1;
	double potential = 0; // of column me
	__syncwarp();
	for (int row = 0; row < n; row++) {
		double slack = ref::inf64();
		bool visited = false;
		parent[me] = n;
		if (me == n) {
			match[n] = row;
		}
		__syncwarp();
		int at = n;
		while (match[at] >= 0) {
			int i = match[at];
			visited = visited || me == at;
			double delta = ref::inf64();
			int next = 32;
			if (me < n && !visited) {
				double s = u[i] + potential - c[i * n + me];
				if (s < slack) {
					slack = s;
					parent[me] = at;
				}
				if (slack < delta) {
					delta = slack;
					next = me;
				}
			}
			UNROLL
			for (int half = 16; half > 0; half /= 2) { // the first of the least
				double other = __shfl_xor_sync(wholeWarp, delta, half);
				int column = __shfl_xor_sync(wholeWarp, next, half);
				if (other < delta || (other == delta && column < next)) {
					delta = other;
					next = column;
				}
			}
			if (next == 32) {
				return false;
			}
			__syncwarp(); // all have read u
			if (me <= n) {
				if (!visited) {
					slack -= delta;
				} else {
					u[match[me]] -= delta;
					potential += delta; // that of column n is not used
				}
			}
			__syncwarp();
			at = next;
		}
		__syncwarp(); // all have seen the end of the path
		if (me == 0) {
			while (at != n) {
				int previous = parent[at];
				match[at] = match[previous];
				at = previous;
			}
		}
		__syncwarp();
	}
	v[me] = potential;
	__syncwarp();
	return true;
}

} // namespace

// permanent_prepare: blocks below batch scale a matrix, A = exp(C − u − v), and write it,
// its reverse, Σu + Σv and whether there is an assignment; the other blocks make the table.
// One warp a block. 6.1 KiB of shared memory.
extern "C" __global__ void __launch_bounds__(32) permanent_prepare(double *as, double *scales, int *sets,
		int *starts, const double *__restrict__ c, int n, int batch, long long replica) {
	if ((int)blockIdx.x >= batch) {
		SHARED(int, binomial, [maxHigh + 1][maxHigh + 1]);
		index(ofReplica(sets, replica), ofReplica(starts, replica), n, (int)blockIdx.x - batch, binomial);
		return;
	}
	SHARED(double, matrix, [maxColumns * maxColumns]);
	SHARED(double, u, [32]);
	SHARED(double, v, [32]);
	SHARED(int, match, [32]);
	SHARED(int, parent, [32]);
	long long item = blockIdx.x;
	for (int e = threadIdx.x; e < n * n; e += 32) {
		matrix[e] = ofReplica(c, replica)[item * n * n + e];
	}
	__syncwarp();
	bool assigned = assign(matrix, u, v, match, parent, n);
	double *a = ofReplica(as, replica) + item * 2 * n * n, *reversed = a + n * n;
	for (int e = threadIdx.x; e < n * n; e += 32) {
		int i = e / n, j = e % n;
		double x = assigned ? ref::Exp64(matrix[e] - (u[i] + v[j])) : ref::notANumber64();
		a[e] = x;
		reversed[(n - 1 - i) * n + j] = x;
	}
	if (threadIdx.x == 0) {
		double scale = 0;
		for (int i = 0; i < n && assigned; i++) {
			scale += u[i] + v[i];
		}
		ofReplica(scales, replica)[2 * item] = scale;
		ofReplica(scales, replica)[2 * item + 1] = assigned;
	}
}

// permanent_forward fills f (pass 0) and b (1) of a matrix on the levels from … until−1; the grid's
// x runs over matrices and, faster, passes. With gridDim.y = 1 a block does all levels, a barrier
// between two; else the blocks along y share the sets of one level, which is a launch. n² doubles of shared
// memory for A; f is read through L1 and L2, 64 bytes at a time.
extern "C" __global__ void __launch_bounds__(512) permanent_forward(double *fs, const double *__restrict__ as,
		const int *__restrict__ sets, const int *__restrict__ starts, int n, int passes, int from, int until,
		long long replica) {
	SHARED(double, a, [maxColumns * maxColumns]);
	long long width = max(1ll << n, 8ll), which = passes == 2 ? blockIdx.x : 2 * blockIdx.x;
	double *f = ofReplica(fs, replica) + which * width;
	as = ofReplica(as, replica) + which * n * n;
	sets = ofReplica(sets, replica);
	starts = ofReplica(starts, replica);
	for (int e = threadIdx.x; e < max(n * n, 7); e += blockDim.x) {
		a[e] = e < n * n ? as[e] : 0; // 0 for low columns that a small matrix has not
	}
	__syncthreads();
	for (int h = from; h < until; h++) {
		int first = starts[h] + (int)(blockIdx.y * blockDim.x + threadIdx.x), step = (int)(gridDim.y * blockDim.x);
		for (int k = first; k < starts[h + 1]; k += step) {
			unsigned set = sets[k];
			double sum[8] = {};
			for (unsigned rest = set; rest != 0;) {
				int column = 31 - __clz((int)rest);
				rest ^= 1u << column;
				const double2 *term = reinterpret_cast<const double2 *>(f + (long long)(set ^ 1u << column) * 8);
				const double *coefficient = a + (h - 1) * n + column + 3;
				UNROLL
				for (int low = 0; low < 8; low += 2) {
					double2 x = term[low / 2];
					sum[low] = fma(coefficient[__popc(low) * n], x.x, sum[low]);
					sum[low + 1] = fma(coefficient[__popc(low + 1) * n], x.y, sum[low + 1]);
				}
			}
			if (set == 0) {
				sum[0] = 1;
			}
			UNROLL
			for (int low = 1; low < 8; low++) {
				UNROLL
				for (int column = 2; column >= 0; column--) {
					if (low >> column & 1) {
						sum[low] = fma(a[(h + __popc(low) - 1) * n + column], sum[low ^ 1 << column], sum[low]);
					}
				}
			}
			double2 *to = reinterpret_cast<double2 *>(f + (long long)set * 8);
			UNROLL
			for (int low = 0; low < 8; low += 2) {
				to[low / 2] = make_double2(sum[low], sum[low + 1]);
			}
		}
		__syncthreads();
	}
}

// permanent_marginals, a thread a sum, grid batch × (max(n−3, 0) + 1):
//
//	sums[item, h, j, l] = Σ f[S]·b[all∖(S∪j)]
//
// over the sets S without j whose low columns are l and whose high ones number h, a chain of
// fused multiply-adds in increasing S. Eight neighbours have the low sets of one j, so that
// they read 64 bytes in a row. No shared memory.
extern "C" __global__ void __launch_bounds__(192) permanent_marginals(double *sums,
		const double *__restrict__ fs, const int *__restrict__ sets, const int *__restrict__ starts, int n,
		long long replica) {
	int h = blockIdx.y, j = threadIdx.x / 8, low = threadIdx.x % 8;
	if (j >= n) {
		return;
	}
	long long item = blockIdx.x, width = max(1ll << n, 8ll);
	const double *f = ofReplica(fs, replica) + 2 * item * width, *b = f + width;
	sets = ofReplica(sets, replica);
	starts = ofReplica(starts, replica);
	int all = (1 << n) - 1;
	double sum = 0;
	if (low <= all) {
		constexpr int ahead = 8; // terms under way; 0·0 changes no sum
		for (int k = starts[h], end = starts[h + 1]; k < end; k += ahead) {
			int set[ahead];
			double x[ahead], y[ahead];
			UNROLL
			for (int i = 0; i < ahead; i++) {
				set[i] = k + i < end ? sets[k + i] * 8 + low : all;
			}
			UNROLL
			for (int i = 0; i < ahead; i++) {
				bool lacks = !(set[i] >> j & 1);
				x[i] = lacks ? f[set[i]] : 0;
				y[i] = lacks ? b[all ^ set[i] ^ 1 << j] : 0;
			}
			UNROLL
			for (int i = 0; i < ahead; i++) {
				sum = fma(x[i], y[i], sum);
			}
		}
	}
	ofReplica(sums, replica)[((item * gridDim.y + h) * n + j) * 8 + low] = sum;
}

// permanent_finish: Information = tr C − log perm + log n!, and, if Coefficients is not null,
// P − I. A block of 128 threads an item.
extern "C" __global__ void __launch_bounds__(128) permanent_finish(double *information, float *coefficients,
		const double *__restrict__ c, const double *__restrict__ fs, const double *__restrict__ as,
		const double *__restrict__ scales, const double *__restrict__ sums, double logFactorial, int n,
		long long replica) {
	information = ofReplica(information, replica);
	coefficients = optional(coefficients, replica);
	c = ofReplica(c, replica);
	fs = ofReplica(fs, replica);
	as = ofReplica(as, replica);
	scales = ofReplica(scales, replica);
	sums = ofReplica(sums, replica);
	long long item = blockIdx.x, width = max(1ll << n, 8ll);
	const double *matrix = c + item * n * n, *a = as + 2 * item * n * n;
	double permanent = fs[2 * item * width + (1 << n) - 1];
	bool assigned = scales[2 * item + 1] != 0;
	if (threadIdx.x == 0) {
		double log = assigned ? ref::Log64(permanent) + scales[2 * item] : -ref::inf64();
		double trace = 0;
		for (int i = 0; i < n; i++) {
			trace += matrix[i * n + i];
		}
		information[item] = trace - log + logFactorial;
	}
	for (int e = threadIdx.x; e < n * n && coefficients != nullptr; e += blockDim.x) {
		int i = e / n, j = e % n;
		double total = 0;
		for (int low = 0; low < 8; low++) {
			int h = i - __popc(low);
			if (h >= 0 && h <= high(n)) {
				total += sums[((item * (high(n) + 1) + h) * n + j) * 8 + low];
			}
		}
		double p = a[e] * total / permanent;
		if (i == j) {
			p -= 1;
		}
		coefficients[item * n * n + e] = assigned ? (float)p : ref::notANumber();
	}
}
