// neurons_pack: sorts vectors of parameters by neurons: μ and 1/σ, one each, where there is room for
//               them, and batch vectors w, each to an n×d matrix            (kernels.PackNeurons)
// neurons_add:  dw += scale·src, back from such matrices, rounded twice    (kernels.AddNeurons)
//
// A matrix has three blocks of columns: column c of neuron i, c being at least the block's first column,
// is parameter at + i·row + (c − column)·col. A block that is not there begins at column d.
//
// Layout: one thread an element of a matrix, 256 a block, neighbours along a neuron's columns, most
// of which are neighbours in the vector too; the grid's y runs over the vectors. No shared memory,
// full occupancy, bound by memory.
#include "common.cuh"

struct Block {
	long long at, row, col;
	int column;
};

// parameter is where column c of neuron i is.
DEVICE long long parameter(int i, int c, const Block &first, const Block &second, const Block &third) {
	const Block &b = c >= third.column ? third : c >= second.column ? second : first;
	return b.at + i * b.row + (c - b.column) * b.col;
}

#define BLOCKS int n, int d, long long parameters, long long at0, long long row0, long long col0, \
	int column1, long long at1, long long row1, long long col1, int column2, long long at2, long long row2, long long col2

extern "C" __global__ void __launch_bounds__(256) neurons_pack(float *toMu, const float *mu, float *toInv, const float *inv, float *toW, const float *w, int batch, BLOCKS, long long replica) {
	long long size = (long long)n * d, e = threadIndex();
	if (e >= size) {
		return;
	}
	long long p = parameter((int)(e / d), (int)(e % d), {at0, row0, col0, 0}, {at1, row1, col1, column1}, {at2, row2, col2, column2});
	if (blockIdx.y == 0 && toMu) {
		ofReplica(toMu, replica)[e] = ofReplica(mu, replica)[p];
	}
	if (blockIdx.y == 0 && toInv) {
		ofReplica(toInv, replica)[e] = ofReplica(inv, replica)[p];
	}
	toW = ofReplica(toW, replica);
	w = ofReplica(w, replica);
	for (long long s = blockIdx.y; s < batch; s += gridDim.y) {
		toW[s * size + e] = w[s * parameters + p];
	}
}

extern "C" __global__ void __launch_bounds__(256) neurons_add(float *dw, const float *src, float scale, int batch, BLOCKS, long long replica) {
	long long size = (long long)n * d, e = threadIndex();
	if (e >= size) {
		return;
	}
	long long p = parameter((int)(e / d), (int)(e % d), {at0, row0, col0, 0}, {at1, row1, col1, column1}, {at2, row2, col2, column2});
	dw = ofReplica(dw, replica);
	src = ofReplica(src, replica);
	for (long long s = blockIdx.y; s < batch; s += gridDim.y) {
		dw[s * parameters + p] += scale * src[s * size + e];
	}
}
