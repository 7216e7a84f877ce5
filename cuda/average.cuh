// Means of exponentials by one block or warp (internal/ref/average.go), for permutation.cu, importance.cu
// and importance_layer.cu.
#pragma once

#include "common.cuh"

namespace ref {

DEVICE double LogMean(double largest, double sum, int k) {
	if (largest == -inf64()) {
		return largest;
	}
	return largest + Log64(sum / (double)k);
}

struct Exponentials { double largest, sum; };

// exponentials writes e^{x_i − largest} to e and returns their sum, a chain in increasing i
// that one thread adds. The largest is x[0] unless another compares greater, so it is NaN
// if x[0] is. All threads of the block, whole warps, call it; x may have been written by
// any of them, and e is another range. of is shared memory for 32 doubles: the warps'
// largest, then the sum.
DEVICE Exponentials exponentials(double *of, double *e, const double *x, int k) {
	__syncthreads(); // x is whole, and the block has read the sum and the e of the call before
	double largest = -inf64();
	for (int i = threadIdx.x; i < k; i += blockDim.x) {
		if (x[i] > largest) {
			largest = x[i];
		}
	}
	for (int half = 16; half > 0; half /= 2) {
		double other = __shfl_xor_sync(wholeWarp, largest, half);
		largest = other > largest ? other : largest;
	}
	if (threadIdx.x % 32 == 0) {
		of[threadIdx.x / 32] = largest;
	}
	__syncthreads();
	for (int w = 0; w < (int)blockDim.x / 32; w++) {
		largest = of[w] > largest ? of[w] : largest;
	}
	if (!(x[0] == x[0])) {
		largest = x[0];
	}
	for (int i = threadIdx.x; i < k; i += blockDim.x) {
		e[i] = Exp64(x[i] - largest);
	}
	__syncthreads();
	if (threadIdx.x == 0) {
		double sum = 0;
		for (int i = 0; i < k; i++) {
			sum += e[i];
		}
		of[0] = sum;
	}
	__syncthreads();
	return Exponentials{largest, of[0]};
}

// divide turns them into weights.
DEVICE void divide(double *e, int k, double sum) {
	for (int i = threadIdx.x; i < k; i += blockDim.x) {
		e[i] /= sum;
	}
}

// warpExponentials is exponentials by one warp, of what it has seen; warpDivide is divide.
DEVICE Exponentials warpExponentials(double *e, const double *x, int k) {
	int lane = threadIdx.x % 32;
	double largest = -inf64();
	ROLL
	for (int i = lane; i < k; i += 32) {
		largest = x[i] > largest ? x[i] : largest;
	}
	for (int half = 16; half > 0; half /= 2) {
		double other = __shfl_xor_sync(wholeWarp, largest, half);
		largest = other > largest ? other : largest;
	}
	if (!(x[0] == x[0])) {
		largest = x[0];
	}
	ROLL
	for (int i = lane; i < k; i += 32) {
		e[i] = Exp64(x[i] - largest);
	}
	__syncwarp();
	double sum = 0;
	_Pragma("unroll 8")
	for (int i = 0; i < k; i++) {
		sum += e[i];
	}
	__syncwarp();
	return Exponentials{largest, sum};
}

DEVICE void warpDivide(double *e, int k, double sum) {
	ROLL
	for (int i = threadIdx.x % 32; i < k; i += 32) {
		e[i] /= sum;
	}
	__syncwarp();
}

// missed is ref.Missed: how many times the identity outweighs all draws where they have missed it.
constexpr int missed = 1000;

} // namespace ref
