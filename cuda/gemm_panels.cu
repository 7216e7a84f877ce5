// gemm_panels_nt: the products C = act(A·Bᵀ + bias) of gemm.cu, or with accumulate
// act(C + A·Bᵀ + bias), for so few elements of C that the length of their chains is what takes
// time. The panels of 512 terms, which are chains of their own, run side by side.
//
// Shapes and arguments: as in gemm.cu. Layout: a block owns 16×16 elements of C; 64 threads
// compute one panel of them, 2×2 a thread, so the block has 64 threads a panel. Each panel's 16
// rows of A and 16 of B come in steps of 64 terms through four stages of shared memory (35 kB a
// panel), three steps ahead; rows lie 68 words apart, so that fragments of four terms are read
// without bank conflicts. Then the panels are added in order. 5 cycles a term, of which 4.5 are
// the latency of an fmaf.
#include "async.cuh"
#include "gemm.cuh"

constexpr int KC = 512; // ref.KC
constexpr int edge = 16, step = 64, stages = 4, width = step + 4, groupThreads = 64, most = 2; // panels

// fetch queues a step of a panel: rows 0 … 15 of A, then those of B. Rows and terms outside are
// zeros, which nobody uses.
template <int bytes>
DEVICE void fetch(float *stage, const Product &g, const float *a, const float *b, int rowsLeft, int colsLeft, int k, int end) {
	constexpr int wide = bytes / 4, across = step / wide, down = groupThreads / across;
	int thread = threadIdx.x % groupThreads, near = thread % across * wide, far = thread / across;
	int valid = max(0, min(bytes, 4 * (end - k - near)));
	UNROLL
	for (int row = 0; row < edge; row += down) {
		int r = row + far;
		bool inA = r < rowsLeft, inB = r < colsLeft;
		copyAsync<bytes>(&stage[r * width + near], inA && valid ? a + r * g.lda + k + near : a, inA ? valid : 0);
		copyAsync<bytes>(&stage[(edge + r) * width + near], inB && valid ? b + r * g.ldb + k + near : b, inB ? valid : 0);
	}
}

DEVICE void multiply(float (&s)[2][2], const float *x, const float *y) {
	UNROLL
	for (int i = 0; i < 2; i++) {
		UNROLL
		for (int j = 0; j < 2; j++) {
			s[i][j] = ref::FMA(x[i], y[j], s[i][j]);
		}
	}
}

extern "C" __global__ void __launch_bounds__(groupThreads *most) gemm_panels_nt(PARAMETERS) {
	SHARED_DYNAMIC(float, memory);
	SHARED(float, sums, [most][edge][edge + 1]);
	Product g = PRODUCT;
	int tilesAcross = (n + edge - 1) / edge, tilesDown = (m + edge - 1) / edge;
	int col0 = blockIdx.x % tilesAcross * edge, row0 = blockIdx.x / tilesAcross % tilesDown * edge;
	long long item = blockIdx.x / tilesAcross / tilesDown;
	const float *fromA = a + item * strideA + row0 * lda, *fromB = b + item * strideB + col0 * ldb;
	int panel = threadIdx.x / groupThreads, begin = panel * KC, end = min(begin + KC, k);
	float *stage = memory + panel * (stages * 2 * edge * width);
	bool aligned = aligned16(fromA, lda) && aligned16(fromB, ldb);
	auto fetchStep = [&](int i) {
		float *to = stage + i % stages * (2 * edge * width);
		if (aligned) {
			fetch<16>(to, g, fromA, fromB, m - row0, n - col0, begin + i * step, end);
		} else {
			fetch<4>(to, g, fromA, fromB, m - row0, n - col0, begin + i * step, end);
		}
		commitAsync();
	};
	int steps = (min(k, KC) + step - 1) / step;
	for (int i = 0; i < stages - 1; i++) {
		fetchStep(i);
	}
	int thread = threadIdx.x % groupThreads, down = thread / 8, across = thread % 8; // and 8 further
	float s[2][2] = {};
	for (int i = 0; i < steps; i++) {
		waitAsync<stages - 2>();
		__syncthreads();
		fetchStep(i + stages - 1);
		const float *x = stage + i % stages * (2 * edge * width) + down * width, *y = x + (edge + across - down) * width;
		int length = min(step, end - begin - i * step), t = 0;
		for (; t + 4 <= length; t += 4) {
			float4 x4[2], y4[2];
			UNROLL
			for (int h = 0; h < 2; h++) {
				x4[h] = *reinterpret_cast<const float4 *>(&x[8 * h * width + t]);
				y4[h] = *reinterpret_cast<const float4 *>(&y[8 * h * width + t]);
			}
			float x0[] = {x4[0].x, x4[1].x}, x1[] = {x4[0].y, x4[1].y}, x2[] = {x4[0].z, x4[1].z}, x3[] = {x4[0].w, x4[1].w};
			float y0[] = {y4[0].x, y4[1].x}, y1[] = {y4[0].y, y4[1].y}, y2[] = {y4[0].z, y4[1].z}, y3[] = {y4[0].w, y4[1].w};
			multiply(s, x0, y0);
			multiply(s, x1, y1);
			multiply(s, x2, y2);
			multiply(s, x3, y3);
		}
		for (; t < length; t++) {
			float x1[] = {x[t], x[8 * width + t]}, y1[] = {y[t], y[8 * width + t]};
			multiply(s, x1, y1);
		}
	}
	UNROLL
	for (int i = 0; i < 2; i++) {
		UNROLL
		for (int j = 0; j < 2; j++) {
			sums[panel][down + 8 * i][across + 8 * j] = s[i][j];
		}
	}
	__syncthreads();
	for (int e = threadIdx.x; e < edge * edge; e += blockDim.x) {
		int row = row0 + e / edge, col = col0 + e % edge;
		if (row >= m || col >= n) {
			continue;
		}
		float *to = g.c + item * strideC + row * ldc + col;
		float v = sums[0][e / edge][e % edge];
		v = accumulate ? *to + v : v;
		for (int p = 1; p * KC < k; p++) {
			v += sums[p][e / edge][e % edge];
		}
		v = bias ? v + bias[item * strideBias + col] : v;
		if (activation == relu) {
			v = v <= 0 ? 0 : v;
		} else if (activation == tanhyperbolic) {
			v = ref::Tanh(v);
		}
		*to = v;
	}
}
