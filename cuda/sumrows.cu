// sumrows: dst[item, j] = Σ_i x[item, i, j], each a chain of additions from 0 in increasing i.
//
// Shapes: x [batch][rows×cols] contiguous, dst [batch][cols] with items strideDst apart.
// Layout: a block of 32×8 threads owns 32 columns of an item. It fetches 64 rows at a time
// into shared memory (8 kB) with 8 loads a thread in flight, then 32 threads run the
// chains, which are too long to wait for memory at every link: a bias's gradient has about
// 100 rows and few columns. 32 registers: full occupancy, 8 blocks a multiprocessor.
#include "common.cuh"

constexpr int tileCols = 32, tileRows = 64, rowThreads = 8;

extern "C" __global__ void __launch_bounds__(tileCols *rowThreads) sumrows(float *dst, const float *x, int rows, int cols, long long strideDst, int slabs, long long replica) {
	SHARED(float, tile, [tileRows][tileCols]);
	long long item = blockIdx.x / slabs;
	int col = blockIdx.x % slabs * tileCols + threadIdx.x;
	const float *from = ofReplica(x, replica) + item * rows * cols + col;
	float sum = 0;
	for (int row = 0; row < rows; row += tileRows) {
		UNROLL
		for (int i = threadIdx.y; i < tileRows; i += rowThreads) {
			if (row + i < rows && col < cols) {
				tile[i][threadIdx.x] = from[(long long)(row + i) * cols];
			}
		}
		__syncthreads();
		if (threadIdx.y == 0 && col < cols) {
			for (int i = 0; i < min(tileRows, rows - row); i++) {
				sum += tile[i][threadIdx.x];
			}
		}
		__syncthreads();
	}
	if (threadIdx.y == 0 && col < cols) {
		ofReplica(dst, replica)[item * strideDst + col] = sum;
	}
}
