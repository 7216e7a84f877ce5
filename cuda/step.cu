// gaussian_step, gaussian_step_product: what a training step does to the parameters, from the gradient of the sampled
// weights to the next samples, as its operations do it one by one (kernels.GaussianStep):
// sample_gaussian_grad, gaussian_kl, gaussian_scale_grad, adam, gaussian_scale, sample_gaussian.
// The divergence itself is gaussian_kl's (gaussian.cu), or of the blocks of output_backward that are
// left over (output.cu); where partial is not null its chunks are added up here. For
// gaussian_step_product the gradient dw lacks the weights of a layer, rows×cols from element first of
// every sample on, count in all: those are the product of a [terms×rows] and b [terms×cols], aStride and bStride from one sample to the
// next, in one chain of up to 512 terms each (gemm.cu). A state, if there is one, has the learning
// rate, the corrections and the weight, and adds to both seeds and steps.
//
// Shapes: x, m, v, grad [2n + extra], of which x holds μ, ρ and others, sigma, invSigma, invPrior [n],
// dw, w [samples×n]; w may be dw, and invSigma null: then 1/σ is not wanted. Elements heldLo … heldHi−1 of μ and ρ get the gradient 0.
//
// Layout: a block owns 64 elements, whose noise 16 threads draw together (sample.cu), 16 threads a
// sample. With up to 8 samples a block has 16 threads for the old and 16 for the new noise of each,
// which are drawn side by side; then a thread has an element. With more samples, where step_walk.cu has too few warps, 256 threads take 16 samples at a time: the old noise and the gradients lie in
// shared memory (8 kB), over which the 64 chains run in order; then the new noise. What an
// element needs is fetched before the first noise is drawn. A block after the last one does the
// other values and the divergence. What the product needs of one sample comes into shared memory (33 kB)
// while the noise is drawn; of more samples, terms or rows a chain fetches 20 terms at a time, neighbouring
// threads neighbouring elements of b: time is latency, and pays only for small products.
#include "async.cuh"
#include "step.cuh"

constexpr int slots = 16; // of noise that a block holds

// Operands are what 64 elements of the product need, for each term: those of b, and those of a for the
// two rows in which they can lie.
struct Operands {
	static constexpr int most = 128; // terms
	float b[most][ref::group], a[2][most];
};

// Product is the part of the gradient that dw lacks.
struct Product {
	const float *a, *b;
	long long aStride, bStride, first, count;
	int rows, cols, terms;
	Operands *of;

	__device__ __forceinline__ bool has(long long i) const { return i >= first && i < first + count; }

	// fetch queues the operands of the block's elements, from origin on, and reports whether there is room.
	__device__ __forceinline__ bool fetch(long long origin, int samples, int thread, int threads) {
		long long begin = max(origin, first) - first, end = min(origin + ref::group, first + count) - first;
		if (samples > 1 || terms > Operands::most || begin >= end || (end - 1) / cols > begin / cols + 1) {
			return false;
		}
		int row = (int)begin / cols, group = thread % ref::lanes * 4, slot = thread / ref::lanes, slots = threads / ref::lanes;
		long long e = origin + group - first; // the first of the four elements that the thread copies
		if (e >= begin && e + 4 <= end && cols % 4 == 0 && e % 4 == 0 && ((size_t)b & 15) == 0) {
			const float *from = b + (int)e % cols + (long long)slot * cols;
			_Pragma("unroll 5")
			for (int t = slot; t < terms; t += slots, from += (long long)slots * cols) {
				copyAsync<16>(&of->b[t][group], from);
			}
		} else {
			ROLL
			for (int j = 0; j < 4; j++) {
				ROLL
				for (int t = slot; t < terms && e + j >= begin && e + j < end; t += slots) {
					copyAsync<4>(&of->b[t][group + j], b + (int)(e + j) % cols + (long long)t * cols);
				}
			}
		}
		ROLL
		for (int i = thread; i < 2 * terms; i += threads) {
			copyAsync<4>(&of->a[i % 2][i / 2], a + (long long)(i / 2) * rows + min(row + i % 2, rows - 1));
		}
		commitAsync();
		return true;
	}

	// fetched is the gradient of an element of the block from those operands.
	__device__ __forceinline__ float fetched(long long origin, int element) const {
		int row = (int)(origin + element - first) / cols - (int)(max(origin, first) - first) / cols;
		float sum = 0;
		int t = 0;
		_Pragma("unroll 5")
		for (; t + 4 <= terms; t += 4) {
			float4 x = *reinterpret_cast<const float4 *>(&of->a[row][t]);
			sum = ref::FMA(x.x, of->b[t][element], sum);
			sum = ref::FMA(x.y, of->b[t + 1][element], sum);
			sum = ref::FMA(x.z, of->b[t + 2][element], sum);
			sum = ref::FMA(x.w, of->b[t + 3][element], sum);
		}
		ROLL
		for (; t < terms; t++) {
			sum = ref::FMA(of->a[row][t], of->b[t][element], sum);
		}
		return sum;
	}

	// gradient is that of element i in sample k. What lies beyond the last term is −0 times +0,
	// which changes no sum.
	__device__ __forceinline__ float gradient(long long i, int k) const {
		constexpr int ahead = 20;
		int e = (int)(i - first);
		const float *x = a + k * aStride + e / cols, *y = b + k * bStride + e % cols;
		float sum = 0;
		for (int t = 0; t < terms; t += ahead) {
			float u[ahead], v[ahead];
			UNROLL
			for (int j = 0; j < ahead; j++) {
				u[j] = t + j < terms ? x[(long long)(t + j) * rows] : -0.0f;
				v[j] = t + j < terms ? y[(long long)(t + j) * cols] : 0;
			}
			UNROLL
			for (int j = 0; j < ahead; j++) {
				sum = ref::FMA(u[j], v[j], sum);
			}
		}
		return sum;
	}
};

// Nothing is lacking in dw.
struct Nothing {
	__device__ __forceinline__ bool has(long long) const { return false; }
	__device__ __forceinline__ float gradient(long long, int) const { return 0; }
	__device__ __forceinline__ bool fetch(long long, int, int, int) const { return false; }
	__device__ __forceinline__ float fetched(long long, int) const { return 0; }
};

// Not static, or the names of its shared memory would hold a hash of the directory.
template <class Part>
__device__ __forceinline__ void gaussianStep(const Step &s, Part product) {
	SHARED(float, noise, [slots][ref::group]);
	SHARED(float, grads, [slots][ref::group]);
	const long long n = s.n;
	const int samples = s.samples;
	int lane = threadIdx.x, slot = threadIdx.y, height = blockDim.y;
	int thread = slot * ref::lanes + lane, threads = height * ref::lanes;
	long long origin = (long long)blockIdx.x * ref::group;
	if (origin >= n) {
		s.others(thread, threads);
		return;
	}
	unsigned block = blockIdx.x * ref::lanes + lane; // of noise
	bool together = 2 * samples <= slots;
	auto gradient = [&](long long i, int k) { return product.has(i) ? product.gradient(i, k) : s.dw[k * n + i]; };

	// draw puts a sample's noise into a row of shared memory.
	auto draw = [&](float *row, ref::Key key, int k) {
		ref::Normals eps = ref::Normal4(ref::advance(key, k).words(block));
		UNROLL
		for (int j = 0; j < 4; j++) {
			row[j * ref::lanes + lane] = eps.z[j];
		}
	};

	Element p = {};
	long long i = origin + thread; // the thread's element
	bool mine = thread < ref::group && i < n;
	if (mine) {
		p = s.load(i);
	}

	float dMu = 0, dSigma = 0;
	if (together) {
		bool queued = product.fetch(origin, samples, thread, threads);
		for (int c = thread; c < samples * ref::group && !queued; c += threads) {
			int k = c / ref::group, e = c % ref::group;
			grads[k][e] = origin + e < n ? gradient(origin + e, k) : 0;
		}
		if (slot < 2 * samples) { // both noises in one piece of code, or the halves of a warp would take turns
			bool later = slot >= samples;
			draw(noise[slot], later ? s.next : s.old, later ? slot - samples : slot);
		}
		if (queued) {
			waitAsync<0>();
		}
		__syncthreads();
		if (queued && mine) { // the only sample's, which no other thread reads
			grads[0][thread] = product.has(i) ? product.fetched(origin, thread) : s.dw[i];
		}
		for (int k = 0; k < samples && mine; k++) {
			dMu += grads[k][thread];
			dSigma = ref::FMA(grads[k][thread], noise[k][thread], dSigma);
		}
	} else {
		for (int from = 0; from < samples; from += slots) {
			int k = from + slot;
			if (k < samples) {
				UNROLL
				for (int j = 0; j < 4; j++) {
					int e = j * ref::lanes + lane;
					grads[slot][e] = origin + e < n ? gradient(origin + e, k) : 0;
				}
				draw(noise[slot], s.old, k);
			}
			__syncthreads();
			for (int t = 0; t < min(slots, samples - from) && thread < ref::group; t++) {
				dMu += grads[t][thread];
				dSigma = ref::FMA(grads[t][thread], noise[t][thread], dSigma);
			}
			__syncthreads();
		}
	}

	if (mine) {
		s.finish(p, i, dMu, dSigma);
	}
	if (together) {
		for (int k = 0; k < samples && mine; k++) {
			s.w[k * n + i] = ref::FMA(p.sigma, noise[samples + k][thread], p.mu.x);
		}
		return;
	}
	if (mine) {
		grads[0][thread] = p.mu.x;
		grads[1][thread] = p.sigma;
	}
	__syncthreads();
	float mean[4], scale[4];
	UNROLL
	for (int j = 0; j < 4; j++) {
		mean[j] = grads[0][j * ref::lanes + lane];
		scale[j] = grads[1][j * ref::lanes + lane];
	}
	for (int k = slot; k < samples; k += slots) {
		ref::Normals eps = ref::Normal4(ref::advance(s.next, k).words(block));
		UNROLL
		for (int j = 0; j < 4; j++) {
			long long at = origin + j * ref::lanes + lane;
			if (at < n) {
				s.w[k * n + at] = ref::FMA(scale[j], eps.z[j], mean[j]);
			}
		}
	}
}

extern "C" __global__ void __launch_bounds__(256, 6) gaussian_step(PARAMETERS) { gaussianStep(STEP, Nothing()); }

extern "C" __global__ void __launch_bounds__(256, 2) gaussian_step_product(PARAMETERS, const float *a, const float *b, long long aStride, long long bStride,
	long long first, long long count, int rows, int cols, int terms) {
	SHARED(__align__(16) Operands, operands, [1]);
	gaussianStep(STEP, Product{ofReplica(a, replica), ofReplica(b, replica), aStride, bStride, first, count, rows, cols, terms, operands});
}
