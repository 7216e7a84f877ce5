// Sums over the sign flips of single neurons, all matrices batch×n×n and contiguous.
// One thread an element, blocks of 256, no shared memory: bound by memory and the exponential.
#include "common.cuh"

// signs_combine: Positive ← log(e^Positive + e^Negative), Negative ← the share of its second
// term. It leaves the diagonal of Positive, as it was, in before (batch×n).
extern "C" __global__ void __launch_bounds__(256) signs_combine(double *positive, double *negative,
		double *before, int n, long long total, long long replica) {
	positive = ofReplica(positive, replica);
	negative = ofReplica(negative, replica);
	before = ofReplica(before, replica);
	long long at = threadIndex();
	if (at >= total) {
		return;
	}
	double p = positive[at], q = negative[at];
	long long element = at % ((long long)n * n);
	if (element % (n + 1) == 0) {
		before[at / ((long long)n * n) * n + element / (n + 1)] = p;
	}
	double e = ref::Exp64(-fabs(p - q));
	if (p == -ref::inf64() && q == p) {
		negative[at] = 0.5;
	} else if (p >= q) {
		positive[at] = p + ref::Log64(1 + e);
		negative[at] = e / (1 + e);
	} else {
		positive[at] = q + ref::Log64(1 + e);
		negative[at] = 1 / (1 + e);
	}
}

// signs_correction: Correction[item] = offset + (Σ before − Σ_i Positive[item, i, i]), both
// sums chains. One thread an item, because there are few additions and their order is
// fixed.
extern "C" __global__ void __launch_bounds__(256) signs_correction(double *correction,
		const double *__restrict__ positive, const double *__restrict__ before, double offset, int n,
		int batch, long long replica) {
	correction = ofReplica(correction, replica);
	positive = ofReplica(positive, replica);
	before = ofReplica(before, replica);
	long long item = threadIndex();
	if (item >= batch) {
		return;
	}
	double was = 0, is = 0;
	for (int i = 0; i < n; i++) {
		was += before[item * n + i];
		is += positive[(item * n + i) * n + i];
	}
	correction[item] = offset + (was - is);
}

// signs_split: with P = Coefficients + I, it sets Negative = Shares·P and Coefficients to
// (1 − Shares)·P − I.
extern "C" __global__ void __launch_bounds__(256) signs_split(float *coefficients, float *negative,
		const double *__restrict__ shares, int n, long long total, long long replica) {
	coefficients = ofReplica(coefficients, replica);
	negative = ofReplica(negative, replica);
	shares = ofReplica(shares, replica);
	long long at = threadIndex();
	if (at >= total) {
		return;
	}
	float c = coefficients[at];
	double p = c;
	if (at % ((long long)n * n) % (n + 1) == 0) {
		p += 1;
	}
	float part = (float)(shares[at] * p);
	negative[at] = part;
	coefficients[at] = c - part;
}
