// Σ z² of pairs of neurons (internal/ref/pair.go), for pair.cu, conditional.cu and permutation.cu.
#pragma once

#include "common.cuh"

namespace pairs {

// A block of 256 threads has a tile of 8 components × 16 neurons. Sixteen neighbouring
// threads, each a virtual lane, share 2 components × 4 neurons of it: a thread keeps
// its lane's 8 sums in registers and loads 2 + 2 + 4 floats for 8 terms, 64 bytes in a
// row for sixteen threads, so that the conversions to float64 set the pace and not the loads.
constexpr int threads = 256;
constexpr int components = 2, neurons = 4;
constexpr int tileComponents = 4 * components, tileNeurons = 4 * neurons;

// Place is where a thread's pairs begin. The grid's x runs over the items and, faster, their tiles of
// components; its y over tiles of neurons.
struct Place {
	long long item;
	int firstComponent; // of the block
	int lane; // virtual lane
	int i, j; // first component and neuron
	int row, column; // the pair whose sum the thread gets
	bool outside; // the whole warp has no pair: its two sixteens differ in j only
};

DEVICE Place place(int n) {
	int sixteen = threadIdx.x / ref::Lanes, tiles = (n + tileComponents - 1) / tileComponents;
	Place p;
	p.item = blockIdx.x / tiles;
	p.firstComponent = blockIdx.x % tiles * tileComponents;
	p.lane = threadIdx.x % ref::Lanes;
	p.i = p.firstComponent + sixteen / 4 * components;
	p.j = blockIdx.y * tileNeurons + sixteen % 4 * neurons;
	p.row = p.i + p.lane / 2 / neurons;
	p.column = p.j + p.lane / 2 % neurons;
	p.outside = p.i >= n || p.j - sixteen % 2 * neurons >= n;
	return p;
}

// within is j, or some other index below n: no permutation leads outside its matrix.
DEVICE int within(int j, int n) { return (unsigned)j < (unsigned)n ? j : n - 1; }

// squares returns Σ_p z², z = (x_j[p] − m_i[p])·s_i[p], of one of a thread's pairs: its sixteen threads,
// one a virtual lane, share them in turn, lane l has number l·count/16. The squares are exact, so fused
// or not is the same. Whole warps call it.
template <int components, int neurons>
DEVICE double squares(const float *const *x, const float *const *m, const float *const *s, int lane, int d) {
	double sum[components * neurons] = {};
	for (int p = lane; p < d; p += ref::Lanes) {
		float y[neurons];
		UNROLL
		for (int j = 0; j < neurons; j++) {
			y[j] = x[j][p];
		}
		UNROLL
		for (int i = 0; i < components; i++) {
			float mean = m[i][p], inv = s[i][p];
			UNROLL
			for (int j = 0; j < neurons; j++) {
				double z = (y[j] - mean) * inv;
				sum[i * neurons + j] = fma(z, z, sum[i * neurons + j]);
			}
		}
	}
	// tree64 of all at once: as long as a thread has several sums it gives away, in every step, the half
	// that its partner keeps.
	int half = ref::Lanes / 2;
	UNROLL
	for (int count = components * neurons / 2; count > 0; half /= 2, count /= 2) {
		bool high = (lane & half) != 0;
		UNROLL
		for (int k = 0; k < count; k++) {
			double keep = high ? sum[k + count] : sum[k];
			double give = high ? sum[k] : sum[k + count];
			sum[k] = keep + __shfl_xor_sync(wholeWarp, give, half, ref::Lanes);
		}
	}
	UNROLL
	for (; half > 0; half /= 2) {
		sum[0] += __shfl_xor_sync(wholeWarp, sum[0], half, ref::Lanes);
	}
	return sum[0];
}

} // namespace pairs
