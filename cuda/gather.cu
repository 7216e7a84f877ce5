// gather_rows:   dst[i, :] = src[index[i], :] for the rows of a minibatch.
// gather_labels: dst[i] = src[index[i]] for its labels.
// gather_bytes:  dst[i, j] = table[src[index[i], j]], src of bytes, table of 256 numbers.
// gather_minibatch: all at once, rows of numbers or of bytes, labels, the rows of targets.
//
// Shapes: index [rows], src [srcRows×cols], dst [rows×cols]. An index outside src makes a row
// of NaN or the label −1, so that it shows and the context survives. gather_minibatch's index begins
// at the state's first row, if there is one; replicas select from the same data.
// Layout: all but gather_labels one block of 256 threads a row, neighbouring threads on
// neighbouring columns, four at a time where rows are aligned; gather_labels one thread a label.
// The table goes through 1 kB of shared memory. Full occupancy, bound by memory.
#include "state.cuh"

// copyRow copies row from, or NaN where there is none, to row to.
DEVICE void copyRow(float *dst, const float *src, long long to, int from, int cols, int srcRows) {
	bool inside = (unsigned)from < (unsigned)srcRows;
	dst += to * cols;
	src += inside ? (long long)from * cols : 0;
	float nan = ref::notANumber();
	if (cols % 4 == 0 && (((size_t)dst | (size_t)src) & 15) == 0) {
		float4 *dst4 = reinterpret_cast<float4 *>(dst);
		const float4 *src4 = reinterpret_cast<const float4 *>(src);
		for (int j = threadIdx.x; j < cols / 4; j += blockDim.x) {
			dst4[j] = inside ? src4[j] : make_float4(nan, nan, nan, nan);
		}
		return;
	}
	for (int j = threadIdx.x; j < cols; j += blockDim.x) {
		dst[j] = inside ? src[j] : nan;
	}
}

constexpr int values = 256; // of a byte, and threads of a block

// copyBytes is copyRow of bytes; whole blocks call it. of is shared memory of the kernel: in a
// function of this file alone its name would depend on the directory.
DEVICE void copyBytes(float *of, float *dst, const unsigned char *src, const float *table, long long to, int from, int cols, int srcRows) {
	bool inside = (unsigned)from < (unsigned)srcRows;
	of[threadIdx.x] = inside ? table[threadIdx.x] : ref::notANumber();
	__syncthreads();
	dst += to * cols;
	src += inside ? (long long)from * cols : 0;
	if (cols % 4 == 0 && ((size_t)dst & 15) == 0 && ((size_t)src & 3) == 0) {
		float4 *dst4 = reinterpret_cast<float4 *>(dst);
		const unsigned *src4 = reinterpret_cast<const unsigned *>(src);
		for (int j = threadIdx.x; j < cols / 4; j += values) {
			unsigned b = src4[j];
			dst4[j] = make_float4(of[b & 255], of[b >> 8 & 255], of[b >> 16 & 255], of[b >> 24]);
		}
		return;
	}
	for (int j = threadIdx.x; j < cols; j += values) {
		dst[j] = of[src[j]];
	}
}

extern "C" __global__ void __launch_bounds__(256) gather_bytes(float *dst, const unsigned char *src, const float *table, const int *index, int cols, int srcRows) {
	SHARED(float, of, [values]);
	copyBytes(of, dst, src, table, blockIdx.x, index[blockIdx.x], cols, srcRows);
}

extern "C" __global__ void __launch_bounds__(256) gather_rows(float *dst, const float *src, const int *index, int cols, int srcRows) {
	copyRow(dst, src, blockIdx.x, index[blockIdx.x], cols, srcRows);
}

extern "C" __global__ void __launch_bounds__(256) gather_labels(int *dst, const int *src, const int *index, long long n, long long srcLen) {
	long long i = threadIndex();
	if (i < n) {
		int from = index[i];
		dst[i] = from >= 0 && from < srcLen ? src[from] : -1;
	}
}

extern "C" __global__ void __launch_bounds__(256) gather_minibatch(float *dstX, const float *x, const unsigned char *bytes, const float *table, int *dstLabels, const int *labels, float *dstTargets, const float *targets,
	const int *index, int cols, int targetCols, int srcRows, const int *state, long long replica) {
	SHARED(float, of, [values]);
	dstX = ofReplica(dstX, replica);
	dstLabels = optional(dstLabels, replica);
	dstTargets = optional(dstTargets, replica);
	index = ofReplica(index, replica);
	state = optional(state, replica);
	long long row = blockIdx.x;
	int from = index[ref::stateFirst(state) + row];
	if (bytes) {
		copyBytes(of, dstX, bytes, table, row, from, cols, srcRows);
	} else {
		copyRow(dstX, x, row, from, cols, srcRows);
	}
	if (labels && threadIdx.x == 0) {
		dstLabels[row] = (unsigned)from < (unsigned)srcRows ? labels[from] : -1;
	}
	if (targets) {
		copyRow(dstTargets, targets, row, from, targetCols, srcRows);
	}
}
