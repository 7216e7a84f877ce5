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
// Time is latency here, so both give a chain to a thread and fetch everything before they need it.
//
// output_forward: a block of 128 threads owns 8 rows of an item, 16 threads a row, one an output.
// It walks along the inputs in steps of 128, fetched into registers a step ahead; in shared
// memory (13 kB) rows lie 4 words off a multiple of the banks. The 16 threads then do the loss
// of their row, thread l being virtual lane l. With raw the noise is that of softplus: of raw [out] for
// all rows, or, where there are fewer targets than outputs, of the outputs after them, with gradRaw
// being the end of dy's rows.
//
// output_backward: a block of 256 threads owns 32 inputs of an item, a lane one, and takes 128 rows
// at a time through shared memory (40 kB). First the 8 warps share the rows of dx; then a warp
// walks along the rows for two outputs of dw, and one each for dBiasBelow and dBias. One more
// block adds up the losses; those after it may compute the step's divergence (divergence.cuh), a chunk
// each, which needs nothing of all this but time.
#include "divergence.cuh"

constexpr int most = 16; // outputs
constexpr int KC = 512;  // ref.KC

enum Activation { identity, relu, tanhyperbolic }; // kernels.Activation

constexpr int forwardThreads = 128, forwardRows = forwardThreads / most, step = forwardThreads, width = step + 4;

// Fetched is a thread's part of a step: one term of every row of x and of w.
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

	__device__ __forceinline__ void store(float (*xs)[width], float (*ws)[width]) const {
		UNROLL
		for (int r = 0; r < forwardRows; r++) {
			xs[r][threadIdx.x] = x[r];
		}
		UNROLL
		for (int c = 0; c < most; c++) {
			ws[c][threadIdx.x] = w[c];
		}
	}
};

// chain adds the products of 32 terms to s in order; the 16 terms after the present ones are under way.
DEVICE float chain(float s, const float *x, const float *w) {
	constexpr int fours = 8, ahead = 4;
	float4 a[fours], b[fours];
	UNROLL
	for (int i = -ahead; i < fours; i++) {
		if (i + ahead < fours) {
			a[i + ahead] = reinterpret_cast<const float4 *>(x)[i + ahead];
			b[i + ahead] = reinterpret_cast<const float4 *>(w)[i + ahead];
		}
		if (i >= 0) {
			s = ref::FMA(a[i].x, b[i].x, s);
			s = ref::FMA(a[i].y, b[i].y, s);
			s = ref::FMA(a[i].z, b[i].z, s);
			s = ref::FMA(a[i].w, b[i].w, s);
		}
	}
	return s;
}

struct Loss { float gradient, loss, raw; };

// crossEntropy is the loss of a row of logits, of which a thread has one, and the gradient with
// respect to it. The loss is that of thread label, or of thread 0 where there is no such label.
DEVICE Loss crossEntropy(float x, int c, int classes, int label, float scale) {
	float largest = __shfl_sync(wholeWarp, x, 0, most);
	if (c < classes && x > largest) {
		largest = x;
	}
	UNROLL
	for (int half = most / 2; half > 0; half /= 2) {
		float other = __shfl_xor_sync(wholeWarp, largest, half, most);
		if (other > largest) {
			largest = other;
		}
	}
	float e = c < classes ? ref::Exp(x - largest) : 0;
	float sum = ref::tree32(wholeWarp, e);
	float p = e / sum;
	if (c == label) {
		p -= 1;
	}
	bool inside = (unsigned)label < (unsigned)classes;
	return Loss{p * scale, ref::Log(sum) - ((inside ? x : ref::notANumber()) - largest), 0};
}

// gaussian is the same for predictions with a fixed noise; every thread has the loss.
DEVICE Loss gaussian(float x, float target, bool mine, float scale, float invNoise, float constant) {
	float residual = mine ? (x - target) * invNoise : 0;
	float sum = ref::tree32(wholeWarp, ref::FMA(residual, residual, 0));
	return Loss{scale * residual * invNoise, ref::FMA(0.5f, sum, constant), 0};
}

// scaled is the same where softplus(raw) is the noise, and the gradient with respect to raw.
DEVICE Loss scaled(float x, float target, float raw, bool mine, float scale, float constant) {
	constexpr float sigmaMin = 0x1p-40f;
	float sigma = ref::Softplus(raw);
	if (sigma < sigmaMin) {
		sigma = sigmaMin;
	}
	float inv = 1 / sigma, residual = (x - target) * inv, square = residual * residual, lane = 0;
	if (mine) {
		lane += 0.5f * square + ref::Log(sigma);
	}
	float sum = ref::tree32(wholeWarp, lane);
	return Loss{scale * residual * inv, sum + constant, scale * (1 - square) * inv * ref::Sigmoid(raw)};
}

extern "C" __global__ void __launch_bounds__(forwardThreads, 4) output_forward(float *y, float *dy, float *loss, const float *x, const float *w, const float *bias,
	const int *labels, const float *target, const float *raw, float *gradRaw, long long stride, int rows, int in, int out, int targets, int tiles, float scale, float invNoise, float constant, long long replica) {
	SHARED(__align__(16) float, xs, [forwardRows][width]);
	SHARED(__align__(16) float, ws, [most][width]);
	y = ofReplica(y, replica);
	dy = ofReplica(dy, replica);
	loss = ofReplica(loss, replica);
	x = ofReplica(x, replica);
	w = ofReplica(w, replica);
	bias = ofReplica(bias, replica);
	labels = optional(labels, replica);
	target = optional(target, replica);
	raw = optional(raw, replica);
	gradRaw = optional(gradRaw, replica);
	long long item = blockIdx.x / tiles;
	int row0 = blockIdx.x % tiles * forwardRows, left = min(rows - row0, forwardRows);
	int c = threadIdx.x % most, r = threadIdx.x / most;
	bool mine = r < left && c < out, aimed = r < left && c < targets;
	long long first = item * rows + row0;
	x += first * in;
	w += item * stride;

	Fetched next;
	next.fetch(x, w, left, in, out, 0);
	int label = labels && r < left ? labels[row0 + r] : 0;
	float goal = target && aimed ? target[(long long)(row0 + r) * targets + c] : 0;
	float noise = raw && targets == out && aimed ? raw[c] : 0;
	float offset = mine ? bias[item * stride + c] : 0, s = 0, total = 0;
	for (int k0 = 0; k0 < in; k0 += step) {
		if (k0 % KC == 0 && k0 > 0) { // a panel is done
			total = k0 == KC ? s : total + s;
			s = 0;
		}
		__syncthreads();
		next.store(xs, ws);
		__syncthreads();
		if (k0 + step < in) {
			next.fetch(x, w, left, in, out, k0 + step);
		}
		for (int k = 0; k < min(step, in - k0); k += 32) {
			s = chain(s, &xs[r][k], &ws[c][k]);
		}
	}
	s = (in > KC ? total + s : s) + offset;
	if (targets < out) { // the second half of the outputs
		noise = __shfl_sync(wholeWarp, s, (c + targets) % most, most);
	}
	Loss l = labels ? crossEntropy(s, c, out, label, scale) : raw ? scaled(s, goal, noise, aimed, scale, constant) : gaussian(s, goal, mine, scale, invNoise, constant);
	if (mine) {
		y[(first + r) * out + c] = s;
	}
	if (aimed) {
		dy[(first + r) * out + c] = l.gradient;
	}
	if (aimed && raw) {
		gradRaw[(first + r) * out + c] = l.raw;
	}
	bool inside = labels && (unsigned)label < (unsigned)out;
	if (r < left && c == (inside ? label : 0)) {
		loss[first + r] = l.loss;
	}
}

constexpr int threads = 256, tileInputs = 32, tileRows = 128, warps = threads / 32;

// addLosses adds up the losses as sum.cu does: 16 lanes a chunk, then the chunks in order.
DEVICE void addLosses(double *sum, float *staged, const float *loss, long long n, double scale) {
	static_assert(tileInputs * tileRows == ref::Chunk, "a tile of x has room for a chunk");
	double total = 0;
	for (long long lo = 0; lo < n; lo += ref::Chunk) {
		int length = (int)min(n - lo, (long long)ref::Chunk);
		UNROLL
		for (int i = 0; i < ref::Chunk / threads; i++) {
			int e = threadIdx.x + i * threads;
			if (e < length) {
				staged[e] = loss[lo + e];
			}
		}
		__syncthreads();
		if (threadIdx.x < ref::Lanes) {
			double lane = 0;
			_Pragma("unroll 8")
			for (int e = threadIdx.x; e < length; e += ref::Lanes) {
				lane += (double)staged[e];
			}
			total += ref::tree64((1u << ref::Lanes) - 1, lane);
		}
		__syncthreads();
	}
	if (threadIdx.x == 0) {
		*sum = scale * total + *sum;
	}
}

// Not static, or the names of its shared memory would hold a hash of the directory.
template <int N>
__device__ __forceinline__ void backward(float *dx, float *dw, float *dBias, float *dBiasBelow, double *sum, const float *x, const float *w, const float *dy, const float *loss,
	long long stride, int rows, int in, int out, int tiles, int batch, int activation, double sumScale, const Divergence &divergence) {
	SHARED(__align__(16) float, gs, [tileRows][most]);
	SHARED(__align__(16) float, xs, [tileRows][tileInputs]);
	SHARED(float, dxs, [tileRows][tileInputs]);
	unsigned own = batch * tiles;
	if (blockIdx.x > own) {
		divergence.chunk<tileRows * tileInputs / 2>(blockIdx.x - own - 1, reinterpret_cast<float2 *>(xs[0]));
		return;
	}
	if (blockIdx.x == own) {
		addLosses(sum, xs[0], loss, (long long)batch * rows, sumScale);
		return;
	}
	long long item = blockIdx.x / tiles;
	int tile = blockIdx.x % tiles, lane = threadIdx.x % 32, warp = threadIdx.x / 32, j = tile * tileInputs + lane;
	bool mine = j < in;
	dy += item * rows * out;
	x += item * rows * in + j;
	dx += item * rows * in + j;
	w += item * stride + j;
	dw += item * stride + j;
	float column[N], acc[2] = {}, total[2] = {}, below = 0, bias = 0;
	UNROLL
	for (int c = 0; c < N; c++) {
		column[c] = mine && c < out ? w[(long long)c * in] : 0;
	}
	for (int row = 0; row < rows; row += tileRows) {
		int left = min(rows - row, tileRows);
		if (row % KC == 0 && row > 0) { // a panel is done
			UNROLL
			for (int h = 0; h < 2; h++) {
				total[h] = row == KC ? acc[h] : total[h] + acc[h];
				acc[h] = 0;
			}
		}
		float nextX[tileRows / warps], nextG[tileRows * N / threads];
		UNROLL
		for (int i = 0; i < tileRows / warps; i++) {
			int r = warp + i * warps;
			nextX[i] = mine && r < left ? x[(long long)(row + r) * in] : 0;
		}
		UNROLL
		for (int i = 0; i < tileRows * N / threads; i++) {
			int e = threadIdx.x + i * threads, r = e / N, c = e % N;
			nextG[i] = r < left && c < out ? dy[(long long)(row + r) * out + c] : -0.0f; // with a weight of 0, −0 changes no sum
		}
		__syncthreads();
		UNROLL
		for (int i = 0; i < tileRows / warps; i++) {
			xs[warp + i * warps][lane] = nextX[i];
		}
		UNROLL
		for (int i = 0; i < tileRows * N / threads; i++) {
			int e = threadIdx.x + i * threads;
			gs[e / N][e % N] = nextG[i];
		}
		__syncthreads();
		_Pragma("unroll 4")
		for (int r = warp; r < left; r += warps) {
			float d = 0, v = xs[r][lane];
			UNROLL
			for (int c = 0; c < N; c += 4) {
				float4 g = *reinterpret_cast<const float4 *>(&gs[r][c]);
				d = ref::FMA(g.x, column[c], d);
				d = ref::FMA(g.y, column[c + 1], d);
				d = ref::FMA(g.z, column[c + 2], d);
				d = ref::FMA(g.w, column[c + 3], d);
			}
			if (activation == relu) {
				d = v <= 0 ? 0 : d;
			} else if (activation == tanhyperbolic) {
				d = d * ref::FMA(-v, v, 1);
			}
			dxs[r][lane] = d;
			if (mine) {
				dx[(long long)(row + r) * in] = d;
			}
		}
		__syncthreads();
		if (2 * warp < out) {
			_Pragma("unroll 8")
			for (int r = 0; r < left; r++) {
				float2 g = *reinterpret_cast<const float2 *>(&gs[r][2 * warp]);
				float v = xs[r][lane];
				acc[0] = ref::FMA(g.x, v, acc[0]);
				acc[1] = ref::FMA(g.y, v, acc[1]);
			}
		}
		if (warp == warps - 1) {
			_Pragma("unroll 8")
			for (int r = 0; r < left; r++) {
				below += dxs[r][lane];
			}
		}
		if (warp == warps - 2 && tile == 0 && lane < out) {
			_Pragma("unroll 8")
			for (int r = 0; r < left; r++) {
				bias += gs[r][lane];
			}
		}
	}
	UNROLL
	for (int h = 0; h < 2; h++) {
		int c = 2 * warp + h;
		if (mine && c < out) {
			dw[(long long)c * in] = rows > KC ? total[h] + acc[h] : acc[h];
		}
	}
	if (mine && warp == warps - 1) {
		dBiasBelow[item * stride + j] = below;
	}
	if (warp == warps - 2 && tile == 0 && lane < out) {
		dBias[item * stride + lane] = bias;
	}
}

#define BACKWARD(N) float *dx, float *dw, float *dBias, float *dBiasBelow, double *sum, const float *x, const float *w, const float *dy, const float *loss, \
	long long stride, int rows, int in, int out, int tiles, int batch, int activation, double sumScale, long long replica, \
	double *partial, const float *mu, const float *sigma, const float *invPriors, float invPrior, long long parameters) { \
	backward<N>(ofReplica(dx, replica), ofReplica(dw, replica), ofReplica(dBias, replica), ofReplica(dBiasBelow, replica), ofReplica(sum, replica), \
		ofReplica(x, replica), ofReplica(w, replica), ofReplica(dy, replica), ofReplica(loss, replica), stride, rows, in, out, tiles, batch, activation, sumScale, \
		Divergence{optional(partial, replica), ofReplica(mu, replica), ofReplica(sigma, replica), optional(invPriors, replica), invPrior, parameters})

extern "C" __global__ void __launch_bounds__(threads, 4) output_backward_4(BACKWARD(4); }
extern "C" __global__ void __launch_bounds__(threads, 4) output_backward_8(BACKWARD(8); }
extern "C" __global__ void __launch_bounds__(threads, 3) output_backward_12(BACKWARD(12); }
extern "C" __global__ void __launch_bounds__(threads, 3) output_backward_16(BACKWARD(16); }
