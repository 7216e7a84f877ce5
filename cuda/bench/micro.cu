// What the model of a step's time needs to know of a card (docs/benchmarks.md, "What the card does"):
// the cost of a graph's node, plain and with programmatic dependent launch, of a graph's launch and
// of changing its nodes, of a barrier of the grid; the latencies of what chains are made of;
// bandwidths. kit/run compiles and runs it where there is an nvcc:
//
//	nvcc -std=c++17 -O3 -arch=native micro.cu -o micro && ./micro    (CUDA 12 or later)
#include <algorithm>
#include <chrono>
#include <cooperative_groups.h>
#include <cuda_runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <vector>

static void check(cudaError_t e, const char *what) {
	if (e != cudaSuccess) {
		fprintf(stderr, "micro: %s: %s\n", what, cudaGetErrorString(e));
		exit(1);
	}
}
#define CHECK(call) check(call, #call)

__global__ void nothing() {}

__global__ void touch(float *x, int n) {
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	if (i < n) x[i] = x[i] * 0.5f + 1;
}

// touchEarly is touch for a launch that may begin before the one ahead of it has ended.
__global__ void touchEarly(float *x, int n) {
#if __CUDA_ARCH__ >= 900
	cudaGridDependencySynchronize();
#endif
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	if (i < n) x[i] = x[i] * 0.5f + 1;
#if __CUDA_ARCH__ >= 900
	cudaTriggerProgrammaticLaunchCompletion();
#endif
}

__global__ void barriers(int n) {
	for (int i = 0; i < n; i++) cooperative_groups::this_grid().sync();
}

// Chains of n operations, each of which needs the one before; cycles is how long they took.
#define CHAIN(name, start, step)                                          \
	__global__ void name(int *memory, long long *cycles, float f, int n) { \
		__shared__ int shared[64];                                         \
		shared[threadIdx.x] = threadIdx.x;                                 \
		shared[threadIdx.x + 32] = 0;                                      \
		__syncthreads();                                                   \
		auto x = start;                                                    \
		long long began = clock64();                                       \
		for (int i = 0; i < n; i++) x = step;                              \
		*cycles = clock64() - began;                                       \
		memory[4096] = (int)x + shared[1];                                 \
	}
CHAIN(chainFMA, f, fmaf(x, f, 1.0f))
CHAIN(chainAdd64, (double)f, x + f)
CHAIN(chainFMA64, (double)f, fma(x, (double)f, 1.0))
CHAIN(chainShuffle, (int)threadIdx.x, __shfl_xor_sync(~0u, x, 1) + 1)
CHAIN(chainShared, 0, shared[x & 31])
CHAIN(chainCache, 0, __ldcg(memory + x))

__global__ void copy(float4 *to, const float4 *from, size_t n) {
	size_t stride = (size_t)gridDim.x * blockDim.x;
	for (size_t i = blockIdx.x * (size_t)blockDim.x + threadIdx.x; i < n; i += stride) to[i] = from[i];
}

__global__ void fill(float4 *to, size_t n) {
	size_t stride = (size_t)gridDim.x * blockDim.x;
	for (size_t i = blockIdx.x * (size_t)blockDim.x + threadIdx.x; i < n; i += stride) to[i] = make_float4(i, 1, 2, 3);
}

static cudaStream_t stream;

// seconds is the median of seven times of f, of which each is that of so many runs.
template <class F> static double seconds(int runs, F f) {
	cudaEvent_t a, b;
	CHECK(cudaEventCreate(&a));
	CHECK(cudaEventCreate(&b));
	std::vector<double> times;
	f();
	for (int r = 0; r < 7; r++) {
		CHECK(cudaEventRecord(a, stream));
		for (int i = 0; i < runs; i++) f();
		CHECK(cudaEventRecord(b, stream));
		CHECK(cudaEventSynchronize(b));
		float ms;
		CHECK(cudaEventElapsedTime(&ms, a, b));
		times.push_back(ms / 1e3 / runs);
	}
	std::sort(times.begin(), times.end());
	return times[3];
}

// node prints the time of a node in a graph of 200; n is 0 for a kernel that does nothing.
static void node(const char *name, float *x, int blocks, int threads, int n, bool early) {
	const int nodes = 200;
	cudaGraph_t graph;
	cudaGraphExec_t exec;
	CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
	for (int i = 0; i < nodes; i++) {
		if (n == 0) {
			nothing<<<blocks, threads, 0, stream>>>();
			continue;
		}
		cudaLaunchAttribute attribute = {};
		attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
		attribute.val.programmaticStreamSerializationAllowed = 1;
		cudaLaunchConfig_t config = {};
		config.gridDim = blocks;
		config.blockDim = threads;
		config.stream = stream;
		config.attrs = &attribute;
		config.numAttrs = early ? 1 : 0;
		CHECK(cudaLaunchKernelEx(&config, early ? touchEarly : touch, x, n));
	}
	CHECK(cudaStreamEndCapture(stream, &graph));
	CHECK(cudaGraphInstantiateWithFlags(&exec, graph, 0));
	printf("%-58s %9.3f us\n", name, 1e6 / nodes * seconds(20, [&] { CHECK(cudaGraphLaunch(exec, stream)); }));
	CHECK(cudaGraphExecDestroy(exec));
	CHECK(cudaGraphDestroy(graph));
}

// launches prints what a graph of 19 nodes costs the host, some of which get new arguments.
static void launches(float *x) {
	cudaGraph_t graph;
	cudaGraphExec_t exec;
	CHECK(cudaGraphCreate(&graph, 0));
	std::vector<cudaGraphNode_t> nodes(19);
	int n = 256;
	void *arguments[] = {&x, &n};
	cudaKernelNodeParams params = {};
	params.func = (void *)touch;
	params.gridDim = 1;
	params.blockDim = 256;
	params.kernelParams = arguments;
	for (size_t i = 0; i < nodes.size(); i++) {
		CHECK(cudaGraphAddKernelNode(&nodes[i], graph, i ? &nodes[i - 1] : nullptr, i ? 1 : 0, &params));
	}
	CHECK(cudaGraphInstantiateWithFlags(&exec, graph, 0));
	CHECK(cudaGraphLaunch(exec, stream));
	CHECK(cudaStreamSynchronize(stream));
	for (int changed : {0, 1, 5, 19}) {
		const int runs = 500;
		auto began = std::chrono::steady_clock::now();
		for (int r = 0; r < runs; r++) {
			n = 200 + r % 50;
			for (int i = 0; i < changed; i++) CHECK(cudaGraphExecKernelNodeSetParams(exec, nodes[i], &params));
			CHECK(cudaGraphLaunch(exec, stream));
		}
		std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
		CHECK(cudaStreamSynchronize(stream));
		printf("graph of 19 nodes, %2d changed: the host's time of a launch %12.3f us\n", changed, 1e6 * took.count() / runs);
	}
}

int main() {
	cudaDeviceProp card;
	CHECK(cudaGetDeviceProperties(&card, 0));
	printf("%s, %d multiprocessors, second-level cache of %d MB\n", card.name, card.multiProcessorCount, card.l2CacheSize >> 20);
	CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	float *x;
	CHECK(cudaMalloc(&x, 1 << 24));
	CHECK(cudaMemset(x, 0, 1 << 24));
	node("node of a graph: empty, a block", x, 1, 32, 0, false);
	node("empty, 132 blocks", x, 132, 256, 0, false);
	node("load and store, 94 blocks (23 860 elements)", x, 94, 256, 23860, false);
	node("load and store, 1591 blocks (407 050)", x, 1591, 256, 407050, false);
	if (card.major >= 9) node("94 blocks, programmatic dependent launch", x, 94, 256, 23860, true);
	launches(x);
	int n = 1000;
	void *arguments[] = {&n};
	printf("%-58s %9.3f us\n", "barrier of a block a multiprocessor", 1e6 / n * seconds(3, [&] {
		CHECK(cudaLaunchCooperativeKernel((void *)barriers, card.multiProcessorCount, 256, arguments, 0, stream));
	}));
	long long *cycles;
	CHECK(cudaMallocHost(&cycles, sizeof *cycles));
	struct {
		const char *name;
		void (*kernel)(int *, long long *, float, int);
	} chains[] = {{"fma", chainFMA}, {"float64 add", chainAdd64}, {"float64 fma", chainFMA64}, {"shuffle + add", chainShuffle}, {"shared memory", chainShared}, {"second-level cache", chainCache}};
	CHECK(cudaMemset(x, 0, 1 << 24));
	for (auto &c : chains) {
		const int length = 4096;
		for (int warm = 0; warm < 2; warm++) {
			c.kernel<<<1, 32, 0, stream>>>((int *)x, cycles, 0.5f, length);
			CHECK(cudaStreamSynchronize(stream));
		}
		printf("latency: %-49s %9.2f cycles\n", c.name, double(*cycles) / length);
	}
	const size_t bytes = size_t(4) << 30;
	float4 *a, *b;
	CHECK(cudaMalloc(&a, bytes));
	CHECK(cudaMalloc(&b, bytes));
	CHECK(cudaMemset(a, 1, bytes));
	int blocks = card.multiProcessorCount * 8;
	double both = seconds(3, [&] { copy<<<blocks, 512, 0, stream>>>(b, a, bytes / sizeof *a); });
	double one = seconds(3, [&] { fill<<<blocks, 512, 0, stream>>>(b, bytes / sizeof *a); });
	printf("copy, read + written: %.2f TB/s; write: %.2f TB/s\n", 2 * bytes / both / 1e12, bytes / one / 1e12);
	CHECK(cudaStreamSynchronize(stream));
}
