// A stand-in for libcuda.so.1 over the simulator: the part of the CUDA driver API that
// symvi uses, with everything done before a call returns. Environment
// variables, read when they matter, make it a machine to test against:
//
//	SYMVI_SIM_DEVICES=n        number of GPUs (1)
//	SYMVI_SIM_DRIVER=11080     the CUDA version that the driver supports
//	SYMVI_SIM_CAPABILITY=80    the GPUs' compute capability
//	SYMVI_SIM_INIT=code        cuInit returns this error
//	SYMVI_SIM_MEMORY=bytes     memory of a GPU (16 GiB)
//	SYMVI_SIM_LOSE=kernel      a launch of this kernel breaks the context
//	SYMVI_SIM_IDLE=1           kernels do nothing: what remains is the host's work
//
// A module is its PTX text. The simulator does not run it, but runs the C++ that came from
// the same source, and refuses a kernel whose parameters differ between the two.

#include "sim.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <stdio.h>
#include <stdlib.h>
#include <string>
#include <vector>

#define API extern "C" __attribute__((visibility("default"))) int

namespace {

enum { success = 0, invalid_value = 1, out_of_memory = 2, not_initialized = 3, invalid_device = 101, invalid_image = 200, invalid_context = 201,
	   invalid_ptx = 218, not_found = 500, illegal_address = 700 };

long option(const char *name, long otherwise) {
	const char *text = getenv(name);
	return text && *text ? strtol(text, nullptr, 10) : otherwise;
}

struct module {
	std::string text;
};

struct function {
	const sim::kernel *kernel;
	int max_dynamic = 48 << 10;
};

struct context {
	int lost = success; // the error that all calls return since a kernel broke the context
	std::map<char *, size_t> memory;
};

thread_local context *current;
std::atomic<size_t> allocated; // by all contexts

// running guards the fibers, which only one thread can run at a time.
std::mutex running;

// inside reports whether [p, p+n) is in one allocation.
bool inside(uint64_t p, size_t n) {
	auto after = current->memory.upper_bound(reinterpret_cast<char *>(p));
	if (after == current->memory.begin()) return n == 0;
	auto m = std::prev(after);
	return reinterpret_cast<char *>(p) + n <= m->first + m->second;
}

// parameter_bytes returns the sizes of a kernel's parameters in PTX.
bool parameter_bytes(const std::string &text, const std::string &name, std::vector<size_t> &sizes) {
	size_t at = text.find(".entry " + name + "(");
	if (at == std::string::npos) return false;
	size_t end = text.find(')', at);
	for (size_t p = text.find(".param .", at); p < end; p = text.find(".param .", p + 1)) {
		sizes.push_back(strtoul(text.c_str() + p + 9, nullptr, 10) / 8); // ".param .u64"
	}
	return true;
}

struct node_params {
	function *func;
	unsigned grid[3], block[3], shared;
	void **params, **extra;
};

struct node {
	function *func;
	dim3 grid, block;
	unsigned shared;
	std::vector<uint64_t> cells;
};

struct graph {
	std::vector<node *> nodes;
};

struct exec {
	std::vector<std::pair<node *, node>> nodes; // the graph's node and this graph's copy of it
};

int launch(function *f, dim3 grid, dim3 block, unsigned shared, void *const *params) {
	if (current->lost) return current->lost;
	size_t threads = size_t(block.x) * block.y * block.z;
	bool fits = grid.x > 0 && grid.y > 0 && grid.z > 0 && grid.x <= 0x7fffffff && grid.y <= 65535 && grid.z <= 65535 && threads > 0 && threads <= 1024 && block.z <= 64;
	if (!fits || shared > unsigned(f->max_dynamic)) return invalid_value;
	const char *broken = getenv("SYMVI_SIM_LOSE");
	if (broken && !strcmp(broken, f->kernel->name)) {
		current->lost = illegal_address;
		return success;
	}
	static bool idle = option("SYMVI_SIM_IDLE", 0) != 0;
	if (idle) return success;
	std::lock_guard<std::mutex> lock(running);
	sim::run(*f->kernel, grid, block, shared, params);
	return success;
}

int set(node &n, const node_params *p) {
	n.func = p->func;
	n.grid = dim3(p->grid[0], p->grid[1], p->grid[2]);
	n.block = dim3(p->block[0], p->block[1], p->block[2]);
	n.shared = p->shared;
	n.cells.assign(n.func->kernel->parameters, 0);
	for (size_t i = 0; i < n.cells.size(); i++) memcpy(&n.cells[i], p->params[i], n.func->kernel->sizes[i]);
	return success;
}

} // namespace

// ---- devices and contexts ----

API cuInit(unsigned) { return int(option("SYMVI_SIM_INIT", 0)); }
API cuDriverGetVersion(int *v) { return *v = int(option("SYMVI_SIM_DRIVER", 11080)), success; }
API cuDeviceGetCount(int *n) { return *n = int(option("SYMVI_SIM_DEVICES", 1)), success; }
API cuDeviceGet(int *d, int ordinal) {
	if (ordinal < 0 || ordinal >= option("SYMVI_SIM_DEVICES", 1)) return invalid_device;
	return *d = ordinal, success;
}
API cuDeviceGetName(char *name, int size, int) { return snprintf(name, size, "CUDA simulator"), success; }
API cuDeviceTotalMem_v2(size_t *bytes, int) { return *bytes = size_t(option("SYMVI_SIM_MEMORY", 16l << 30)), success; }
API cuDeviceGetAttribute(int *value, int attribute, int) {
	enum { max_shared_per_block = 8, multiprocessors = 16, capability_major = 75, capability_minor = 76, max_shared_opt_in = 97 };
	switch (attribute) {
	case max_shared_per_block: *value = 48 << 10; break;
	case multiprocessors: *value = 4; break;
	case capability_major: *value = int(option("SYMVI_SIM_CAPABILITY", 80)) / 10; break;
	case capability_minor: *value = int(option("SYMVI_SIM_CAPABILITY", 80)) % 10; break;
	case max_shared_opt_in: *value = 163 << 10; break;
	default: return invalid_value;
	}
	return success;
}
API cuCtxCreate_v2(void **out, unsigned, int) { return *out = current = new context, success; }
API cuCtxDestroy_v2(void *in) {
	context *c = static_cast<context *>(in);
	for (auto &m : c->memory) {
		allocated -= m.second;
		free(m.first);
	}
	return delete c, current = nullptr, success;
}
API cuCtxSetCurrent(void *c) { return current = static_cast<context *>(c), success; }
API cuCtxSynchronize() { return current->lost; }

// ---- modules ----

API cuModuleLoadData(void **out, const void *image) {
	module *m = new module{static_cast<const char *>(image)};
	if (m->text.find(".version") == std::string::npos) return delete m, invalid_image;
	return *out = m, success;
}
API cuModuleUnload(void *m) { return delete static_cast<module *>(m), success; }
API cuModuleGetFunction(void **out, void *in, const char *name) {
	thread_local std::map<std::string, function *> functions;
	std::vector<size_t> sizes;
	if (!parameter_bytes(static_cast<module *>(in)->text, name, sizes)) return not_found;
	for (const sim::kernel *k = sim::kernels; k; k = k->next) {
		if (strcmp(k->name, name)) continue;
		if (!std::equal(sizes.begin(), sizes.end(), k->sizes, k->sizes + k->parameters)) {
			fprintf(stderr, "CUDA simulator: kernel %s has other parameters in the PTX than in the source: run make ptx\n", name);
			return invalid_ptx;
		}
		function *&f = functions[name];
		if (!f) f = new function{k};
		return *out = f, success;
	}
	return not_found;
}
API cuFuncSetAttribute(void *f, int attribute, int value) {
	enum { max_dynamic_shared_size_bytes = 8 };
	if (attribute != max_dynamic_shared_size_bytes || value > 163 << 10) return invalid_value;
	return static_cast<function *>(f)->max_dynamic = value, success;
}

// ---- memory ----

API cuMemAlloc_v2(uint64_t *p, size_t n) {
	if (current->lost) return current->lost;
	if (n == 0) return invalid_value;
	if (allocated + n > size_t(option("SYMVI_SIM_MEMORY", 16l << 30))) return out_of_memory;
	char *m = nullptr; // of n bytes exactly, so that the address sanitizer guards the next one
	if (posix_memalign(reinterpret_cast<void **>(&m), 256, n)) return out_of_memory;
	memset(m, 0xff, n);
	current->memory[m] = n;
	allocated += n;
	return *p = reinterpret_cast<uint64_t>(m), success;
}
API cuMemFree_v2(uint64_t p) {
	auto m = current->memory.find(reinterpret_cast<char *>(p));
	if (m == current->memory.end()) return invalid_value;
	allocated -= m->second;
	free(m->first);
	current->memory.erase(m);
	return success;
}
API cuMemAllocHost_v2(void **p, size_t n) { return *p = malloc(n), *p ? success : out_of_memory; }
API cuMemFreeHost(void *p) { return free(p), success; }
API cuMemGetInfo_v2(size_t *free, size_t *total) {
	*total = size_t(option("SYMVI_SIM_MEMORY", 16l << 30));
	return *free = *total - allocated, success;
}
API cuMemsetD8Async(uint64_t p, unsigned char value, size_t n, void *) {
	if (current->lost) return current->lost;
	if (!inside(p, n)) return invalid_value;
	return memset(reinterpret_cast<void *>(p), value, n), success;
}
API cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t n, void *) {
	if (current->lost) return current->lost;
	if (!inside(to, n)) return invalid_value;
	return memcpy(reinterpret_cast<void *>(to), from, n), success;
}
API cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t n, void *) {
	if (current->lost) return current->lost;
	if (!inside(from, n)) return invalid_value;
	return memcpy(to, reinterpret_cast<void *>(from), n), success;
}

// ---- streams and kernels ----

API cuStreamCreate(void **stream, unsigned) { return *stream = current, success; }
API cuStreamDestroy_v2(void *) { return success; }
API cuStreamSynchronize(void *) { return current->lost; }
API cuLaunchKernel(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *, void **params, void **) {
	return launch(static_cast<function *>(f), dim3(gx, gy, gz), dim3(bx, by, bz), shared, params);
}

// ---- graphs: chains of kernels ----

API cuGraphCreate(void **g, unsigned) { return *g = new graph, success; }
API cuGraphDestroy(void *in) {
	graph *g = static_cast<graph *>(in);
	for (node *n : g->nodes) delete n;
	return delete g, success;
}
API cuGraphAddKernelNode(void **out, void *in, void *const *dependencies, size_t n, const node_params *params) {
	graph *g = static_cast<graph *>(in);
	bool chain = g->nodes.empty() ? n == 0 : n == 1 && dependencies[0] == g->nodes.back();
	if (!chain) return invalid_value;
	g->nodes.push_back(new node);
	*out = g->nodes.back();
	return set(*g->nodes.back(), params);
}
API cuGraphInstantiateWithFlags(void **out, void *in, unsigned long long) {
	exec *e = new exec;
	for (node *n : static_cast<graph *>(in)->nodes) e->nodes.push_back({n, *n});
	return *out = e, success;
}
API cuGraphExecKernelNodeSetParams(void *in, void *which, const node_params *params) {
	for (auto &n : static_cast<exec *>(in)->nodes) {
		if (n.first == which) return n.second.func == params->func ? set(n.second, params) : invalid_value;
	}
	return invalid_value;
}
API cuGraphExecDestroy(void *e) { return delete static_cast<exec *>(e), success; }
API cuGraphLaunch(void *in, void *) {
	if (current->lost) return current->lost;
	for (auto &n : static_cast<exec *>(in)->nodes) {
		std::vector<void *> params;
		for (uint64_t &c : n.second.cells) params.push_back(&c);
		int error = launch(n.second.func, n.second.grid, n.second.block, n.second.shared, params.data());
		if (error) return error;
	}
	return success;
}

// ---- errors ----

API cuGetErrorName(int error, const char **name) {
	static const std::map<int, const char *> names = {
		{success, "CUDA_SUCCESS"}, {invalid_value, "CUDA_ERROR_INVALID_VALUE"}, {out_of_memory, "CUDA_ERROR_OUT_OF_MEMORY"},
		{not_initialized, "CUDA_ERROR_NOT_INITIALIZED"}, {100, "CUDA_ERROR_NO_DEVICE"}, {invalid_device, "CUDA_ERROR_INVALID_DEVICE"},
		{illegal_address, "CUDA_ERROR_ILLEGAL_ADDRESS"}, {not_found, "CUDA_ERROR_NOT_FOUND"}, {invalid_ptx, "CUDA_ERROR_INVALID_PTX"}};
	auto n = names.find(error);
	*name = n == names.end() ? nullptr : n->second;
	return *name ? success : invalid_value;
}
