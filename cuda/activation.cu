// activation_relu_grad: dx = dy where y is not ≤ 0, else +0 (ref.ReLUGrad).
// activation_tanh_grad: dx = dy·fma(−y, y, 1)               (ref.TanhGrad).
//
// Shapes: n elements each; dx may be dy. Layout: one thread an element, 256 a block; a warp
// moves 128 contiguous bytes a buffer. No shared memory, 12 registers: full occupancy,
// bound by memory.
#include "common.cuh"

extern "C" __global__ void __launch_bounds__(256) activation_relu_grad(float *dx, const float *y, const float *dy, long long n, long long replica) {
	dx = ofReplica(dx, replica);
	y = ofReplica(y, replica);
	dy = ofReplica(dy, replica);
	long long i = threadIndex();
	if (i < n) {
		dx[i] = y[i] <= 0 ? 0 : dy[i];
	}
}

extern "C" __global__ void __launch_bounds__(256) activation_tanh_grad(float *dx, const float *y, const float *dy, long long n, long long replica) {
	dx = ofReplica(dx, replica);
	y = ofReplica(y, replica);
	dy = ofReplica(dy, replica);
	long long i = threadIndex();
	if (i < n) {
		float v = y[i];
		dx[i] = dy[i] * ref::FMA(-v, v, 1);
	}
}
