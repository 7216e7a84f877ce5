// adam: one step of Adam on n parameters x with moments m, v and gradient g (ref.Adam):
//
//	m = fma(β₁, m, c1·g);  v = fma(β₂, v, c2·(g·g))
//	x = fma(−lr, (m·correct1)/(√(v·correct2) + ε), x)
//
// Layout: one thread an element, 256 a block. No shared memory, 18 registers: full
// occupancy; 16 bytes read and 12 written an element, bound by memory.
#include "common.cuh"

extern "C" __global__ void __launch_bounds__(256) adam(float *x, float *m, float *v, const float *g, long long n, float lr, float beta1, float beta2, float epsilon, float c1, float c2, float correct1, float correct2) {
	long long i = threadIndex();
	if (i >= n) {
		return;
	}
	float gi = g[i];
	float mi = ref::FMA(beta1, m[i], c1 * gi);
	float vi = ref::FMA(beta2, v[i], c2 * (gi * gi));
	m[i] = mi;
	v[i] = vi;
	x[i] = ref::FMA(-lr, (mi * correct1) / (ref::Sqrt(vi * correct2) + epsilon), x[i]);
}
