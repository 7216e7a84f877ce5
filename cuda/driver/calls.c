//go:build cuda && linux

// What gorgonia.org/cu lacks, above all graphs of kernels. The prototypes are written
// out, with the struct of CUDA 11, so that this package needs no header of the toolkit;
// a function's name without _v2 keeps that meaning in every later driver.

#include <stdlib.h>

#include "driver.h"

// The most arguments that a kernel of this program takes.
enum { max_arguments = 64 };

struct kernel_node_params {
	void *func;
	unsigned grid_x, grid_y, grid_z, block_x, block_y, block_z, shared;
	void **params, **extra;
};

int cuGraphCreate(void **graph, unsigned flags);
int cuGraphDestroy(void *graph);
int cuGraphAddKernelNode(void **node, void *graph, void *const *dependencies, size_t n, const struct kernel_node_params *params);
int cuGraphInstantiateWithFlags(void **exec, void *graph, unsigned long long flags);
int cuGraphExecKernelNodeSetParams(void *exec, void *node, const struct kernel_node_params *params);
int cuGraphExecDestroy(void *exec);
int cuGraphLaunch(void *exec, void *stream);
int cuFuncSetAttribute(void *function, int attribute, int value);
int cuMemAllocHost_v2(void **memory, size_t bytes);
int cuMemFreeHost(void *memory);
int cuModuleLoadDataEx(void **module, const void *image, unsigned n, const int *options, void **values);
int cuModuleUnload(void *module);
int cuGetErrorName(int error, const char **name);
int cuGetErrorString(int error, const char **text);

enum { invalid_value = 1, out_of_memory = 2, max_dynamic_shared_size_bytes = 8, jit_error_log_buffer = 5, jit_error_log_buffer_size_bytes = 6 };

// describe fills params; pointers holds what they point to.
static int describe(struct kernel_node_params *params, void **pointers, const struct symvi_launch *l, const uint64_t *cells) {
	if (l->arguments > max_arguments) return invalid_value;
	for (unsigned i = 0; i < l->arguments; i++) pointers[i] = (void *)(cells + i);
	*params = (struct kernel_node_params){l->function, l->grid[0], l->grid[1], l->grid[2], l->block[0], l->block[1], l->block[2], l->shared, pointers, NULL};
	return 0;
}

int symvi_graph_create(const struct symvi_launch *launches, size_t n, const uint64_t *cells, const unsigned *after, void **nodes, void **graph, void **exec) {
	struct kernel_node_params params;
	void *pointers[max_arguments], **waits = malloc(n * sizeof *waits); // fewer than there are launches
	int error = waits ? cuGraphCreate(graph, 0) : out_of_memory;
	if (error) return free(waits), error;
	for (size_t i = 0; i < n && !error; i++) {
		unsigned count = launches[i].waits;
		error = describe(&params, pointers, &launches[i], cells);
		for (unsigned w = 0; w < count && !error; w++) waits[w] = nodes[after[w]];
		if (!error) error = cuGraphAddKernelNode(&nodes[i], *graph, waits, count, &params);
		cells += launches[i].arguments;
		after += count;
	}
	free(waits);
	if (!error) error = cuGraphInstantiateWithFlags(exec, *graph, 0);
	if (error) cuGraphDestroy(*graph);
	return error;
}

int symvi_graph_set(void *exec, void *node, const struct symvi_launch *launch, const uint64_t *cells) {
	struct kernel_node_params params;
	void *pointers[max_arguments];
	int error = describe(&params, pointers, launch, cells);
	return error ? error : cuGraphExecKernelNodeSetParams(exec, node, &params);
}

int symvi_graph_launch(void *exec, void *stream) { return cuGraphLaunch(exec, stream); }

int symvi_graph_destroy(void *graph, void *exec) {
	int error = cuGraphExecDestroy(exec);
	int second = cuGraphDestroy(graph);
	return error ? error : second;
}

int symvi_max_dynamic_shared(void *function, int bytes) { return cuFuncSetAttribute(function, max_dynamic_shared_size_bytes, bytes); }

int symvi_alloc_host(void **memory, size_t bytes) { return cuMemAllocHost_v2(memory, bytes); }

int symvi_free_host(void *memory) { return cuMemFreeHost(memory); }

void symvi_jit_log(const char *ptx, char *log, size_t size) {
	const int options[] = {jit_error_log_buffer, jit_error_log_buffer_size_bytes};
	void *values[] = {log, (void *)size}, *module;
	if (cuModuleLoadDataEx(&module, ptx, 2, options, values) == 0) cuModuleUnload(module);
}

const char *symvi_error_name(int error) {
	const char *name = NULL;
	cuGetErrorName(error, &name);
	return name;
}

const char *symvi_error_text(int error) {
	const char *text = NULL;
	cuGetErrorString(error, &text);
	return text;
}
