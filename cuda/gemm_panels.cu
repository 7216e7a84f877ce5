// gemm_panels_nt_T: the products C = act(A·Bᵀ + bias) of gemm.cu, or with accumulate
// act(C + A·Bᵀ + bias), for so few elements of C that the length of their chains is what takes
// time. The panels of 512 terms, which are chains of their own, run side by side.
//
// Shapes and arguments: as in gemm.cu, but rows of A and B must start 16 bytes. Layout: a block
// owns 4T×8T elements of C, a warp one panel of them, a thread T×T. Each panel's 4T rows of A and
// 8T of B come in steps through four stages of shared memory, three steps ahead; rows lie 4 words
// off a multiple of 32, so that fragments of four terms are read without bank conflicts, two or
// four fragments before they are needed. Then the panels are added in order.
//
//	T  tile   step  shared a panel  shared memory's cycles a term
//	1  4×8    64    13 kB           2 a panel; the latency of an fmaf, 4.5, hides them
//	2  8×16   64    26 kB           4
//	4  16×32  32    28 kB           8
#include "async.cuh"
#include "gemm.cuh"

constexpr int KC = 512;              // ref.KC
constexpr int stages = 4, most = 2;  // panels
constexpr int lanesDown = 4, lanesAcross = 8;

template <int t, int terms>
struct Tile {
	static constexpr int T = t, step = terms, width = step + 4, rows = lanesDown * T, cols = lanesAcross * T;
	static constexpr int across = step / 4, down = 32 / across; // lanes side by side, and below each other, in a fetch
	static constexpr int stageSize = (rows + cols) * width;
};

// Source is where a lane's part of a panel comes from: four terms of every down-th row of A and B.
// Rows and terms outside are zeros, which nobody uses.
template <class Tile>
struct Source {
	const float *a, *b;
	long long lda, ldb;
	int rowsLeft, colsLeft, termsLeft; // from the lane's first on

	__device__ __forceinline__ Source(const float *fromA, const float *fromB, long long lda, long long ldb, int rows, int cols, int begin, int end) : lda(lda), ldb(ldb) {
		int lane = threadIdx.x % 32, near = lane % Tile::across * 4, far = lane / Tile::across;
		a = fromA + far * lda + begin + near;
		b = fromB + far * ldb + begin + near;
		rowsLeft = rows - far;
		colsLeft = cols - far;
		termsLeft = end - begin - near;
	}

	// fetch queues the next step; where nothing is left it reads from the beginning no bytes.
	__device__ __forceinline__ void fetch(float *stage) {
		int lane = threadIdx.x % 32, valid = max(0, min(16, 4 * termsLeft));
		float *to = stage + lane / Tile::across * Tile::width + lane % Tile::across * 4;
		UNROLL
		for (int r = 0; r < Tile::rows; r += Tile::down) {
			int bytes = r < rowsLeft ? valid : 0;
			copyAsync<16>(to + r * Tile::width, a + (bytes > 0 ? r * lda : 0), bytes);
		}
		UNROLL
		for (int r = 0; r < Tile::cols; r += Tile::down) {
			int bytes = r < colsLeft ? valid : 0;
			copyAsync<16>(to + (Tile::rows + r) * Tile::width, b + (bytes > 0 ? r * ldb : 0), bytes);
		}
		if (termsLeft > Tile::step) { // or there is no next step to point to
			a += Tile::step;
			b += Tile::step;
		}
		termsLeft -= Tile::step;
		commitAsync();
	}
};

// Fragment is a thread's part of four terms.
template <class Tile>
struct Fragment {
	float4 x[Tile::T], y[Tile::T];

	__device__ __forceinline__ void read(const float *a, const float *b, int t) {
		UNROLL
		for (int h = 0; h < Tile::T; h++) {
			x[h] = *reinterpret_cast<const float4 *>(&a[lanesDown * h * Tile::width + t]);
			y[h] = *reinterpret_cast<const float4 *>(&b[lanesAcross * h * Tile::width + t]);
		}
	}

	__device__ __forceinline__ void multiply(float (&s)[Tile::T][Tile::T]) const {
		UNROLL
		for (int i = 0; i < Tile::T; i++) {
			UNROLL
			for (int j = 0; j < Tile::T; j++) {
				s[i][j] = ref::FMA(x[i].x, y[j].x, s[i][j]);
				s[i][j] = ref::FMA(x[i].y, y[j].y, s[i][j]);
				s[i][j] = ref::FMA(x[i].z, y[j].z, s[i][j]);
				s[i][j] = ref::FMA(x[i].w, y[j].w, s[i][j]);
			}
		}
	}
};

// Not static, or the names of its shared memory would hold a hash of the directory.
template <class Tile>
__device__ __forceinline__ void panels(const Product &g) {
	constexpr int T = Tile::T;
	SHARED_DYNAMIC(float, memory);
	SHARED(float, sums, [most][Tile::rows][Tile::cols + 1]);
	int tilesAcross = (g.n + Tile::cols - 1) / Tile::cols, tilesDown = (g.m + Tile::rows - 1) / Tile::rows;
	int col0 = blockIdx.x % tilesAcross * Tile::cols, row0 = blockIdx.x / tilesAcross % tilesDown * Tile::rows;
	long long item = blockIdx.x / tilesAcross / tilesDown;
	int panel = threadIdx.x / 32, begin = panel * KC, end = min(begin + KC, g.k);
	float *stage = memory + panel * stages * Tile::stageSize;
	Source<Tile> source(g.a + item * g.strideA + row0 * g.lda, g.b + item * g.strideB + col0 * g.ldb, g.lda, g.ldb, g.m - row0, g.n - col0, begin, end);
	UNROLL
	for (int i = 0; i < stages - 1; i++) {
		source.fetch(stage + i * Tile::stageSize);
	}
	int lane = threadIdx.x % 32, down = lane / lanesAcross, across = lane % lanesAcross;
	float s[T][T] = {};
	int steps = (end - begin + Tile::step - 1) / Tile::step;
	for (int i = 0; i < steps; i++) {
		waitAsync<stages - 2>();
		__syncwarp();
		source.fetch(stage + (i + stages - 1) % stages * Tile::stageSize);
		const float *x = stage + i % stages * Tile::stageSize + down * Tile::width, *y = x + (Tile::rows + across - down) * Tile::width;
		int length = min(Tile::step, end - begin - i * Tile::step), t = 0;
		if (length == Tile::step) {
			constexpr int fragments = Tile::step / 4, ahead = T == 1 ? 4 : 2;
			Fragment<Tile> f[fragments];
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
			Fragment<Tile> f;
			f.read(x, y, t);
			f.multiply(s);
		}
		ROLL
		for (; t < length; t++) {
			UNROLL
			for (int h = 0; h < T * T; h++) {
				s[h / T][h % T] = ref::FMA(x[lanesDown * (h / T) * Tile::width + t], y[lanesAcross * (h % T) * Tile::width + t], s[h / T][h % T]);
			}
		}
	}
	UNROLL
	for (int i = 0; i < T; i++) {
		UNROLL
		for (int j = 0; j < T; j++) {
			sums[panel][down + lanesDown * i][across + lanesAcross * j] = s[i][j];
		}
	}
	__syncthreads();
	for (int e = threadIdx.x; e < Tile::rows * Tile::cols; e += blockDim.x) {
		int r = e / Tile::cols, c = e % Tile::cols, row = row0 + r, col = col0 + c;
		if (row >= g.m || col >= g.n) {
			continue;
		}
		float *to = g.c + item * g.strideC + row * g.ldc + col;
		float v = sums[0][r][c];
		v = g.accumulate ? *to + v : v;
		for (int p = 1; p * KC < g.k; p++) {
			v += sums[p][r][c];
		}
		v = g.bias ? v + g.bias[item * g.strideBias + col] : v;
		if (g.activation == relu) {
			v = v <= 0 ? 0 : v;
		} else if (g.activation == tanhyperbolic) {
			v = ref::Tanh(v);
		}
		*to = v;
	}
}

using One = Tile<1, 64>;
using Two = Tile<2, 64>;
using Four = Tile<4, 32>;

extern "C" __global__ void __launch_bounds__(32 * most, 4) gemm_panels_nt_1(PARAMETERS) { panels<One>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(32 * most, 4) gemm_panels_nt_2(PARAMETERS) { panels<Two>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(32 * most, 4) gemm_panels_nt_4(PARAMETERS) { panels<Four>(PRODUCT); }
