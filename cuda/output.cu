// The last layer of a network with up to 16 outputs, its loss and the gradients through both
// (kernels.OutputLayer), as its operations compute them one by one: gemm.cu, loss.cu, sum.cu,
// sumrows.cu, activation.cu.
//
//	output_forward:       y = x·wᵀ + bias, loss and dy
//	output_backward_N:    dw = dyᵀ·x, dx = (dy·w) ⊙ act′(x), dBiasBelow = Σ_r dx, dBias = Σ_r dy
//	                      and sum += sumScale·Σ loss, for up to N outputs
//
// Shapes: x, dx [batch][rows×in], w, dw [batch] of out×in, bias, dBias [batch] of out, dBiasBelow
// [batch] of in, all five stride apart; y, dy [batch][rows×out], loss [batch·rows].
//
// output_forward: a block of 128 threads owns 32 rows of an item. It walks along the inputs in
// steps of 128, which are fetched into registers a step ahead and lie in shared memory (27 kB,
// rows 4 words apart from a multiple of the banks). 16 threads are the outputs; each has 4 rows,
// hence 4 chains. Then a thread does the loss of a row.
//
// output_backward: a block of 64 threads owns 64 inputs of an item, a thread one: its column of w
// and of dw stay in registers while the rows go by, fetched 32 ahead. All
// chains over the rows are in order by themselves. One more block an item adds up dBias, and the
// first of them the losses.
#include "common.cuh"

constexpr int most = 16; // outputs
constexpr int KC = 512;  // ref.KC

enum Activation { identity, relu, tanhyperbolic }; // kernels.Activation

constexpr int forwardRows = 32, forwardThreads = 128, step = 128, width = step + 4, rowGroups = forwardThreads / most, rowsEach = forwardRows / rowGroups;

// Fetched is a thread's part of a step: term k0 + threadIdx.x of every row of x and of w.
struct Fetched {
	float x[forwardRows], w[most];

	// What lies outside is −0 in x and +0 in w, whose product changes no sum.
	__device__ __forceinline__ void fetch(const float *fromX, const float *fromW, int rows, int in, int out, int k0) {
		int k = k0 + threadIdx.x;
		UNROLL
		for (int r = 0; r < forwardRows; r++) {
			x[r] = k < in && r < rows ? fromX[(long long)r * in + k] : -0.0f;
		}
		UNROLL
		for (int c = 0; c < most; c++) {
			w[c] = k < in && c < out ? fromW[(long long)c * in + k] : 0;
		}
	}
};

// tree adds up the virtual lanes (ref.tree32).
template <int n>
DEVICE float tree(const float *lane) {
	if constexpr (n == 1) {
		return lane[0];
	} else {
		float pairs[n / 2];
		UNROLL
		for (int l = 0; l < n / 2; l++) {
			pairs[l] = lane[l] + lane[l + n / 2];
		}
		return tree<n / 2>(pairs);
	}
}

// crossEntropyRow replaces a row of logits by scale times the loss' gradient and returns the loss.
DEVICE float crossEntropyRow(float *z, int classes, int label, float scale) {
	float largest = z[0], e[most];
	UNROLL
	for (int c = 0; c < most; c++) {
		float v = c < classes ? z[c] : largest;
		largest = v > largest ? v : largest;
	}
	UNROLL
	for (int c = 0; c < most; c++) {
		e[c] = c < classes ? ref::Exp(z[c] - largest) : 0;
	}
	float sum = tree<most>(e);
	bool inside = (unsigned)label < (unsigned)classes;
	float loss = ref::Log(sum) - ((inside ? z[label] : ref::notANumber()) - largest);
	UNROLL
	for (int c = 0; c < most; c++) {
		if (c < classes) {
			float p = e[c] / sum;
			p = c == label ? p - 1 : p;
			z[c] = p * scale;
		}
	}
	return loss;
}

// gaussianRow is the same for predictions with a fixed noise.
DEVICE float gaussianRow(float *z, const float *target, int outputs, float scale, float invNoise, float constant) {
	float lane[most];
	UNROLL
	for (int c = 0; c < most; c++) {
		float residual = c < outputs ? (z[c] - target[c]) * invNoise : 0;
		lane[c] = ref::FMA(residual, residual, 0);
		if (c < outputs) {
			z[c] = scale * residual * invNoise;
		}
	}
	return ref::FMA(0.5f, tree<most>(lane), constant);
}

extern "C" __global__ void __launch_bounds__(forwardThreads) output_forward(float *y, float *dy, float *loss, const float *x, const float *w, const float *bias,
	const int *labels, const float *target, long long stride, int rows, int in, int out, int tiles, float scale, float invNoise, float constant) {
	SHARED(__align__(16) float, xs, [forwardRows][width]);
	SHARED(__align__(16) float, ws, [most][width]);
	SHARED(float, z, [forwardRows][most + 1]);
	long long item = blockIdx.x / tiles;
	int row0 = blockIdx.x % tiles * forwardRows, left = min(rows - row0, forwardRows);
	int c = threadIdx.x % most, group = threadIdx.x / most;
	long long first = item * rows + row0;
	x += first * in;
	w += item * stride;

	Fetched next;
	float s[rowsEach] = {}, total[rowsEach] = {};
	next.fetch(x, w, left, in, out, 0);
	for (int k0 = 0; k0 < in; k0 += step) {
		if (k0 % KC == 0 && k0 > 0) {
			UNROLL
			for (int i = 0; i < rowsEach; i++) {
				total[i] = k0 == KC ? s[i] : total[i] + s[i];
				s[i] = 0;
			}
		}
		__syncthreads();
		UNROLL
		for (int r = 0; r < forwardRows; r++) {
			xs[r][threadIdx.x] = next.x[r];
		}
		UNROLL
		for (int o = 0; o < most; o++) {
			ws[o][threadIdx.x] = next.w[o];
		}
		__syncthreads();
		if (k0 + step < in) {
			next.fetch(x, w, left, in, out, k0 + step);
		}
		for (int k = 0; k < min(step, in - k0); k += 4) {
			float4 b = *reinterpret_cast<const float4 *>(&ws[c][k]);
			UNROLL
			for (int i = 0; i < rowsEach; i++) {
				float4 a = *reinterpret_cast<const float4 *>(&xs[group + i * rowGroups][k]);
				s[i] = ref::FMA(a.x, b.x, s[i]);
				s[i] = ref::FMA(a.y, b.y, s[i]);
				s[i] = ref::FMA(a.z, b.z, s[i]);
				s[i] = ref::FMA(a.w, b.w, s[i]);
			}
		}
	}
	UNROLL
	for (int i = 0; i < rowsEach; i++) {
		float v = in > KC ? total[i] + s[i] : s[i];
		z[group + i * rowGroups][c] = c < out ? v + bias[item * stride + c] : 0;
	}
	__syncthreads();
	for (int e = threadIdx.x; e < left * out; e += forwardThreads) {
		y[first * out + e] = z[e / out][e % out];
	}
	__syncthreads();
	int r = threadIdx.x;
	if (r < left) {
		loss[first + r] = labels ? crossEntropyRow(z[r], out, labels[row0 + r], scale)
								 : gaussianRow(z[r], target + (long long)(row0 + r) * out, out, scale, invNoise, constant);
	}
	__syncthreads();
	for (int e = threadIdx.x; e < left * out; e += forwardThreads) {
		dy[first * out + e] = z[e / out][e % out];
	}
}

constexpr int backwardThreads = 64, rowsAtOnce = 32;

typedef float Tile[rowsAtOnce][most];

// addLosses adds up the losses as sum.cu does: 16 lanes a chunk, then the chunks in order.
DEVICE void addLosses(double *sum, float *staged, const float *loss, long long n, double scale) {
	constexpr int piece = sizeof(Tile) / sizeof(float);
	double total = 0, lane = 0;
	for (long long lo = 0; lo < n; lo += piece) {
		int length = (int)min(n - lo, (long long)piece);
		UNROLL
		for (int i = 0; i < piece / backwardThreads; i++) {
			int e = threadIdx.x + i * backwardThreads;
			if (e < length) {
				staged[e] = loss[lo + e];
			}
		}
		__syncthreads();
		if (threadIdx.x < ref::Lanes) {
			for (int e = threadIdx.x; e < length; e += ref::Lanes) {
				lane += (double)staged[e];
			}
			if ((lo + piece) % ref::Chunk == 0 || lo + piece >= n) {
				total += ref::tree64((1u << ref::Lanes) - 1, lane);
				lane = 0;
			}
		}
		__syncthreads();
	}
	if (threadIdx.x == 0) {
		*sum = scale * total + *sum;
	}
}

// addRows adds up an item's rows of dy as sumrows.cu does.
DEVICE void addRows(float *dBias, Tile &tile, const float *dy, int rows, int out) {
	float sum = 0;
	for (int row = 0; row < rows; row += rowsAtOnce) {
		int left = min(rows - row, rowsAtOnce);
		for (int e = threadIdx.x; e < left * out; e += backwardThreads) {
			tile[e / out][e % out] = dy[(long long)row * out + e];
		}
		__syncthreads();
		for (int r = 0; r < left && (int)threadIdx.x < out; r++) {
			sum += tile[r][threadIdx.x];
		}
		__syncthreads();
	}
	if ((int)threadIdx.x < out) {
		dBias[threadIdx.x] = sum;
	}
}

// Rows are a thread's part of the next rows: its input of each, and its part of dy.
template <int N>
struct Rows {
	static constexpr int share = rowsAtOnce * N / backwardThreads;
	float x[rowsAtOnce], g[share];

	__device__ __forceinline__ void fetch(const float *fromX, const float *fromG, bool mine, int left, int in, int out) {
		UNROLL
		for (int r = 0; r < rowsAtOnce; r++) {
			x[r] = mine && r < left ? fromX[(long long)r * in] : 0;
		}
		UNROLL
		for (int i = 0; i < share; i++) { // element e of rows of N
			int e = threadIdx.x + i * backwardThreads, r = e / N, c = e % N;
			g[i] = r < left && c < out ? fromG[(long long)r * out + c] : -0.0f; // with a weight of 0, −0 changes no sum
		}
	}
};

// Not static, or the names of its shared memory would hold a hash of the directory.
template <int N>
__device__ __forceinline__ void backward(float *dx, float *dw, float *dBias, float *dBiasBelow, double *sum, const float *x, const float *w, const float *dy, const float *loss,
	long long stride, int rows, int in, int out, int tiles, int batch, int activation, double sumScale) {
	SHARED(__align__(16) float, tile, [rowsAtOnce][most]);
	SHARED(float, xs, [rowsAtOnce][backwardThreads]);
	long long item = blockIdx.x / tiles;
	dy += item * rows * out;
	if (blockIdx.x % tiles == 0) {
		addRows(dBias + item * stride, tile, dy, rows, out);
		if (item == 0) {
			addLosses(sum, tile[0], loss, (long long)batch * rows, sumScale);
		}
		return;
	}
	int j = (blockIdx.x % tiles - 1) * backwardThreads + threadIdx.x;
	bool mine = j < in;
	x += item * rows * in + j;
	dx += item * rows * in + j;
	w += item * stride + j;
	dw += item * stride + j;
	float column[N], acc[N] = {}, below = 0;
	Rows<N> next;
	next.fetch(x, dy, mine, rows, in, out);
	UNROLL
	for (int c = 0; c < N; c++) {
		column[c] = mine && c < out ? w[(long long)c * in] : 0;
	}
	for (int row = 0; row < rows; row += rowsAtOnce) {
		if (row % KC == 0 && row > 0 && mine) { // a panel is done
			UNROLL
			for (int c = 0; c < N; c++) {
				if (c < out) {
					float *to = &dw[(long long)c * in];
					*to = row == KC ? acc[c] : *to + acc[c];
				}
				acc[c] = 0;
			}
		}
		__syncthreads();
		UNROLL
		for (int r = 0; r < rowsAtOnce; r++) {
			xs[r][threadIdx.x] = next.x[r];
		}
		UNROLL
		for (int i = 0; i < next.share; i++) {
			int e = threadIdx.x + i * backwardThreads;
			tile[e / N][e % N] = next.g[i];
		}
		__syncthreads();
		int left = min(rows - row, rowsAtOnce);
		if (row + rowsAtOnce < rows) {
			next.fetch(x + (long long)(row + rowsAtOnce) * in, dy + (long long)(row + rowsAtOnce) * out, mine, rows - row - rowsAtOnce, in, out);
		}
		_Pragma("unroll 4")
		for (int r = 0; r < left; r++) {
			float g[N], d = 0, v = xs[r][threadIdx.x];
			UNROLL
			for (int c = 0; c < N; c += 4) {
				float4 four = *reinterpret_cast<const float4 *>(&tile[r][c]);
				g[c] = four.x;
				g[c + 1] = four.y;
				g[c + 2] = four.z;
				g[c + 3] = four.w;
			}
			UNROLL
			for (int c = 0; c < N; c++) {
				d = ref::FMA(g[c], column[c], d);
				acc[c] = ref::FMA(g[c], v, acc[c]);
			}
			if (activation == relu) {
				d = v <= 0 ? 0 : d;
			} else if (activation == tanhyperbolic) {
				d = d * ref::FMA(-v, v, 1);
			}
			below += d;
			if (mine) {
				dx[(long long)(row + r) * in] = d;
			}
		}
	}
	if (!mine) {
		return;
	}
	UNROLL
	for (int c = 0; c < N; c++) {
		if (c < out) {
			float *to = &dw[(long long)c * in];
			*to = rows > KC ? *to + acc[c] : acc[c];
		}
	}
	dBiasBelow[item * stride + j] = below;
}

#define BACKWARD(N) float *dx, float *dw, float *dBias, float *dBiasBelow, double *sum, const float *x, const float *w, const float *dy, const float *loss, \
	long long stride, int rows, int in, int out, int tiles, int batch, int activation, double sumScale) { \
	backward<N>(dx, dw, dBias, dBiasBelow, sum, x, w, dy, loss, stride, rows, in, out, tiles, batch, activation, sumScale)

extern "C" __global__ void __launch_bounds__(backwardThreads) output_backward_4(BACKWARD(4); }
extern "C" __global__ void __launch_bounds__(backwardThreads) output_backward_8(BACKWARD(8); }
extern "C" __global__ void __launch_bounds__(backwardThreads) output_backward_12(BACKWARD(12); }
extern "C" __global__ void __launch_bounds__(backwardThreads) output_backward_16(BACKWARD(16); }
