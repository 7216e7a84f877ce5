// Where the parameters of a layer's neurons lie in a vector of all (kernels.NeuronBlocks), for neurons.cu
// and pair.cu.
//
// A neuron has d columns in three blocks: column c of neuron i, c being at least the block's first
// column, is parameter at + i·row + (c − column)·col. A block that is not there begins at column d.
#pragma once

#include "async.cuh"

#define NEURON_BLOCKS int n, int d, long long parameters, long long at0, long long row0, long long col0, \
	int column1, long long at1, long long row1, long long col1, int column2, long long at2, long long row2, long long col2
#define NEURON_ARGUMENTS at0, row0, col0, column1, at1, row1, col1, column2, at2, row2, col2
#define NEURON_PLACES long long at0, long long row0, long long col0, int column1, long long at1, long long row1, \
	long long col1, int column2, long long at2, long long row2, long long col2

// Spot is where a column is: of neuron i at + i·row.
struct Spot {
	long long at, row;
};

DEVICE Spot spotOf(int c, NEURON_PLACES) {
	if (c >= column2) {
		return Spot{at2 + (c - column2) * col2, row2};
	}
	if (c >= column1) {
		return Spot{at1 + (c - column1) * col1, row1};
	}
	return Spot{at0 + c * col0, row0};
}

// copyNeuron queues the copies of neuron i of a vector to shared memory for one of so many threads;
// vectors says that the first block, a row of its own, can be copied 16 bytes at a time.
DEVICE void copyNeuron(float *to, const float *from, int i, int d, NEURON_PLACES, bool vectors, int thread, int threads) {
	int done = 0; // columns
	if (vectors) {
		const float *row = from + at0 + i * row0;
		done = min(column1, d) / 4 * 4;
		for (int c = 4 * thread; c < done; c += 4 * threads) {
			copyAsync<16>(to + c, row + c);
		}
	}
	for (int c = done + thread; c < d; c += threads) {
		Spot s = spotOf(c, NEURON_ARGUMENTS);
		copyAsync<4>(to + c, from + s.at + i * s.row);
	}
}
