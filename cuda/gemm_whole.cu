// gemm_whole: C = act(Aᵀ·B + bias), or with accumulate act(C + Aᵀ·B + bias), for a batch of large
// matrices that whole tiles cover: m a multiple of 128, n of 256, k of 16, all rows aligned to 16
// bytes (ref.Gemm).
//
// Shapes: A k×m, B k×n, C m×n, bias [n]; strides as in gemm.cu. Operands that are stored otherwise
// are transposed before (gemm_whole.go). Every element of C is one chain of fmaf over k in panels of
// 512, each from 0 and added to C in order.
//
// Layout: a block of 256 threads owns 128×256 elements and walks along k in steps of 16 through three
// buffers of dynamic shared memory (74 kB), filled by copies that nobody waits for: while it
// multiplies a step, the next one has arrived and the one after it is under way; one barrier a
// step. A warp has 64×64 elements, a thread 8×16 in groups of four, so that for one term it reads 6
// vectors and does 128 fmaf. Nothing in the loop knows of edges: more than nine in ten of its
// instructions are fmaf (registers/instructions.txt). One block a multiprocessor.
#include "async.cuh"
#include "gemm.cuh"

constexpr int KC = 512; // ref.KC
constexpr int BM = 128, BN = 256, BK = 16, TM = 8, TN = 16, threads = 256, stages = 3;
constexpr int LM = 8, LN = 4; // lanes of a warp down and across
constexpr int stage = BK * (BM + BN);

// fetch queues the copies of one step, from a and b on, into a buffer: groups of four neighbours.
DEVICE void fetch(float *to, const float *a, const float *b, long long lda, long long ldb) {
	int thread = threadIdx.x;
	UNROLL
	for (int g = 0; g < BK * BM / 4 / threads; g++) {
		int e = thread + g * threads, k = e / (BM / 4), i = e % (BM / 4) * 4;
		copyAsync<16>(to + k * BM + i, a + k * lda + i, 16);
	}
	UNROLL
	for (int g = 0; g < BK * BN / 4 / threads; g++) {
		int e = thread + g * threads, k = e / (BN / 4), j = e % (BN / 4) * 4;
		copyAsync<16>(to + BK * BM + k * BN + j, b + k * ldb + j, 16);
	}
}

// read puts count groups of four, apart floats from one to the next, into registers.
template <int count, int apart>
DEVICE void read(float *x, const float *from) {
	UNROLL
	for (int i = 0; i < count; i++) {
		float4 v = *reinterpret_cast<const float4 *>(from + i * apart);
		x[4 * i] = v.x;
		x[4 * i + 1] = v.y;
		x[4 * i + 2] = v.z;
		x[4 * i + 3] = v.w;
	}
}

// finish adds a panel's sums to C (add) or replaces it, and after the last panel adds bias and
// applies the activation. It leaves the sums 0. What is not there to be added is −0, which changes
// nothing.
DEVICE void finish(float (&s)[TM][TN], float *c, long long ldc, const float *bias, bool add, bool last, int activation) {
	float offset[TN];
	UNROLL
	for (int j = 0; j < TN; j++) {
		offset[j] = last && bias ? bias[j / 4 * (4 * LN) + j % 4] : -0.0f;
	}
	bool positive = last && activation == relu;
	UNROLL
	for (int i = 0; i < TM; i++) {
		float *row = c + (i / 4 * (4 * LM) + i % 4) * ldc;
		UNROLL
		for (int j = 0; j < TN; j += 4) {
			float4 *to = reinterpret_cast<float4 *>(row + j * LN);
			float4 old = add ? *to : make_float4(-0.0f, -0.0f, -0.0f, -0.0f);
			float v[4] = {old.x, old.y, old.z, old.w};
			UNROLL
			for (int e = 0; e < 4; e++) {
				v[e] = v[e] + s[i][j + e] + offset[j + e];
				v[e] = positive && v[e] <= 0 ? 0 : v[e];
				s[i][j + e] = 0;
			}
			*to = make_float4(v[0], v[1], v[2], v[3]);
		}
	}
	if (last && activation == tanhyperbolic) { // a loop, to keep the code small
		ROLL
		for (int e = 0; e < TM * TN; e++) {
			int i = e / TN, j = e % TN;
			float *x = c + (i / 4 * (4 * LM) + i % 4) * ldc + j / 4 * (4 * LN) + j % 4;
			*x = ref::Tanh(*x);
		}
	}
}

extern "C" __global__ void __launch_bounds__(threads, 1) gemm_whole(PARAMETERS) {
	SHARED_DYNAMIC(float, shared);
	const Product g = PRODUCT;
	int tilesAcross = g.n / BN, tilesDown = g.m / BM;
	int tileCol = blockIdx.x % tilesAcross * BN, tileRow = blockIdx.x / tilesAcross % tilesDown * BM;
	long long item = blockIdx.x / tilesAcross / tilesDown;
	const float *nextA = g.a + item * g.strideA + tileRow, *nextB = g.b + item * g.strideB + tileCol;
	int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
	int row = warp / (BN / (LN * TN)) * (LM * TM) + lane / LN * 4, col = warp % (BN / (LN * TN)) * (LN * TN) + lane % LN * 4;

	float s[TM][TN] = {};
	int left = g.k / BK; // steps that nobody has fetched yet
	UNROLL
	for (int i = 0; i < stages - 1; i++) {
		if (left > 0) {
			fetch(shared + i * stage, nextA, nextB, g.lda, g.ldb);
			nextA += BK * g.lda;
			nextB += BK * g.ldb;
			left--;
		}
		commitAsync();
	}
	int now = 0, then = stages - 1;
	for (int panel = 0; panel < g.k; panel += KC) {
		int end = min(panel + KC, g.k);
		for (int k = panel; k < end; k += BK) {
			waitAsync<stages - 2>();
			__syncthreads(); // everybody's copies of this step have arrived, and the buffer of the step before is free
			if (left > 0) {
				fetch(shared + then * stage, nextA, nextB, g.lda, g.ldb);
				nextA += BK * g.lda;
				nextB += BK * g.ldb;
				left--;
			}
			commitAsync();
			const float *x = shared + now * stage + row, *y = shared + now * stage + BK * BM + col;
			UNROLL
			for (int t = 0; t < BK; t++) {
				float u[TM], v[TN];
				read<TM / 4, 4 * LM>(u, x + t * BM);
				read<TN / 4, 4 * LN>(v, y + t * BN);
				UNROLL
				for (int i = 0; i < TM; i++) {
					UNROLL
					for (int j = 0; j < TN; j++) {
						s[i][j] = ref::FMA(u[i], v[j], s[i][j]);
					}
				}
			}
			now = now == stages - 1 ? 0 : now + 1;
			then = then == stages - 1 ? 0 : then + 1;
		}
		float *c = g.c + item * g.strideC + (tileRow + row) * g.ldc + tileCol + col;
		const float *bias = g.bias ? g.bias + item * g.strideBias + tileCol + col : nullptr;
		finish(s, c, g.ldc, bias, g.accumulate || panel > 0, end == g.k, g.activation);
	}
}
