// gemm_panels_nt_T: the products C = act(A·Bᵀ + bias) of gemm.cu, or with accumulate
// act(C + A·Bᵀ + bias), for so few elements of C that the length of their chains is what takes
// time. The panels of 512 terms, which are chains of their own, run side by side.
//
// Shapes and arguments: as in gemm.cu, but rows of A and B must start 16 bytes and k is a multiple of 4. Layout: a block
// owns TM·4 × TN·8 elements of C, a warp one panel of them, a thread TM×TN. Each panel's rows of A
// and B come in steps through stages of shared memory, all but one of them under way; rows lie 4
// words off a multiple of 32, so that fragments of four terms are read without bank conflicts, one
// to four fragments before they are needed. Lanes 2i and 2i+1 have the same columns, i and i+2
// the same rows, as the halves of a warp can share a vector's read then. The four stages of the smallest tile are a whole panel, which is
// fetched at once. A step with fewer terms comes first. Then the panels are added in order.
//
//	T    tile   step  stages  shared a panel  shared memory's cycles a term, 4 a vector
//	1×1  4×8    128   4       25 kB           2; the latency of an fmaf, 4.5, hides them
//	2×2  8×16   64    4       26 kB           4
//	4×4  16×32  32    3       21 kB           8
//	7×4  28×32  32    4       35 kB           11, for 28 fmaf; 100 rows are four tiles
#include "async.cuh"
#include "gemm.cuh"

constexpr int KC = 512; // ref.KC
constexpr int most = 2; // panels
constexpr int lanesDown = 4, lanesAcross = 8;

template <int tm, int tn, int terms, int deep>
struct Tile {
	static constexpr int TM = tm, TN = tn, step = terms, stages = deep, width = step + 4, rows = lanesDown * TM, cols = lanesAcross * TN;
	static constexpr int across = step / 4, down = 32 / across; // lanes side by side, and below each other, in a fetch
	static constexpr int stageSize = (rows + cols) * width;
	static constexpr int ahead = TM * TN == 1 ? 4 : TM * TN <= 16 ? 2 : 1; // fragments
};

// Source is where a lane's part of a panel comes from: four terms of every down-th row of A and B.
// In the place of a row outside it has the last one; its sums are not stored.
template <class Tile>
struct Source {
	static constexpr int ofA = Tile::rows / Tile::down, ofB = Tile::cols / Tile::down;
	const float *a[ofA], *b[ofB];
	float *to, *first, *last; // where the next step goes, and the first and last stages' places
	int near, steps;          // of the lane's terms in a step, of those that nobody has fetched

	__device__ __forceinline__ Source(float *stages, const float *fromA, const float *fromB, long long lda, long long ldb, int rows, int cols, int terms) {
		int lane = threadIdx.x % 32, far = lane / Tile::across;
		near = lane % Tile::across * 4;
		steps = terms / Tile::step;
		UNROLL
		for (int r = 0; r < ofA; r++) {
			a[r] = fromA + min(far + r * Tile::down, rows - 1) * lda + near;
		}
		UNROLL
		for (int r = 0; r < ofB; r++) {
			b[r] = fromB + min(far + r * Tile::down, cols - 1) * ldb + near;
		}
		to = first = stages + far * Tile::width + near;
		last = first + (Tile::stages - 1) * Tile::stageSize;
	}

	// fetch queues the next step, if there is one.
	__device__ __forceinline__ void fetch() {
		if (steps > 0) {
			copy(Tile::step, true);
		}
		steps--;
		to = to == last ? first : to + Tile::stageSize;
		commitAsync();
	}

	// fetchRest queues the first step, which has fewer terms.
	__device__ __forceinline__ void fetchRest(int terms) {
		copy(terms, near < terms);
		to += Tile::stageSize;
		commitAsync();
	}

	// copy goes to the next terms, of which some may be the lane's.
	__device__ __forceinline__ void copy(int terms, bool mine) {
		UNROLL
		for (int r = 0; r < ofA; r++) {
			if (mine) {
				copyAsync<16>(to + r * Tile::down * Tile::width, a[r]);
			}
			a[r] += terms;
		}
		UNROLL
		for (int r = 0; r < ofB; r++) {
			if (mine) {
				copyAsync<16>(to + (Tile::rows + r * Tile::down) * Tile::width, b[r]);
			}
			b[r] += terms;
		}
	}
};

// Fragment is a thread's part of four terms.
template <class Tile>
struct Fragment {
	float4 x[Tile::TM], y[Tile::TN];

	__device__ __forceinline__ void read(const float *a, const float *b, int t) {
		UNROLL
		for (int h = 0; h < Tile::TM; h++) {
			x[h] = *reinterpret_cast<const float4 *>(&a[lanesDown * h * Tile::width + t]);
		}
		UNROLL
		for (int h = 0; h < Tile::TN; h++) {
			y[h] = *reinterpret_cast<const float4 *>(&b[lanesAcross * h * Tile::width + t]);
		}
	}

	// multiply goes from term to term, so that neighbouring fmaf are of different chains.
	__device__ __forceinline__ void multiply(float (&s)[Tile::TM][Tile::TN]) const {
		term(s, &float4::x);
		term(s, &float4::y);
		term(s, &float4::z);
		term(s, &float4::w);
	}

	__device__ __forceinline__ void term(float (&s)[Tile::TM][Tile::TN], float float4::*t) const {
		UNROLL
		for (int i = 0; i < Tile::TM; i++) {
			UNROLL
			for (int j = 0; j < Tile::TN; j++) {
				s[i][j] = ref::FMA(x[i].*t, y[j].*t, s[i][j]);
			}
		}
	}
};

// Not static, or the names of its shared memory would hold a hash of the directory.
template <class Tile>
__device__ __forceinline__ void panels(const Product &g) {
	constexpr int TM = Tile::TM, TN = Tile::TN, stages = Tile::stages;
	SHARED_DYNAMIC(float, memory);
	SHARED(float, sums, [most][Tile::rows][Tile::cols + 1]);
	int tilesAcross = (g.n + Tile::cols - 1) / Tile::cols, tilesDown = (g.m + Tile::rows - 1) / Tile::rows;
	int col0 = blockIdx.x % tilesAcross * Tile::cols, row0 = blockIdx.x / tilesAcross % tilesDown * Tile::rows;
	long long item = blockIdx.x / tilesAcross / tilesDown;
	int panel = threadIdx.x / 32, begin = panel * KC, end = min(begin + KC, g.k);
	float *stage = memory + panel * stages * Tile::stageSize;
	const float *a = g.a + item * g.strideA + row0 * g.lda + begin, *b = g.b + item * g.strideB + col0 * g.ldb + begin;
	Source<Tile> source(stage, a, b, g.lda, g.ldb, g.m - row0, g.n - col0, end - begin);
	int rest = (end - begin) % Tile::step;
	if (rest > 0) {
		source.fetchRest(rest);
	} else {
		source.fetch();
	}
	UNROLL
	for (int i = 1; i < stages - 1; i++) {
		source.fetch();
	}
	int lane = threadIdx.x % 32, down = lane % 2 + lane / 16 * 2, across = lane / 2 % lanesAcross;
	float s[TM][TN] = {};
	const float *x = stage + down * Tile::width, *y = stage + (Tile::rows + across) * Tile::width;
	int now = 0;
	if (rest > 0) {
		waitAsync<stages - 2>();
		__syncwarp();
		source.fetch();
		ROLL
		for (int t = 0; t < rest; t += 4) {
			Fragment<Tile> f;
			f.read(x, y, t);
			f.multiply(s);
		}
		now = 1;
		x += Tile::stageSize;
		y += Tile::stageSize;
	}
	for (int left = (end - begin) / Tile::step; left > 0; left--) {
		waitAsync<stages - 2>();
		__syncwarp();
		source.fetch();
		constexpr int fragments = Tile::step / 4, ahead = Tile::ahead;
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
		int next = now == stages - 1 ? -(stages - 1) : 1;
		now += next;
		x += next * Tile::stageSize;
		y += next * Tile::stageSize;
	}
	UNROLL
	for (int i = 0; i < TM; i++) {
		UNROLL
		for (int j = 0; j < TN; j++) {
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

using One = Tile<1, 1, 128, 4>;
using Two = Tile<2, 2, 64, 4>;
using Four = Tile<4, 4, 32, 3>;
using Seven = Tile<7, 4, 32, 4>;

extern "C" __global__ void __launch_bounds__(32 * most, 4) gemm_panels_nt_1x1(PARAMETERS) { panels<One>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(32 * most, 4) gemm_panels_nt_2x2(PARAMETERS) { panels<Two>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(32 * most, 4) gemm_panels_nt_4x4(PARAMETERS) { panels<Four>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(32 * most, 2) gemm_panels_nt_7x4(PARAMETERS) { panels<Seven>(PRODUCT); }
