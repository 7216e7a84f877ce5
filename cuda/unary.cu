// unary_f: dst[i] = f(src[i]) for i < n; dst may be src.
//
// Shapes: n float32 in, n out. Layout: one-dimensional grid, 256 threads a block, four
// elements a thread 256 apart, so that a warp reads and writes 128 contiguous bytes and has
// four loads in flight. No shared memory; up to 27 registers, so occupancy is full. 20 to
// 60 instructions an element: arithmetic and memory are about in balance.
#include "common.cuh"

constexpr int perThread = 4;

template <class F>
DEVICE void unary(float *dst, const float *src, long long n, F f) {
	long long first = (long long)blockIdx.x * (perThread * blockDim.x) + threadIdx.x;
	float x[perThread];
	UNROLL
	for (int j = 0; j < perThread; j++) {
		long long i = first + j * blockDim.x;
		x[j] = i < n ? src[i] : 0;
	}
	UNROLL
	for (int j = 0; j < perThread; j++) {
		long long i = first + j * blockDim.x;
		if (i < n) {
			dst[i] = f(x[j]);
		}
	}
}

extern "C" __global__ void __launch_bounds__(256) unary_exp(float *dst, const float *src, long long n) {
	unary(dst, src, n, [](float x) { return ref::Exp(x); });
}

extern "C" __global__ void __launch_bounds__(256) unary_log(float *dst, const float *src, long long n) {
	unary(dst, src, n, [](float x) { return ref::Log(x); });
}

extern "C" __global__ void __launch_bounds__(256) unary_log1p(float *dst, const float *src, long long n) {
	unary(dst, src, n, [](float x) { return ref::Log1p(x); });
}

extern "C" __global__ void __launch_bounds__(256) unary_tanh(float *dst, const float *src, long long n) {
	unary(dst, src, n, [](float x) { return ref::Tanh(x); });
}

extern "C" __global__ void __launch_bounds__(256) unary_softplus(float *dst, const float *src, long long n) {
	unary(dst, src, n, [](float x) { return ref::Softplus(x); });
}

extern "C" __global__ void __launch_bounds__(256) unary_sigmoid(float *dst, const float *src, long long n) {
	unary(dst, src, n, [](float x) { return ref::Sigmoid(x); });
}
