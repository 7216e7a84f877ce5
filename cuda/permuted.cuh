// The log-density of permuted neurons, for permutation.cu and importance.cu.
#pragma once

#include "pair.cuh"

namespace permuted {

// logDensity is sum + Σ_i matrix[i, τ(i)], a chain in increasing i.
DEVICE double logDensity(const double *matrix, const int *tau, int n, double sum) {
	_Pragma("unroll 4")
	for (int i = 0; i < n; i++) {
		sum += matrix[(long long)i * n + pairs::within(tau[i], n)];
	}
	return sum;
}

} // namespace permuted
