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

// squares returns Σ_p z², z = (w[column, p] − μ[row, p])·(1/σ[row, p]), of the thread's pair.
// The squares are exact, so fused or not is the same. Whole warps call it.
DEVICE double squares(Place at, const float *w, const float *mu, const float *invSigma, int n, int d) {
	const float *x[neurons], *m[components], *s[components];
	UNROLL
	for (int j = 0; j < neurons; j++) {
		x[j] = w + (long long)min(at.j + j, n - 1) * d;
	}
	UNROLL
	for (int i = 0; i < components; i++) {
		m[i] = mu + (long long)min(at.i + i, n - 1) * d;
		s[i] = invSigma + (long long)min(at.i + i, n - 1) * d;
	}
	double sum[components * neurons] = {};
	for (int p = at.lane; p < d; p += ref::Lanes) {
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
	// tree64 of all eight at once: in every step a thread gives away the half of its sums
	// that its partner keeps, so that the thread of lane l ends with sum l/2.
	UNROLL
	for (int half = ref::Lanes / 2, count = components * neurons / 2; count > 0; half /= 2, count /= 2) {
		bool high = (at.lane & half) != 0;
		UNROLL
		for (int k = 0; k < count; k++) {
			double keep = high ? sum[k + count] : sum[k];
			double give = high ? sum[k] : sum[k + count];
			sum[k] = keep + __shfl_xor_sync(wholeWarp, give, half, ref::Lanes);
		}
	}
	return sum[0] + __shfl_xor_sync(wholeWarp, sum[0], 1, ref::Lanes);
}

} // namespace pairs
