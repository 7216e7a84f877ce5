// gemm_strips_tn: C = Aᵀ·B, or with accumulate C + Aᵀ·B, for a batch of matrices of few rows: the
// gradient of a narrow layer's weights (ref.Gemm).
//
// Shapes: A k×m, B k×n, C m×n, k up to 512, so that an element of C is one chain of fmaf; strides as in
// gemm.cu. Rows of B start 16 bytes and n is a multiple of 4; there is no bias and no activation.
//
// Layout: a block is one warp, which meets no barrier, and owns 32×112 elements, a thread 8×14 of them in
// groups of four and two: 784 columns are seven tiles. It walks along k in steps of 16 through four stages
// of shared memory (37 kB), three of them under way, a step with fewer terms first. For one term a thread reads 22 numbers in six vectors
// for 112 fmaf. Lanes lie as in gemm_panels.cu. In the place of a row or a group outside stands the last one, of
// which nothing is stored.
#include "async.cuh"
#include "gemm.cuh"

constexpr int lanesDown = 4, lanesAcross = 8, TM = 8, TN = 14;
constexpr int rows = lanesDown * TM, cols = lanesAcross * TN;
constexpr int step = 16, stages = 4, stage = step * (rows + cols);
constexpr int alone = TN / 4; // groups of four columns; the last two are a group of their own

// Terms is a thread's part of one term.
struct Terms {
	float x[TM], y[TN];

	__device__ __forceinline__ void read(const float *a, const float *b, const float *pair) {
		UNROLL
		for (int i = 0; i < TM; i += 4) {
			put(&x[i], *reinterpret_cast<const float4 *>(a + i * lanesDown));
		}
		UNROLL
		for (int j = 0; j < 4 * alone; j += 4) {
			put(&y[j], *reinterpret_cast<const float4 *>(b + j * lanesAcross));
		}
		float2 v = *reinterpret_cast<const float2 *>(pair);
		y[TN - 2] = v.x;
		y[TN - 1] = v.y;
	}

	__device__ __forceinline__ static void put(float *to, float4 v) {
		to[0] = v.x;
		to[1] = v.y;
		to[2] = v.z;
		to[3] = v.w;
	}

	__device__ __forceinline__ void multiply(float (&s)[TM][TN]) const {
		UNROLL
		for (int i = 0; i < TM; i++) {
			UNROLL
			for (int j = 0; j < TN; j++) {
				s[i][j] = ref::FMA(x[i], y[j], s[i][j]);
			}
		}
	}
};

extern "C" __global__ void __launch_bounds__(32, 4) gemm_strips_tn(PARAMETERS) {
	SHARED_DYNAMIC(float, shared);
	const Product g = PRODUCT;
	int tilesAcross = (g.n + cols - 1) / cols, tilesDown = (g.m + rows - 1) / rows;
	int col0 = blockIdx.x % tilesAcross * cols, row0 = blockIdx.x / tilesAcross % tilesDown * rows;
	long long item = blockIdx.x / tilesAcross / tilesDown;
	int lane = threadIdx.x, down = lane % 2 + lane / 16 * 2, across = lane / 2 % lanesAcross;

	const float *fromA = g.a + item * g.strideA + min(row0 + lane, g.m - 1);
	const float *fromB = g.b + item * g.strideB + min(col0 + 4 * lane, g.n - 4);
	float *to = shared;
	// copy queues term t of the next step where it is wanted.
	auto copy = [&](int t, bool row, bool group, long long lda, long long ldb) {
		if (row) {
			copyAsync<4>(to + t * rows + lane, fromA);
		}
		if (group) {
			copyAsync<16>(to + step * rows + t * cols + 4 * lane, fromB);
		}
		fromA += lda;
		fromB += ldb;
	};
	int unfetched = g.k / step, rest = g.k % step; // steps, and terms of a first one
	// queued ends a step of which the terms have been queued.
	auto queued = [&]() {
		to = to == shared + (stages - 1) * stage ? shared : to + stage;
		commitAsync();
	};
	// fetch queues a whole step, if there is one.
	auto fetch = [&]() {
		if (unfetched > 0) {
			UNROLL
			for (int t = 0; t < step; t++) {
				copy(t, true, lane < cols / 4, g.lda, g.ldb);
			}
		}
		unfetched--;
		queued();
	};
	if (rest > 0) {
		ROLL
		for (int t = 0; t < rest; t++) {
			copy(t, true, lane < cols / 4, g.lda, g.ldb);
		}
		queued();
	} else {
		fetch();
	}
	UNROLL
	for (int i = 1; i < stages - 1; i++) {
		fetch();
	}
	float s[TM][TN] = {};
	const float *x = shared + 4 * down, *y = shared + step * rows + 4 * across, *pair = shared + step * rows + 4 * alone * lanesAcross + 2 * across;
	int now = 0;
	if (rest > 0) {
		waitAsync<stages - 2>();
		__syncwarp();
		fetch();
		ROLL
		for (int t = 0; t < rest; t++) {
			Terms f;
			f.read(x + t * rows, y + t * cols, pair + t * cols);
			f.multiply(s);
		}
		now = 1;
		x += stage;
		y += stage;
		pair += stage;
	}
	for (int left = g.k / step; left > 0; left--) {
		waitAsync<stages - 2>();
		__syncwarp();
		bool more = unfetched > 0, group = more && lane < cols / 4;
		long long lda = more ? g.lda : 0, ldb = more ? g.ldb : 0;
		Terms f[step];
		UNROLL
		for (int t = -1; t < step; t++) {
			if (t + 1 < step) {
				f[t + 1].read(x + (t + 1) * rows, y + (t + 1) * cols, pair + (t + 1) * cols);
			}
			if (t >= 0) {
				copy(t, more, group, lda, ldb);
				f[t].multiply(s);
			}
		}
		unfetched--;
		queued();
		int next = now == stages - 1 ? -(stages - 1) : 1;
		now += next;
		x += next * stage;
		y += next * stage;
		pair += next * stage;
	}

	bool aligned = aligned16(g.c, g.ldc) && (g.strideC & 3) == 0;
	float *corner = g.c + item * g.strideC + (row0 + 4 * down) * g.ldc + col0;
	UNROLL
	for (int i = 0; i < TM; i++) {
		int row = i / 4 * (4 * lanesDown) + i % 4;
		if (row0 + 4 * down + row >= g.m) {
			continue;
		}
		UNROLL
		for (int j = 0; j < TN; j += 4) {
			int wide = j < 4 * alone ? 4 : 2, col = j * lanesAcross + wide * across;
			int count = min(g.n - col0 - col, wide);
			float *at = corner + row * g.ldc + col;
			float4 old = g.accumulate ? load4(at, count, aligned, 0) : make_float4(-0.0f, -0.0f, -0.0f, -0.0f);
			store4(at, make_float4(old.x + s[i][j], old.y + s[i][j + 1], old.z + s[i][(j + 2) % TN], old.w + s[i][(j + 3) % TN]), count, aligned);
		}
	}
}
