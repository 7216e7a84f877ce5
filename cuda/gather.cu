// gather_rows:   dst[i, :] = src[index[i], :] for the rows of a minibatch.
// gather_labels: dst[i] = src[index[i]] for its labels.
//
// Shapes: index [rows], src [srcRows×cols], dst [rows×cols]. An index outside src makes a row
// of NaN or the label −1, so that it shows and the context survives.
// Layout: gather_rows one block of 256 threads a row, neighbouring threads on neighbouring
// columns; gather_labels one thread a label. No shared memory, full occupancy, bound by memory.
#include "common.cuh"

extern "C" __global__ void __launch_bounds__(256) gather_rows(float *dst, const float *src, const int *index, int cols, int srcRows) {
	long long row = blockIdx.x;
	int from = index[row];
	bool inside = (unsigned)from < (unsigned)srcRows;
	for (int j = threadIdx.x; j < cols; j += blockDim.x) {
		dst[row * cols + j] = inside ? src[(long long)from * cols + j] : ref::notANumber();
	}
}

extern "C" __global__ void __launch_bounds__(256) gather_labels(int *dst, const int *src, const int *index, long long n, long long srcLen) {
	long long i = threadIndex();
	if (i < n) {
		int from = index[i];
		dst[i] = from >= 0 && from < srcLen ? src[from] : -1;
	}
}
