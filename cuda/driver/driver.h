// What load.c and calls.c offer to driver.go.
#pragma once

#include <stddef.h>
#include <stdint.h>

// symvi_status says how loading the driver went.
struct symvi_status {
	const char *library; // path, empty if there is none
	const char *problem; // why there is none
	int init;            // what cuInit returned
};

// symvi_cuda_status starts the driver when it is first called.
struct symvi_status symvi_cuda_status(void);

// symvi_launch is one kernel of a graph.
struct symvi_launch {
	void *function;
	unsigned grid[3], block[3], shared, arguments, waits;
};

// symvi_graph_create makes a graph of n kernels. cells holds their arguments, 8 bytes each, one
// kernel's after the other's, and after in the same way the numbers of the kernels before it that
// each waits for. nodes has room for n.
int symvi_graph_create(const struct symvi_launch *launches, size_t n, const uint64_t *cells, const unsigned *after, void **nodes, void **graph, void **exec);

// symvi_graph_set changes one kernel's shape and arguments for the next launches.
int symvi_graph_set(void *exec, void *node, const struct symvi_launch *launch, const uint64_t *cells);

int symvi_graph_launch(void *exec, void *stream);
int symvi_graph_destroy(void *graph, void *exec);

// symvi_max_dynamic_shared lets a function use more than 48 KiB of dynamic shared memory.
int symvi_max_dynamic_shared(void *function, int bytes);

// symvi_alloc_host allocates page-locked memory of the host, symvi_free_host frees it.
int symvi_alloc_host(void **memory, size_t bytes);
int symvi_free_host(void *memory);

// symvi_jit_log loads a module of PTX and unloads it again; log gets what the driver's
// compiler has against it.
void symvi_jit_log(const char *ptx, char *log, size_t size);

// symvi_error_name is CUDA's name of an error, symvi_error_text its description, or null.
const char *symvi_error_name(int error);
const char *symvi_error_text(int error);
