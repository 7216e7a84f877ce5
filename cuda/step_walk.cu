// gaussian_step_walk: what gaussian_step (step.cu) does, for many samples of so many weights that all warps of the
// card have some (kernels.GaussianStep).
//
// Shapes and arguments: as in step.cu. Layout: a thread owns the four elements, 16 apart, that one block of
// noise is for (sample.cu), and walks through the samples twice: in order, with the gradients of its μ and σ in
// registers, the noise regenerated as it goes and the next sample's dw under way; then, with the new μ and σ,
// to draw the new samples. Threads share nothing and meet no barrier. A block is one warp, so that all
// multiprocessors get equally many. A block after the last one does the other values and the divergence.
//
// Most of the 241 instructions for four elements of a sample are the noise's (registers/instructions.txt): three warps of
// a scheduler keep it busy.
#include "step.cuh"

constexpr int threads = 32, each = ref::group / ref::lanes; // elements of a thread

DEVICE void walk(const Step &s) {
	const long long n = s.n;
	unsigned block = blockIdx.x * threads + threadIdx.x; // of noise
	long long first = (long long)(block / ref::lanes) * ref::group + block % ref::lanes;
	if ((long long)blockIdx.x * threads * each >= n) {
		s.others(threadIdx.x, threads);
		return;
	}
	bool mine[each];
	UNROLL
	for (int j = 0; j < each; j++) {
		mine[j] = first + j * ref::lanes < n;
	}
	const float *from = s.dw + first;
	float coming[each];
	auto fetch = [&]() {
		UNROLL
		for (int j = 0; j < each; j++) {
			coming[j] = mine[j] ? from[j * ref::lanes] : 0;
		}
		from += n;
	};
	float dMu[each] = {}, dSigma[each] = {};
	fetch();
	for (int k = 0; k < s.samples; k++) {
		float g[each];
		UNROLL
		for (int j = 0; j < each; j++) {
			g[j] = coming[j];
		}
		if (k + 1 < s.samples) {
			fetch();
		}
		ref::Normals eps = ref::Normal4(ref::advance(s.old, k).words(block));
		UNROLL
		for (int j = 0; j < each; j++) {
			dMu[j] += g[j];
			dSigma[j] = ref::FMA(g[j], eps.z[j], dSigma[j]);
		}
	}

	float mean[each], scale[each];
	UNROLL
	for (int j = 0; j < each; j++) {
		long long i = first + j * ref::lanes;
		if (mine[j]) {
			Element p = s.load(i);
			s.finish(p, i, dMu[j], dSigma[j]);
			mean[j] = p.mu.x;
			scale[j] = p.sigma;
		}
	}
	float *to = s.w + first;
	for (int k = 0; k < s.samples; k++) {
		ref::Normals eps = ref::Normal4(ref::advance(s.next, k).words(block));
		UNROLL
		for (int j = 0; j < each; j++) {
			if (mine[j]) {
				to[j * ref::lanes] = ref::FMA(scale[j], eps.z[j], mean[j]);
			}
		}
		to += n;
	}
}

extern "C" __global__ void __launch_bounds__(threads, 16) gaussian_step_walk(PARAMETERS) { walk(STEP); }
