// gemm_tf32_nn_…, gemm_tf32_nt_…, gemm_tf32_tn_…: the matrix products of gemm.cu on tensor
// cores. The operands are rounded to TF32 (10 bits of mantissa, to nearest, ties away from 0),
// the products added in float32 in the hardware's order: not the bits of ref.Gemm. Used only
// with the device's option TF32.
//
// Shapes and arguments: as in gemm.cu. Layout: the same grid, double-buffered steps of 16
// terms and guards. A warp covers WM×WN elements by mma.sync.m16n8k8. A tile of an operand
// lies in shared memory as it does in memory: [row][term] with rows of 20 words where terms are
// neighbours, else [term][row] with rows of BM+8 or BN+8 words; in both the 32 words that a warp
// loads for a fragment are in 32 different banks.
//
//	tile      warps  a warp  shared   registers  blocks a multiprocessor
//	128×128   4      64×64   ≤ 41 kB  ≤ 246      2; 32 mma to 32 shared loads
//	64×32     4      16×32   ≤ 15 kB  ≤ 80       6; few columns and small products, bound by memory and latency
//
// None spills.
#include "gemm.cuh"
#include "mma.cuh"

template <int bm, int bn, int wm, int wn>
struct Tile {
	static constexpr int BM = bm, BN = bn, BK = 16, WM = wm, WN = wn;
	static constexpr int warpsAcross = BN / WN, threads = BM / WM * warpsAcross * 32;
};

using Large = Tile<128, 128, 64, 64>;
using Small = Tile<64, 32, 16, 32>;

// Stage is one operand's step in shared memory: element (row, term) at row·perRow + term·perTerm.
template <int rows, int bk, bool alongK>
struct Stage {
	static constexpr int perRow = alongK ? bk + 4 : 1, perTerm = alongK ? 1 : rows + 8;
	static constexpr int size = alongK ? rows * perRow : bk * perTerm;
};

// put rounds what a panel fetched and stores it in a stage.
template <int rows, int bk, int threads, bool alongK>
DEVICE void put(float *stage, const Panel<rows, bk, threads, alongK> &p) {
	constexpr int width = alongK ? Stage<rows, bk, alongK>::perRow : Stage<rows, bk, alongK>::perTerm;
	UNROLL
	for (int g = 0; g < p.groups; g++) {
		float4 v = p.next[g];
		int near = threadIdx.x % p.across * 4, far = threadIdx.x / p.across + g * p.step;
		*reinterpret_cast<float4 *>(&stage[far * width + near]) = make_float4(toTF32(v.x), toTF32(v.y), toTF32(v.z), toTF32(v.w));
	}
}

// multiply adds one step's products to a warp's sums. a and b are the stages from the warp's
// first row and column and the lane's own place (lane/4, lane%4) on.
template <class T, class StageA, class StageB>
DEVICE void multiply(float (&s)[T::WM / 16][T::WN / 8][4], const float *a, const float *b) {
	UNROLL
	for (int k = 0; k < T::BK; k += 8) {
		float y[T::WN / 8][2];
		UNROLL
		for (int j = 0; j < T::WN / 8; j++) {
			UNROLL
			for (int h = 0; h < 2; h++) {
				y[j][h] = b[8 * j * StageB::perRow + (k + 4 * h) * StageB::perTerm];
			}
		}
		UNROLL
		for (int i = 0; i < T::WM / 16; i++) {
			float x[4];
			UNROLL
			for (int h = 0; h < 4; h++) {
				x[h] = a[(16 * i + h % 2 * 8) * StageA::perRow + (k + h / 2 * 4) * StageA::perTerm];
			}
			UNROLL
			for (int j = 0; j < T::WN / 8; j++) {
				mma(s[i][j], x, y[j]);
			}
		}
	}
}

// finish stores a thread's sums, with C, bias and ReLU.
template <class T>
DEVICE void finish(const float (&s)[T::WM / 16][T::WN / 8][4], const Corner &at, bool add, int activation) {
	UNROLL
	for (int i = 0; i < T::WM / 16; i++) {
		UNROLL
		for (int j = 0; j < T::WN / 8; j++) {
			UNROLL
			for (int e = 0; e < 4; e++) {
				int row = 16 * i + e / 2 * 8, col = 8 * j + e % 2;
				if (row >= at.rowsLeft || col >= at.colsLeft) {
					continue;
				}
				float *c = at.c + row * at.ldc + col;
				float v = s[i][j][e];
				if (add) {
					v += *c;
				}
				if (at.bias) {
					v += at.bias[col];
				}
				*c = activation == relu && v <= 0 ? 0 : v;
			}
		}
	}
}

// applyTanh replaces the thread's elements of C; it is a loop to keep the code small.
template <class T>
DEVICE void applyTanh(const Corner &at) {
	ROLL
	for (int e = 0; e < T::WM * T::WN / 32; e++) {
		int row = e / (T::WN / 4) * 8, col = e / 2 % (T::WN / 8) * 8 + e % 2;
		if (row < at.rowsLeft && col < at.colsLeft) {
			float *c = at.c + row * at.ldc + col;
			*c = ref::Tanh(*c);
		}
	}
}

// Not static, or the names of its shared memory would hold a hash of the directory.
template <class T, bool aAlongK, bool bAlongK>
__device__ __forceinline__ void gemm(const Product &g) {
	using StageA = Stage<T::BM, T::BK, aAlongK>;
	using StageB = Stage<T::BN, T::BK, bAlongK>;
	SHARED(__align__(16) float, stageA, [2][StageA::size]);
	SHARED(__align__(16) float, stageB, [2][StageB::size]);

	int tilesAcross = (g.n + T::BN - 1) / T::BN, tilesDown = (g.m + T::BM - 1) / T::BM;
	int tileCol = blockIdx.x % tilesAcross * T::BN;
	int tileRow = blockIdx.x / tilesAcross % tilesDown * T::BM;
	long long item = blockIdx.x / tilesAcross / tilesDown;
	const float *a = g.a + item * g.strideA + (aAlongK ? tileRow * g.lda : tileRow);
	const float *b = g.b + item * g.strideB + (bAlongK ? tileCol * g.ldb : tileCol);
	Panel<T::BM, T::BK, T::threads, aAlongK> panelA(a, g.lda, g.m - tileRow, g.k);
	Panel<T::BN, T::BK, T::threads, bAlongK> panelB(b, g.ldb, g.n - tileCol, g.k);
	int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
	int warpRow = warp / T::warpsAcross * T::WM, warpCol = warp % T::warpsAcross * T::WN;
	int fromA = (warpRow + lane / 4) * StageA::perRow + lane % 4 * StageA::perTerm;
	int fromB = (warpCol + lane / 4) * StageB::perRow + lane % 4 * StageB::perTerm;

	float s[T::WM / 16][T::WN / 8][4] = {};
	panelA.fetch(0);
	panelB.fetch(0);
	put(stageA[0], panelA);
	put(stageB[0], panelB);
	__syncthreads();
	int now = 0;
	for (int k = 0; k < g.k; k += T::BK) {
		bool more = k + T::BK < g.k;
		if (more) {
			panelA.fetch(0);
			panelB.fetch(0);
		}
		if (tileRow + warpRow < g.m && tileCol + warpCol < g.n) {
			multiply<T, StageA, StageB>(s, &stageA[now][fromA], &stageB[now][fromB]);
		}
		now ^= 1;
		if (more) {
			put(stageA[now], panelA);
			put(stageB[now], panelB);
		}
		__syncthreads();
	}
	Corner at(g, item, tileRow + warpRow + lane / 4, tileCol + warpCol + lane % 4 * 2);
	finish<T>(s, at, g.accumulate, g.activation);
	if (g.activation == tanhyperbolic) {
		applyTanh<T>(at);
	}
}

extern "C" __global__ void __launch_bounds__(128, 2) gemm_tf32_nn_128x128(PARAMETERS) { gemm<Large, true, false>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(128, 2) gemm_tf32_nt_128x128(PARAMETERS) { gemm<Large, true, true>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(128, 2) gemm_tf32_tn_128x128(PARAMETERS) { gemm<Large, false, false>(PRODUCT); }

extern "C" __global__ void __launch_bounds__(128, 6) gemm_tf32_nn_64x32(PARAMETERS) { gemm<Small, true, false>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(128, 6) gemm_tf32_nt_64x32(PARAMETERS) { gemm<Small, true, true>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(128, 6) gemm_tf32_tn_64x32(PARAMETERS) { gemm<Small, false, false>(PRODUCT); }
