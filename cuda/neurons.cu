// neurons_pack: sorts vectors of parameters by neurons: μ and 1/σ, one each, where there is room for
//               them, and batch vectors w, each to an n×d matrix            (kernels.PackNeurons)
// neurons_add:  dw += scale·src, back from such matrices, rounded twice    (kernels.AddNeurons)
//
// Layout: one thread an element of a matrix, 256 a block, neighbours along a neuron's columns, most
// of which are neighbours in the vector too; the grid's y runs over the vectors. No shared memory,
// full occupancy, bound by memory.
#include "neurons.cuh"

extern "C" __global__ void __launch_bounds__(256) neurons_pack(float *toMu, const float *mu, float *toInv, const float *inv, float *toW, const float *w, int batch, NEURON_BLOCKS, long long replica) {
	long long size = (long long)n * d, e = threadIndex();
	if (e >= size) {
		return;
	}
	Spot spot = spotOf((int)(e % d), NEURON_ARGUMENTS);
	long long p = spot.at + e / d * spot.row;
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

extern "C" __global__ void __launch_bounds__(256) neurons_add(float *dw, const float *src, float scale, int batch, NEURON_BLOCKS, long long replica) {
	long long size = (long long)n * d, e = threadIndex();
	if (e >= size) {
		return;
	}
	Spot spot = spotOf((int)(e % d), NEURON_ARGUMENTS);
	long long p = spot.at + e / d * spot.row;
	dw = ofReplica(dw, replica);
	src = ofReplica(src, replica);
	for (long long s = blockIdx.y; s < batch; s += gridDim.y) {
		dw[s * parameters + p] += scale * src[s * size + e];
	}
}
