// gemm_panels_nt: the products C = act(A·Bᵀ + bias) of gemm.cu, or with accumulate
// act(C + A·Bᵀ + bias), for so few elements of C that the length of their chains is what takes
// time. The panels of 512 terms, which are chains of their own, run side by side.
//
// Shapes and arguments: as in gemm.cu, but rows of A and B must start 16 bytes. Layout: a block
// owns 16×16 elements of C; 64 threads compute one panel of them, 2×2 a thread, so the block has 64
// threads a panel. Each panel's 16 rows of A and 16 of B come in steps of 64 terms through four
// stages of shared memory (35 kB a panel), three steps ahead; rows lie 68 words apart, so that
// fragments of four terms are read without bank conflicts, two fragments before they are needed.
// Then the panels are added in order.
#include "async.cuh"
#include "gemm.cuh"

constexpr int KC = 512; // ref.KC
constexpr int edge = 16, step = 64, stages = 4, width = step + 4, groupThreads = 64, most = 2; // panels

constexpr int stageSize = 2 * edge * width, across = step / 4, down = groupThreads / across, each = edge / down;

// Source is where a thread's part of a panel comes from: four terms of every fourth row of A and B.
// Rows and terms outside are zeros, which nobody uses.
struct Source {
	const float *a[each], *b[each];
	bool inA[each], inB[each];
	int left; // terms from the thread's first on

	__device__ __forceinline__ Source(const float *fromA, const float *fromB, long long lda, long long ldb, int rows, int cols, int begin, int end) {
		int thread = threadIdx.x % groupThreads, near = thread % across * 4, far = thread / across;
		left = end - begin - near;
		UNROLL
		for (int i = 0; i < each; i++) {
			int r = far + i * down;
			inA[i] = r < rows;
			inB[i] = r < cols;
			a[i] = fromA + (inA[i] ? r * lda : 0) + begin + near;
			b[i] = fromB + (inB[i] ? r * ldb : 0) + begin + near;
		}
	}

	// fetch queues the next step.
	__device__ __forceinline__ void fetch(float *stage) {
		int thread = threadIdx.x % groupThreads, near = thread % across * 4, far = thread / across;
		int valid = max(0, min(16, 4 * left));
		float *to = stage + far * width + near;
		UNROLL
		for (int i = 0; i < each; i++) {
			copyAsync<16>(to + i * down * width, a[i], inA[i] ? valid : 0);
			copyAsync<16>(to + (edge + i * down) * width, b[i], inB[i] ? valid : 0);
			if (left > step) { // or there is no next step to point to
				a[i] += step;
				b[i] += step;
			}
		}
		left -= step;
		commitAsync();
	}
};

struct Fragment {
	float4 x[2], y[2];

	__device__ __forceinline__ void read(const float *a, const float *b, int t) {
		UNROLL
		for (int h = 0; h < 2; h++) {
			x[h] = *reinterpret_cast<const float4 *>(&a[8 * h * width + t]);
			y[h] = *reinterpret_cast<const float4 *>(&b[8 * h * width + t]);
		}
	}

	__device__ __forceinline__ void multiply(float (&s)[2][2]) const {
		UNROLL
		for (int i = 0; i < 2; i++) {
			UNROLL
			for (int j = 0; j < 2; j++) {
				s[i][j] = ref::FMA(x[i].x, y[j].x, s[i][j]);
				s[i][j] = ref::FMA(x[i].y, y[j].y, s[i][j]);
				s[i][j] = ref::FMA(x[i].z, y[j].z, s[i][j]);
				s[i][j] = ref::FMA(x[i].w, y[j].w, s[i][j]);
			}
		}
	}
};

extern "C" __global__ void __launch_bounds__(groupThreads *most) gemm_panels_nt(PARAMETERS) {
	SHARED_DYNAMIC(float, memory);
	SHARED(float, sums, [most][edge][edge + 1]);
	int tilesAcross = (n + edge - 1) / edge, tilesDown = (m + edge - 1) / edge;
	int col0 = blockIdx.x % tilesAcross * edge, row0 = blockIdx.x / tilesAcross % tilesDown * edge;
	long long item = blockIdx.x / tilesAcross / tilesDown;
	const float *fromA = a + item * strideA + row0 * lda, *fromB = b + item * strideB + col0 * ldb;
	int panel = threadIdx.x / groupThreads, begin = panel * KC, end = min(begin + KC, k);
	float *stage = memory + panel * stages * stageSize;
	Source source(fromA, fromB, lda, ldb, m - row0, n - col0, begin, end);
	UNROLL
	for (int i = 0; i < stages - 1; i++) {
		source.fetch(stage + i * stageSize);
	}
	int thread = threadIdx.x % groupThreads, down = thread / 8, across = thread % 8; // and 8 further
	float s[2][2] = {};
	int steps = (min(k, KC) + step - 1) / step;
	for (int i = 0; i < steps; i++) {
		waitAsync<stages - 2>();
		__syncthreads();
		source.fetch(stage + (i + stages - 1) % stages * stageSize);
		const float *x = stage + i % stages * stageSize + down * width, *y = x + (edge + across - down) * width;
		int length = min(step, end - begin - i * step), t = 0;
		if (length == step) {
			constexpr int fragments = step / 4, ahead = 2;
			Fragment f[fragments];
			UNROLL
			for (int j = -ahead; j < fragments; j++) {
				if (j + ahead < fragments) {
					f[j + ahead].read(x, y, 4 * (j + ahead));
				}
				if (j >= 0) {
					f[j].multiply(s);
				}
			}
			continue;
		}
		ROLL
		for (; t + 4 <= length; t += 4) {
			Fragment f;
			f.read(x, y, t);
			f.multiply(s);
		}
		ROLL
		for (; t < length; t++) {
			UNROLL
			for (int h = 0; h < 4; h++) {
				s[h / 2][h % 2] = ref::FMA(x[8 * (h / 2) * width + t], y[8 * (h % 2) * width + t], s[h / 2][h % 2]);
			}
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
		float *to = c + item * strideC + row * ldc + col;
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
