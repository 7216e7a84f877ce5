// copy_rows, copy_tiles: dst[i·dstRow + j·dstCol] = src[i·srcRow + j·srcCol] for a batch of
// strided rows×cols matrices, or with accumulate dst[…] + scale·src[…], rounded twice.
//
// copy_rows: one thread an element, 256 a block, neighbours along j; for matrices whose rows
// or columns are the same way round in src and dst (the caller makes j the nearer one).
// copy_tiles: for transposes. A block of 32×8 threads takes a 32×32 tile through shared memory
// (4.1 kB, rows padded by one word against bank conflicts), so that a warp reads along src's
// nearer dimension, i, and writes along dst's, j. 22 registers and full
// occupancy, 60 and half; both are bound by memory. The grid's y runs over the batch.
#include "common.cuh"

DEVICE void store(float *to, float x, int accumulate, float scale) {
	*to = accumulate ? *to + scale * x : x;
}

extern "C" __global__ void __launch_bounds__(256) copy_rows(float *dst, const float *src, int batch, long long rows, long long cols, long long srcItem, long long srcRow, long long srcCol, long long dstItem, long long dstRow, long long dstCol, int accumulate, float scale, long long replica) {
	long long element = threadIndex();
	if (element >= rows * cols) {
		return;
	}
	long long i = element / cols, j = element % cols;
	src = ofReplica(src, replica) + i * srcRow + j * srcCol;
	dst = ofReplica(dst, replica) + i * dstRow + j * dstCol;
	for (int item = blockIdx.y; item < batch; item += gridDim.y) {
		store(&dst[item * dstItem], src[item * srcItem], accumulate, scale);
	}
}

constexpr int tile = 32, tileThreads = 8;

extern "C" __global__ void __launch_bounds__(tile *tileThreads) copy_tiles(float *dst, const float *src, int batch, long long rows, long long cols, long long srcItem, long long srcRow, long long srcCol, long long dstItem, long long dstRow, long long dstCol, int accumulate, float scale, long long replica) {
	SHARED(float, block, [tile][tile + 1]); // [j][i]
	src = ofReplica(src, replica);
	dst = ofReplica(dst, replica);
	long long tilesAcross = (cols + tile - 1) / tile;
	long long i0 = blockIdx.x / tilesAcross * tile, j0 = blockIdx.x % tilesAcross * tile;
	for (int item = blockIdx.y; item < batch; item += gridDim.y) {
		long long i = i0 + threadIdx.x;
		for (int b = threadIdx.y; b < tile; b += tileThreads) {
			if (i < rows && j0 + b < cols) {
				block[b][threadIdx.x] = src[item * srcItem + i * srcRow + (j0 + b) * srcCol];
			}
		}
		__syncthreads();
		long long j = j0 + threadIdx.x;
		for (int a = threadIdx.y; a < tile; a += tileThreads) {
			if (i0 + a < rows && j < cols) {
				store(&dst[item * dstItem + (i0 + a) * dstRow + j * dstCol], block[threadIdx.x][a], accumulate, scale);
			}
		}
		__syncthreads();
	}
}
