// accumulate_sum:          state[i] += x[s, i] in float64, in increasing s.
// accumulate_log_sum_exp:  the pair (state[i], state[n+i]) = (m, t), log Σ = m + log t, gains
//                          the terms e^−x[s, i] in increasing s (ref.LogSumExpAdd).
//
// Shapes: src [samples×n] float32, state [n] or [2×n] float64; first starts from an empty sum.
// Layout: one thread an element, which keeps its state in registers over all samples; 256 a
// block. No shared memory; up to 32 registers. n is the size of a test batch times its
// classes, so the launch is small and bound by the latency of its loads.
#include "common.cuh"

extern "C" __global__ void __launch_bounds__(256) accumulate_sum(double *state, const float *src, int samples, long long n, int first) {
	long long i = threadIndex();
	if (i >= n) {
		return;
	}
	double sum = first ? 0 : state[i];
	for (int s = 0; s < samples; s++) {
		sum += (double)src[s * n + i];
	}
	state[i] = sum;
}

extern "C" __global__ void __launch_bounds__(256) accumulate_log_sum_exp(double *state, const float *src, int samples, long long n, int first) {
	long long i = threadIndex();
	if (i >= n) {
		return;
	}
	double largest = first ? -ref::inf64() : state[i];
	double sum = first ? 0 : state[n + i];
	for (int s = 0; s < samples; s++) {
		ref::LogSumExpAdd(largest, sum, src[s * n + i]);
	}
	state[i] = largest;
	state[n + i] = sum;
}
