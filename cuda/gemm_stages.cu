// gemm_stages_nt_104x128, gemm_stages_tn_128x112: the products C = act(op(A)·op(B) + bias) of gemm.cu, or with
// accumulate act(C + op(A)·op(B) + bias), of wide layers: a minibatch of about a hundred rows, or its weights' gradient.
//
// Shapes and arguments: as in gemm.cu, with k up to 512 or a multiple of 16. nt stores A m×k and B n×k, anywhere; tn A k×m and
// B k×n, of which rows must start 16 bytes, m and n multiples of 4. Every element of C is one chain of fmaf over k
// in panels of 512, each from 0 and added to C in order.
//
// Layout: a block of four warps walks along k in steps of 16 through three stages of shared memory (46 kB), which
// copies fill that nobody waits for: while a step is multiplied the next one has arrived and the one after
// it is under way; one barrier a step. A stage is As[k][m] and Bs[k][n]; terms that are neighbours in memory (nt) are
// copied one by one to their places, and 4 words more a row spread them over the banks. A step with fewer terms comes
// first. In the place of a row or column outside stands the last one, of which nothing is stored. Two blocks are on a multiprocessor, so that one works
// while the other begins or ends.
//
//	tile        a warp  a thread  fmaf for a term's vectors
//	nt 104×128  104×32  13×8      104 for 6: 100 rows waste 4, tiles of 128 rows 28
//	tn 128×112  32×112  8×14      112 for 6: 784 columns are seven tiles
//
// Lanes lie as in gemm_panels.cu.
#include "async.cuh"
#include "gemm.cuh"

constexpr int KC = 512; // ref.KC
constexpr int threads = 128, step = 16, stages = 3;

// Places are where a thread's elements of a dimension lie in its warp's part: groups of four, then the rest.
template <int count, int lanes>
struct Places {
	static constexpr int whole = count / 4 * 4, rest = count % 4;
	static_assert(rest < 3, "the rest is one vector");

	// of is the place of element i of a lane whose first element has place 4·lane.
	__device__ __forceinline__ static constexpr int of(int i, int lane) {
		return i < whole ? i / 4 * (4 * lanes) + 4 * lane + i % 4 : whole * lanes + rest * lane + i - whole;
	}

	// read fetches them from one term: the groups from the lane's first one on, and the rest.
	__device__ __forceinline__ static void read(float (&x)[count], const float *groups, const float *others) {
		UNROLL
		for (int i = 0; i < whole; i += 4) {
			float4 v = *reinterpret_cast<const float4 *>(groups + i * lanes);
			x[i] = v.x;
			x[i + 1] = v.y;
			x[i + 2] = v.z;
			x[i + 3] = v.w;
		}
		if (rest == 1) {
			x[count - 1] = *others;
		} else if (rest == 2) {
			float2 v = *reinterpret_cast<const float2 *>(others);
			x[count - 2] = v.x;
			x[count - 1] = v.y;
		}
	}
};

// Share is what a thread copies of an operand, rows×step numbers of a stage: parts of it.
template <int rows, bool alongK>
struct Share {
	static constexpr int width = rows + (alongK ? 4 : 0), size = step * width;
	static constexpr int across = alongK ? step / 2 : rows / 4; // threads side by side; alongK a thread has two terms of a row
	static constexpr int down = alongK ? threads / across : 4;  // below each other
	static constexpr int parts = alongK ? (rows + down - 1) / down : step / down;
	static_assert(across * down <= threads, "a thread has something in every part");
	const float *from;
	int apart; // bytes from one row in memory to the next
	int to;    // where the next step's goes
	int last;  // alongK: the last row there is, from the thread's first on, which stands in the place of rows outside

	__device__ __forceinline__ Share(const float *origin, long long ld, int there) : apart((int)ld * 4) {
		int near = threadIdx.x % across, far = threadIdx.x / across;
		last = there - 1 - far;
		to = alongK ? near * width + far : far * width + 4 * near;
		from = origin + far * ld + (alongK ? near : min(4 * near, there - 4));
	}

	__device__ __forceinline__ const float *beyond(int rowsInMemory) const {
		long long bytes = alongK ? (long long)apart * rowsInMemory : (unsigned long long)(unsigned)apart * (unsigned)rowsInMemory; // one instruction
		return reinterpret_cast<const float *>(reinterpret_cast<const char *>(from) + bytes);
	}

	// has reports whether the thread has something in a part.
	__device__ __forceinline__ static bool has(int part) {
		int far = threadIdx.x / across;
		return alongK ? (part + 1) * down <= rows || far < rows - part * down : across * down == threads || far < down;
	}

	// copy queues a part of the next step, of so many terms.
	__device__ __forceinline__ void copy(float *memory, int part, int terms) const {
		int near = threadIdx.x % across, far = threadIdx.x / across;
		if (!has(part)) {
			return;
		}
		if (alongK) {
			float *place = memory + to + part * down;
			const float *source = beyond(min(part * down, last));
			if (near < terms) {
				copyAsync<4>(place, source);
			}
			if (near + across < terms) {
				copyAsync<4>(place + across * width, source + across);
			}
		} else if (far + part * down < terms) {
			copyAsync<16>(memory + to + part * down * width, beyond(part * down));
		}
	}

	__device__ __forceinline__ void advance(int terms, int stage) {
		from = alongK ? from + terms : beyond(terms);
		to += stage;
	}
};

template <int tm, int tn, int down, int across, int warpsDown, int warpsAcross, bool alongTerms>
struct Tile {
	static constexpr int TM = tm, TN = tn, lanesDown = down, lanesAcross = across;
	static constexpr int warpRows = down * tm, warpCols = across * tn, beside = warpsAcross;
	static constexpr int rows = warpsDown * warpRows, cols = warpsAcross * warpCols;
	static constexpr bool alongK = alongTerms;
	static_assert(down * across == 32 && warpsDown * warpsAcross * 32 == threads, "lanes and warps");
};

// At is where a thread's elements are in a tile.
template <class Tile>
struct At {
	int warpRow, warpCol, laneDown, laneAcross;

	__device__ __forceinline__ At(int thread) {
		int lane = thread % 32, warp = thread / 32, pair = lane % 2 + lane / 16 * 2, eight = lane / 2 % 8;
		laneDown = Tile::lanesDown == 4 ? pair : eight;
		laneAcross = Tile::lanesDown == 4 ? eight : pair;
		warpRow = warp / Tile::beside * Tile::warpRows;
		warpCol = warp % Tile::beside * Tile::warpCols;
	}
};

// store is store4 for rows of which only every second element may start 8 bytes, as those of every other sample do.
DEVICE void store(float *to, float4 v, int count, bool whole, bool pairs) {
	if (!pairs || count % 2 != 0 || (whole && count == 4)) {
		store4(to, v, count, whole);
		return;
	}
	if (count > 0) {
		*reinterpret_cast<float2 *>(to) = make_float2(v.x, v.y);
	}
	if (count > 2) {
		*reinterpret_cast<float2 *>(to + 2) = make_float2(v.z, v.w);
	}
}

// finish adds a panel's sums to C, or replaces it, and after the last panel adds bias and applies the
// activation. It leaves the sums 0. What is not there to be added is −0, which changes nothing.
template <class Tile>
DEVICE void finish(float (&s)[Tile::TM][Tile::TN], const Product &g, int panel) {
	constexpr int TM = Tile::TM, TN = Tile::TN;
	using Down = Places<TM, Tile::lanesDown>;
	using Across = Places<TN, Tile::lanesAcross>;
	int thread = threadIdx.x, block = blockIdx.x;
	OPAQUE(thread);
	OPAQUE(block);
	At<Tile> at(thread);
	int tilesAcross = (g.n + Tile::cols - 1) / Tile::cols, tilesDown = (g.m + Tile::rows - 1) / Tile::rows;
	int row0 = block / tilesAcross % tilesDown * Tile::rows + at.warpRow, col0 = block % tilesAcross * Tile::cols + at.warpCol;
	long long item = block / tilesAcross / tilesDown;
	bool last = panel + KC >= g.k, add = g.accumulate || panel > 0, positive = last && g.activation == relu;
	float *corner = g.c + item * g.strideC + row0 * g.ldc + col0;
	const float *bias = last && g.bias ? g.bias + item * g.strideBias + col0 : nullptr;
	bool whole = aligned16(corner, g.ldc), pairs = ((size_t)corner & 7) == 0 && (g.ldc & 1) == 0;
	UNROLL
	for (int i = 0; i < TM; i++) {
		int row = Down::of(i, at.laneDown);
		UNROLL
		for (int j = 0; j < TN && row0 + row < g.m; j += 4) {
			int wide = j < Across::whole ? 4 : Across::rest, col = Across::of(j, at.laneAcross), count = min(g.n - col0 - col, wide);
			float *to = corner + row * g.ldc + col;
			float4 c = add ? load4(to, count, whole, 0) : make_float4(-0.0f, -0.0f, -0.0f, -0.0f);
			float4 b = bias ? load4(bias + col, count, false, 0) : make_float4(-0.0f, -0.0f, -0.0f, -0.0f);
			float old[4] = {c.x, c.y, c.z, c.w}, offset[4] = {b.x, b.y, b.z, b.w}, v[4] = {};
			UNROLL
			for (int e = 0; e < wide; e++) {
				v[e] = old[e] + s[i][j + e] + offset[e];
				v[e] = positive && v[e] <= 0 ? 0 : v[e];
				s[i][j + e] = 0;
			}
			store(to, make_float4(v[0], v[1], v[2], v[3]), count, whole, pairs);
		}
	}
	if (last && g.activation == tanhyperbolic) { // a loop, to keep the code small
		ROLL
		for (int e = 0; e < TM * TN; e++) {
			int row = Down::of(e / TN, at.laneDown), col = Across::of(e % TN, at.laneAcross);
			if (row0 + row < g.m && col0 + col < g.n) {
				float *x = corner + row * g.ldc + col;
				*x = ref::Tanh(*x);
			}
		}
	}
}

// Not static, or the names of its shared memory would hold a hash of the directory.
template <class Tile>
__device__ __forceinline__ void inStages(const Product &g) {
	constexpr int TM = Tile::TM, TN = Tile::TN;
	using ShareA = Share<Tile::rows, Tile::alongK>;
	using ShareB = Share<Tile::cols, Tile::alongK>;
	using Down = Places<TM, Tile::lanesDown>;
	using Across = Places<TN, Tile::lanesAcross>;
	constexpr int stage = ShareA::size + ShareB::size;
	SHARED_DYNAMIC(float, shared);
	int tilesAcross = (g.n + Tile::cols - 1) / Tile::cols, tilesDown = (g.m + Tile::rows - 1) / Tile::rows;
	int col0 = blockIdx.x % tilesAcross * Tile::cols, row0 = blockIdx.x / tilesAcross % tilesDown * Tile::rows;
	long long item = blockIdx.x / tilesAcross / tilesDown;
	ShareA ofA(g.a + item * g.strideA + (Tile::alongK ? row0 * g.lda : row0), g.lda, g.m - row0);
	ShareB ofB(g.b + item * g.strideB + (Tile::alongK ? col0 * g.ldb : col0), g.ldb, g.n - col0);
	float *const sharedB = shared + ShareA::size;

	int rest = g.k % step, unfetched = g.k / step, then = 0; // terms of a first step, whole steps after it, the stage to fill next
	// queued ends a step of which the copies have been queued.
	auto queued = [&](int terms) {
		then = then == stages - 1 ? 0 : then + 1;
		int next = then == 0 ? -(stages - 1) * stage : stage;
		ofA.advance(terms, next);
		ofB.advance(terms, next);
		commitAsync();
	};
	auto fetch = [&]() {
		UNROLL
		for (int p = 0; p < max(ShareA::parts, ShareB::parts); p++) {
			if (p < ShareA::parts && unfetched > 0) {
				ofA.copy(shared, p, step);
			}
			if (p < ShareB::parts && unfetched > 0) {
				ofB.copy(sharedB, p, step);
			}
		}
		unfetched--;
		queued(step);
	};
	if (rest > 0) {
		ROLL
		for (int p = 0; p < max(ShareA::parts, ShareB::parts); p++) {
			if (p < ShareA::parts) {
				ofA.copy(shared, p, rest);
			}
			if (p < ShareB::parts) {
				ofB.copy(sharedB, p, rest);
			}
		}
		queued(rest);
	} else {
		fetch();
	}
	UNROLL
	for (int i = 1; i < stages - 1; i++) {
		fetch();
	}

	int thread = threadIdx.x;
	At<Tile> at(thread);
	const float *x = shared + at.warpRow + 4 * at.laneDown, *y = sharedB + at.warpCol + 4 * at.laneAcross;
	const float *restY = sharedB + at.warpCol + Across::of(Across::whole, at.laneAcross), *restX = shared + at.warpRow + Down::of(Down::whole, at.laneDown);
	int now = 0;
	auto done = [&]() {
		now = now == stages - 1 ? 0 : now + 1;
		int next = now == 0 ? -(stages - 1) * stage : stage;
		x += next;
		y += next;
		restX += next;
		restY += next;
	};
	float s[TM][TN] = {};
	auto multiply = [&](const float (&u)[TM], const float (&v)[TN]) {
		UNROLL
		for (int i = 0; i < TM; i++) {
			UNROLL
			for (int j = 0; j < TN; j++) {
				s[i][j] = ref::FMA(u[i], v[j], s[i][j]);
			}
		}
	};
	if (rest > 0) {
		waitAsync<stages - 2>();
		__syncthreads();
		fetch();
		ROLL
		for (int t = 0; t < rest; t++) {
			float u[TM], v[TN];
			Down::read(u, x + t * ShareA::width, restX + t * ShareA::width);
			Across::read(v, y + t * ShareB::width, restY + t * ShareB::width);
			multiply(u, v);
		}
		done();
	}
	for (int panel = 0; panel < g.k; panel += KC) { // one panel only, where there is a rest
		for (int left = min(KC, g.k - panel) / step; left > 0; left--) {
			waitAsync<stages - 2>();
			__syncthreads(); // everybody's copies of this step have arrived, and the stage of the step before is free
			float u[step][TM], v[step][TN];
			UNROLL
			for (int t = -1; t < step; t++) {
				if (t + 1 < step) {
					Down::read(u[t + 1], x + (t + 1) * ShareA::width, restX + (t + 1) * ShareA::width);
					Across::read(v[t + 1], y + (t + 1) * ShareB::width, restY + (t + 1) * ShareB::width);
				}
				if (t < 0) {
					fetch();
				} else {
					multiply(u[t], v[t]);
				}
			}
			done();
		}
		finish<Tile>(s, g, panel);
	}
}
using Batch = Tile<13, 8, 8, 4, 1, 4, true>;
using Weights = Tile<8, 14, 4, 8, 4, 1, false>;

extern "C" __global__ void __launch_bounds__(threads, 2) gemm_stages_nt_104x128(PARAMETERS) { inStages<Batch>(PRODUCT); }
extern "C" __global__ void __launch_bounds__(threads, 2) gemm_stages_tn_128x112(PARAMETERS) { inStages<Weights>(PRODUCT); }
