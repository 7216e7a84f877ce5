// sum: dst[item] = scale·Σ_i x[item, i], or dst[item] + scale·Σ, in float64.
//
// Shapes: x [batch×n] float32 or float64, dst [batch] float64.
// float32: chunks of 4096 elements over 16 lanes (ref.Sum), the chunks added in order.
// sum_chunks gives one block of 128 threads to a chunk, numbered item by item: it fetches the
// chunk into shared memory (16 kB), then 16 threads run the lanes' chains and the tree. Where
// an item is one chunk that is all; else sum_finish adds the chunks' sums, a thread an item.
// float64: one chain. sum_chain gives a block to an item, which fetches 1024 elements at a
// time (8 kB) for one thread to add. 48 registers: 10 blocks a multiprocessor;
// but the sums are of losses, a chunk an item, and time is latency.
#include "common.cuh"

constexpr int threads = 128;

DEVICE void finish(double *dst, double total, double scale, int accumulate) {
	total = scale * total;
	if (accumulate) {
		total += *dst;
	}
	*dst = total;
}

extern "C" __global__ void __launch_bounds__(threads) sum_chunks(double *dst, double *partial, const float *x, long long n, int chunks, double scale, int accumulate, long long replica) {
	SHARED(float, chunk, [ref::Chunk]);
	dst = ofReplica(dst, replica);
	partial = ofReplica(partial, replica);
	x = ofReplica(x, replica);
	long long item = blockIdx.x / chunks;
	long long lo = blockIdx.x % chunks * (long long)ref::Chunk;
	int length = (int)min(n - lo, (long long)ref::Chunk);
	const float *from = x + item * n + lo;
	for (int i = threadIdx.x; i < length; i += threads) {
		chunk[i] = from[i];
	}
	__syncthreads();
	if (threadIdx.x >= ref::Lanes) {
		return;
	}
	double lane = 0;
	for (int i = threadIdx.x; i < length; i += ref::Lanes) {
		lane += (double)chunk[i];
	}
	double total = ref::tree64((1u << ref::Lanes) - 1, lane);
	if (threadIdx.x == 0 && chunks > 1) {
		partial[blockIdx.x] = total;
	} else if (threadIdx.x == 0) {
		finish(&dst[item], total, scale, accumulate);
	}
}

extern "C" __global__ void __launch_bounds__(threads) sum_finish(double *dst, const double *partial, int chunks, int batch, double scale, int accumulate, long long replica) {
	dst = ofReplica(dst, replica);
	partial = ofReplica(partial, replica);
	long long item = threadIndex();
	if (item >= batch) {
		return;
	}
	double total = 0;
	for (int c = 0; c < chunks; c++) {
		total += partial[item * chunks + c];
	}
	finish(&dst[item], total, scale, accumulate);
}

extern "C" __global__ void __launch_bounds__(threads) sum_chain(double *dst, const double *x, long long n, double scale, int accumulate, long long replica) {
	constexpr int tile = 1024;
	SHARED(double, values, [tile]);
	dst = ofReplica(dst, replica);
	x = ofReplica(x, replica);
	long long item = blockIdx.x;
	double total = 0;
	for (long long lo = 0; lo < n; lo += tile) {
		int length = (int)min(n - lo, (long long)tile);
		for (int i = threadIdx.x; i < length; i += threads) {
			values[i] = x[item * n + lo + i];
		}
		__syncthreads();
		for (int i = 0; i < length && threadIdx.x == 0; i++) {
			total += values[i];
		}
		__syncthreads();
	}
	if (threadIdx.x == 0) {
		finish(&dst[item], total, scale, accumulate);
	}
}
