// gemm_nn_…, gemm_nt_…, gemm_tn_…: C = act(op(A)·op(B) + bias), or with accumulate
// act(C + op(A)·op(B) + bias), for a batch of row-major matrices (ref.Gemm).
//
// Shapes: op(A) m×k, op(B) k×n, C m×n, bias [n]; leading dimensions lda, ldb, ldc and item
// strides in elements, a stride of 0 shares an operand. nn stores A m×k and B k×n, nt B n×k,
// tn A k×m. Every element of C is one chain of fmaf over k in panels of 512, each from 0 and
// added to C in order, so no tile shape shows in a result.
//
// Layout: a one-dimensional grid of (item, tile of rows, tile of columns), the last fastest,
// which leaves a panel of B in the second-level cache for the blocks that run together. A
// block of BM×BN elements walks along k in steps of BK through two buffers of shared memory,
// As[k][m] and Bs[k][n]: it fetches the next step into registers, multiplies the present one,
// stores the next and meets one barrier. A warp covers LM·TM × LN·TN elements, a thread TM×TN
// of them in groups of four, so that a fragment is read as float4 that the lanes share or
// take side by side, without bank conflicts. Loads are float4 where rows are aligned, else single.
//
//	tile      threads  a thread  BK  shared  use
//	128×128   256      8×8       16  33 kB   large products; 64 fmaf to 4 shared loads
//	128×32    128      8×4       16  21 kB   few columns: a narrow layer
//	32×128    128      4×8       16  21 kB   few rows: its weights' gradient
//	32×32     64       4×4       16   9 kB   small products, where blocks are scarce
//	16×32     128      2×2       32  14 kB   the smallest ones, bound by the length of the chains
//
//	tile      registers sm_80, sm_90  blocks, warps a multiprocessor
//	128×128   128, 128                2, 16
//	128×32    106, 117                4, 16
//	32×128    107, 111                4, 16
//	32×32     87, 91                  10, 20
//	16×32     64, 63                  8, 32
//
// None spills. The sums of 8×8 elements leave no room for addresses, which are therefore
// computed where they are used (OPAQUE).
//
// Beyond the last term A is padded with −0 and B with +0: their product −0 is what a chain can
// add without any change, even of the sign of zero. Rows and columns outside are not stored.
#include "gemm.cuh"

constexpr int KC = 512; // ref.KC

template <int bm, int bn, int bk, int tm, int tn, int lm, int ln>
struct Tile {
	static constexpr int BM = bm, BN = bn, BK = bk, TM = tm, TN = tn, LM = lm, LN = ln;
	static constexpr int widthA = BM + 4, widthB = BN + 4; // 4 words spread the columns of a transposed store over the banks
	static constexpr int warpsAcross = BN / (LN * TN);
	static constexpr int threads = BM / (LM * TM) * warpsAcross * 32;

	// row and col are where a thread's elements start in the tile, warpRow where its warp's do.
	__device__ __forceinline__ static int warpRow(int thread) { return thread / 32 / warpsAcross * (LM * TM); }
	__device__ __forceinline__ static int row(int thread) { return warpRow(thread) + thread % 32 / LN * (TM < 4 ? TM : 4); }
	__device__ __forceinline__ static int col(int thread) { return thread / 32 % warpsAcross * (LN * TN) + thread % LN * (TN < 4 ? TN : 4); }

	static_assert(LM * LN == 32 && KC % BK == 0, "a warp has 32 lanes, a panel whole steps");
};

using Large = Tile<128, 128, 16, 8, 8, 4, 8>;
using Tall = Tile<128, 32, 16, 8, 4, 4, 8>;
using Wide = Tile<32, 128, 16, 4, 8, 4, 8>;
using Small = Tile<32, 32, 16, 4, 4, 4, 8>;
using Tiny = Tile<16, 32, 32, 2, 2, 4, 8>;

// put stores what a panel fetched as tile[term][row].
template <int rows, int bk, int threads, bool alongK, int width>
DEVICE void put(float (*tile)[width], const Panel<rows, bk, threads, alongK> &p) {
	int thread = threadIdx.x;
	OPAQUE(thread);
	int near = thread % p.across * 4, far = thread / p.across;
	UNROLL
	for (int g = 0; g < p.groups; g++, far += p.step) {
		if (alongK) {
			tile[near][far] = p.next[g].x;
			tile[near + 1][far] = p.next[g].y;
			tile[near + 2][far] = p.next[g].z;
			tile[near + 3][far] = p.next[g].w;
		} else {
			*reinterpret_cast<float4 *>(&tile[far][near]) = p.next[g];
		}
	}
}

// spread is how far a thread's element i of a dimension lies from its element 0: groups of up
// to four neighbours, the other lanes' groups between them.
template <int count, int lanes>
DEVICE constexpr int spread(int i) {
	constexpr int wide = count < 4 ? count : 4;
	return i / wide * (lanes * wide) + i % wide;
}

// fragment reads a thread's elements of one term.
template <int count, int lanes>
DEVICE void fragment(float (&x)[count], const float *row) {
	constexpr int wide = count < 4 ? count : 4;
	static_assert(wide == 2 || count % 4 == 0, "a fragment is read in vectors");
	UNROLL
	for (int i = 0; i < count; i += wide) {
		const float *from = row + spread<count, lanes>(i);
		if (wide == 2) {
			float2 v = *reinterpret_cast<const float2 *>(from);
			x[i] = v.x;
			x[i + 1] = v.y;
		} else {
			float4 v = *reinterpret_cast<const float4 *>(from);
			x[i] = v.x;
			x[i + 1] = v.y;
			x[(i + 2) % count] = v.z;
			x[(i + 3) % count] = v.w;
		}
	}
}

// multiply adds the products of one step to a thread's sums, in increasing k.
template <class T>
DEVICE void multiply(float (&s)[T::TM][T::TN], const float *a, const float *b) {
	UNROLL
	for (int k = 0; k < T::BK; k++) {
		float x[T::TM], y[T::TN];
		fragment<T::TM, T::LM>(x, a + k * T::widthA);
		fragment<T::TN, T::LN>(y, b + k * T::widthB);
		UNROLL
		for (int i = 0; i < T::TM; i++) {
			UNROLL
			for (int j = 0; j < T::TN; j++) {
				s[i][j] = ref::FMA(x[i], y[j], s[i][j]);
			}
		}
	}
}

// finish adds a panel's sums to C (add) or replaces it, and after the last panel adds bias and
// applies ReLU. It leaves the sums 0.
template <class T>
DEVICE void finish(float (&s)[T::TM][T::TN], const Corner &at, bool add, bool last, int activation) {
	constexpr int wide = T::TN < 4 ? T::TN : 4;
	bool bias = last && at.bias;
	float *row = at.c;
	UNROLL
	for (int i = 0; i < T::TM; i++) {
		UNROLL
		for (int j = 0; j < T::TN && spread<T::TM, T::LM>(i) < at.rowsLeft; j += wide) {
			float *to = row + spread<T::TN, T::LN>(j);
			int count = min(at.colsLeft - spread<T::TN, T::LN>(j), wide);
			float4 c = add ? load4(to, count, at.aligned, 0) : make_float4(0, 0, 0, 0);
			float4 b = bias ? load4(at.bias + spread<T::TN, T::LN>(j), count, false, 0) : make_float4(0, 0, 0, 0);
			float old[4] = {c.x, c.y, c.z, c.w}, offset[4] = {b.x, b.y, b.z, b.w}, v[4] = {};
			UNROLL
			for (int e = 0; e < wide; e++) {
				v[e] = add ? old[e] + s[i][j + e] : s[i][j + e];
				v[e] = bias ? v[e] + offset[e] : v[e];
				v[e] = last && activation == relu && v[e] <= 0 ? 0 : v[e];
				s[i][j + e] = 0;
			}
			store4(to, make_float4(v[0], v[1], v[2], v[3]), count, at.aligned);
		}
		row += i % 4 == 3 ? (spread<T::TM, T::LM>(4) - 3) * at.ldc : at.ldc;
	}
}

// applyTanh replaces the thread's elements of C; it is a loop to keep the code small.
template <class T>
DEVICE void applyTanh(const Corner &at) {
	ROLL
	for (int e = 0; e < T::TM * T::TN; e++) {
		int row = spread<T::TM, T::LM>(e / T::TN), col = spread<T::TN, T::LN>(e % T::TN);
		if (row < at.rowsLeft && col < at.colsLeft) {
			float *c = at.c + row * at.ldc + col;
			*c = ref::Tanh(*c);
		}
	}
}

// Not static, or the names of its shared memory would hold a hash of the directory.
template <class T, bool aAlongK, bool bAlongK>
__device__ __forceinline__ void gemm(const Product &g) {
	SHARED(__align__(16) float, tileA, [2][T::BK][T::widthA]);
	SHARED(__align__(16) float, tileB, [2][T::BK][T::widthB]);

	int tilesAcross = (g.n + T::BN - 1) / T::BN, tilesDown = (g.m + T::BM - 1) / T::BM;
	int tileCol = blockIdx.x % tilesAcross * T::BN;
	int tileRow = blockIdx.x / tilesAcross % tilesDown * T::BM;
	long long item = blockIdx.x / tilesAcross / tilesDown;
	const float *a = g.a + item * g.strideA + (aAlongK ? tileRow * g.lda : tileRow);
	const float *b = g.b + item * g.strideB + (bAlongK ? tileCol * g.ldb : tileCol);
	Panel<T::BM, T::BK, T::threads, aAlongK> panelA(a, g.lda, g.m - tileRow, g.k);
	Panel<T::BN, T::BK, T::threads, bAlongK> panelB(b, g.ldb, g.n - tileCol, g.k);

	float s[T::TM][T::TN], start = g.k == 0 && g.accumulate ? -0.0f : 0.0f; // C + (−0) = C
	UNROLL
	for (int i = 0; i < T::TM; i++) {
		UNROLL
		for (int j = 0; j < T::TN; j++) {
			s[i][j] = start;
		}
	}
	panelA.fetch(-0.0f);
	panelB.fetch(0.0f);
	put(tileA[0], panelA);
	put(tileB[0], panelB);
	__syncthreads();
	int now = 0;
	for (int panel = 0; panel == 0 || panel < g.k; panel += KC) {
		int end = min(panel + KC, g.k);
		for (int k = panel; k < end; k += T::BK) {
			bool more = k + T::BK < g.k;
			if (more) {
				panelA.fetch(-0.0f);
				panelB.fetch(0.0f);
			}
			int thread = threadIdx.x;
			OPAQUE(thread);
			if (tileRow + T::warpRow(thread) < g.m) {
				multiply<T>(s, &tileA[now][0][T::row(thread)], &tileB[now][0][T::col(thread)]);
			}
			now ^= 1;
			if (more) {
				put(tileA[now], panelA);
				put(tileB[now], panelB);
			}
			__syncthreads();
		}
		int thread = threadIdx.x;
		OPAQUE(thread);
		Corner at(g, item, tileRow + T::row(thread), tileCol + T::col(thread));
		finish<T>(s, at, g.accumulate || panel > 0, end == g.k, g.activation);
		if (g.activation == tanhyperbolic && end == g.k) {
			applyTanh<T>(at);
		}
	}
}

extern "C" __global__ void __launch_bounds__(256, 2) gemm_nn_128x128(PARAMETERS) { gemm<Large, true, false>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(256, 2) gemm_nt_128x128(PARAMETERS) { gemm<Large, true, true>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(256, 2) gemm_tn_128x128(PARAMETERS) { gemm<Large, false, false>(PRODUCT); }

extern "C" __global__ void __launch_bounds__(128, 4) gemm_nn_128x32(PARAMETERS) { gemm<Tall, true, false>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(128, 4) gemm_nt_128x32(PARAMETERS) { gemm<Tall, true, true>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(128, 4) gemm_tn_128x32(PARAMETERS) { gemm<Tall, false, false>(PRODUCT); }

extern "C" __global__ void __launch_bounds__(128, 4) gemm_nn_32x128(PARAMETERS) { gemm<Wide, true, false>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(128, 4) gemm_nt_32x128(PARAMETERS) { gemm<Wide, true, true>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(128, 4) gemm_tn_32x128(PARAMETERS) { gemm<Wide, false, false>(PRODUCT); }

extern "C" __global__ void __launch_bounds__(64, 10) gemm_nn_32x32(PARAMETERS) { gemm<Small, true, false>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(64, 10) gemm_nt_32x32(PARAMETERS) { gemm<Small, true, true>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(64, 10) gemm_tn_32x32(PARAMETERS) { gemm<Small, false, false>(PRODUCT); }

extern "C" __global__ void __launch_bounds__(128, 8) gemm_nn_16x32(PARAMETERS) { gemm<Tiny, true, false>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(128, 8) gemm_nt_16x32(PARAMETERS) { gemm<Tiny, true, true>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(128, 8) gemm_tn_16x32(PARAMETERS) { gemm<Tiny, false, false>(PRODUCT); }
