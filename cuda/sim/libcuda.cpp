// A stand-in for libcuda.so.1 over the simulator: the part of the CUDA driver API that
// symvi uses. Like a GPU it puts off what a stream is given, here until the host waits for
// it or the queue is full, so that memory which is reused or freed too early is noticed.
// Environment variables, read when they matter, make it a machine to test against:
//
//	SYMVI_SIM_DEVICES=n        number of GPUs (1)
//	SYMVI_SIM_DRIVER=11080     the CUDA version that the driver supports
//	SYMVI_SIM_CAPABILITY=80    the GPUs' compute capability
//	SYMVI_SIM_OLD=n            GPU n has compute capability 7.0
//	SYMVI_SIM_BUSY=n           GPU n takes no context
//	SYMVI_SIM_INIT=code        cuInit returns this error
//	SYMVI_SIM_MEMORY=bytes     memory of a GPU (16 GiB)
//	SYMVI_SIM_REFUSE=1         every module is refused
//	SYMVI_SIM_NO_CUBIN=1       every cubin is refused
//	SYMVI_SIM_LOSE=kernel:n    the nth run of this kernel (the first without :n) breaks the context
//	SYMVI_SIM_IDLE=1           kernels do nothing: what remains is the host's work
//
// A module is PTX text or a cubin. The simulator does not run it, but runs the C++ that came
// from the same source, and refuses a kernel whose parameters differ between the two.

#include <memory> // before sim.h, whose __noinline__ its attributes do not stand

#include "image.h"
#include "race.h"
#include "sim.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <elf.h>
#include <functional>
#include <map>
#include <mutex>
#include <stdio.h>
#include <stdlib.h>
#include <string>
#include <vector>

#define API extern "C" __attribute__((visibility("default"))) int

namespace {

enum { success = 0, invalid_value = 1, out_of_memory = 2, not_initialized = 3, unavailable = 46, invalid_device = 101, invalid_image = 200, invalid_context = 201, no_binary = 209,
	   invalid_ptx = 218, unsupported_ptx = 222, not_found = 500, illegal_address = 700, launch_failed = 719 };

long option(const char *name, long otherwise) {
	const char *text = getenv(name);
	return text && *text ? strtol(text, nullptr, 10) : otherwise;
}

struct module {
	std::map<std::string, sim::declaration> kernels;
};

struct function {
	const sim::kernel *kernel;
	int own;         // shared memory of the kernel's variables
	int max_dynamic; // may come to it, 48 KiB together unless more is asked for
};

struct context {
	int lost = success; // the error that all calls return since a kernel broke the context
	long runs = 0;      // of the kernel that will break it
	std::map<char *, size_t> memory;
	std::deque<std::function<void()>> queue; // what the stream has been given
};

thread_local context *current;
std::atomic<size_t> allocated; // by all contexts

// running guards the fibers and the race detector, which only one thread can run at a time.
std::mutex running;
using guard = std::lock_guard<std::mutex>;

// most_queued is how much a stream takes before the host must wait for it.
const size_t most_queued = 100;

// drain does what the stream has been given, until a kernel breaks the context.
void drain() {
	context *c = current;
	for (; !c->queue.empty() && !c->lost; c->queue.pop_front()) {
		guard lock(running);
		c->queue.front()();
	}
	c->queue.clear();
}

int put(std::function<void()> f) {
	current->queue.push_back(std::move(f));
	if (current->queue.size() >= most_queued) drain();
	return success;
}

// most_shared is what a block can have: the least of compute capability 8.0 and later.
const int most_shared = 99 << 10;

// inside reports whether [p, p+n) is in one allocation.
bool inside(uint64_t p, size_t n) {
	auto after = current->memory.upper_bound(reinterpret_cast<char *>(p));
	if (after == current->memory.begin()) return n == 0;
	auto m = std::prev(after);
	return reinterpret_cast<char *>(p) + n <= m->first + m->second;
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
	std::vector<node *> after;
};

struct graph {
	std::vector<node *> nodes;
};

// exec has copies of a graph's nodes in the order of running. Launches share them, until one is
// changed.
struct exec {
	std::vector<node *> originals;
	std::shared_ptr<const sim::race::order> order;
	std::shared_ptr<std::vector<node>> copies = std::make_shared<std::vector<node>>();
};

struct event {
	bool passed = true;
};

// order is one in which a graph's nodes can run: of those that can, the one added last, so that
// a node which does not wait for what it needs runs too early.
std::vector<node *> order(const graph &g) {
	std::vector<node *> done;
	auto is_done = [&](node *n) { return std::find(done.begin(), done.end(), n) != done.end(); };
	while (done.size() < g.nodes.size()) {
		done.push_back(*std::find_if(g.nodes.rbegin(), g.nodes.rend(), [&](node *n) {
			return !is_done(n) && std::all_of(n->after.begin(), n->after.end(), is_done);
		}));
	}
	return done;
}

// before lists for each of the nodes those that its edges make it wait for, directly or not.
sim::race::order before(const std::vector<node *> &nodes) {
	std::map<node *, size_t> number;
	sim::race::order all;
	for (size_t i = 0; i < nodes.size(); i++) {
		number[nodes[i]] = i;
		std::vector<bool> ended(i);
		for (node *n : nodes[i]->after) {
			size_t j = number[n];
			for (size_t k = 0; k < j; k++) ended[k] = ended[k] || all[j][k];
			ended[j] = true;
		}
		all.push_back(ended);
	}
	return all;
}

// breaks reports whether this run of a kernel is the one that breaks the context.
bool breaks(const sim::kernel *k) {
	const char *broken = getenv("SYMVI_SIM_LOSE");
	size_t n = strlen(k->name);
	if (!broken || strncmp(broken, k->name, n) || (broken[n] && broken[n] != ':')) return false;
	return ++current->runs == (broken[n] ? strtol(broken + n + 1, nullptr, 10) : 1);
}

// run runs a node of a group of launches, of which it is number i.
void run(const node &n, size_t i) {
	if (breaks(n.func->kernel)) {
		current->lost = illegal_address;
		return;
	}
	static bool idle = option("SYMVI_SIM_IDLE", 0) != 0;
	if (idle) return;
	std::vector<void *> params;
	for (const uint64_t &c : n.cells) params.push_back(const_cast<uint64_t *>(&c));
	size_t faults = sim::race::faults;
	sim::race::begin_launch(i, *n.func->kernel, n.grid, n.block);
	sim::run(*n.func->kernel, n.grid, n.block, n.shared, params.data());
	sim::race::end_launch();
	if (sim::race::faults > faults) current->lost = launch_failed;
}

// set describes a launch in a node; the arguments are copied now.
int set(node &n, const node_params *p) {
	n.func = p->func;
	n.grid = dim3(p->grid[0], p->grid[1], p->grid[2]);
	n.block = dim3(p->block[0], p->block[1], p->block[2]);
	n.shared = p->shared;
	n.cells.assign(n.func->kernel->parameters, 0);
	for (size_t i = 0; i < n.cells.size(); i++) memcpy(&n.cells[i], p->params[i], n.func->kernel->sizes[i]);
	size_t threads = size_t(n.block.x) * n.block.y * n.block.z;
	bool fits = n.grid.x > 0 && n.grid.y > 0 && n.grid.z > 0 && n.grid.x <= 0x7fffffff && n.grid.y <= 65535 && n.grid.z <= 65535 && threads > 0 && threads <= 1024 && n.block.z <= 64;
	return fits && n.shared <= unsigned(n.func->max_dynamic) ? success : invalid_value;
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
API cuDeviceGetAttribute(int *value, int attribute, int device) {
	long capability = device == option("SYMVI_SIM_OLD", -1) ? 70 : option("SYMVI_SIM_CAPABILITY", 80);
	enum { max_shared_per_block = 8, multiprocessors = 16, capability_major = 75, capability_minor = 76, max_shared_opt_in = 97 };
	switch (attribute) {
	case max_shared_per_block: *value = 48 << 10; break;
	case multiprocessors: *value = 4; break;
	case capability_major: *value = int(capability / 10); break;
	case capability_minor: *value = int(capability % 10); break;
	case max_shared_opt_in: *value = most_shared; break;
	default: return invalid_value;
	}
	return success;
}
API cuCtxCreate_v2(void **out, unsigned, int device) {
	if (device == option("SYMVI_SIM_BUSY", -1)) return unavailable;
	return *out = current = new context, success;
}
API cuCtxDestroy_v2(void *in) {
	context *c = static_cast<context *>(in);
	drain();
	int lost = c->lost;
	guard lock(running);
	for (auto &m : c->memory) {
		allocated -= m.second;
		sim::race::release(m.first, m.second);
	}
	return delete c, current = nullptr, lost;
}
API cuCtxSetCurrent(void *c) { return current = static_cast<context *>(c), success; }
API cuCtxSynchronize() { return drain(), current->lost; }

// ---- modules ----

API cuModuleLoadData(void **out, const void *image) {
	if (current->lost) return current->lost;
	bool cubin = memcmp(image, ELFMAG, SELFMAG) == 0;
	if (cubin && option("SYMVI_SIM_NO_CUBIN", 0)) return no_binary;
	if (option("SYMVI_SIM_REFUSE", 0)) return cubin ? no_binary : unsupported_ptx;
	module *m = new module{sim::declarations(image)};
	if (m->kernels.empty()) return delete m, invalid_image;
	return *out = m, success;
}
API cuModuleLoadDataEx(void **out, const void *image, unsigned n, const int *options, void **values) {
	enum { error_log_buffer = 5, error_log_buffer_size = 6 };
	int error = cuModuleLoadData(out, image);
	if (n == 2 && options[0] == error_log_buffer && options[1] == error_log_buffer_size && error == unsupported_ptx) {
		snprintf(static_cast<char *>(values[0]), reinterpret_cast<size_t>(values[1]), "ptxas fatal   : Unsupported .version\nptxas fatal   : compilation aborted\n");
	}
	return error;
}
API cuModuleUnload(void *m) { return delete static_cast<module *>(m), current->lost; }
API cuModuleGetFunction(void **out, void *in, const char *name) {
	thread_local std::map<std::string, function *> functions;
	module *m = static_cast<module *>(in);
	auto found = m->kernels.find(name);
	if (found == m->kernels.end()) return not_found;
	const std::vector<size_t> &sizes = found->second.parameters;
	for (const sim::kernel *k = sim::kernels; k; k = k->next) {
		if (strcmp(k->name, name)) continue;
		if (!std::equal(sizes.begin(), sizes.end(), k->sizes, k->sizes + k->parameters)) {
			fprintf(stderr, "CUDA simulator: kernel %s has other parameters in the module than in the source: run make ptx\n", name);
			return invalid_ptx;
		}
		function *&f = functions[name];
		int own = found->second.shared;
		if (!f) f = new function{k, own, (48 << 10) - own};
		return *out = f, success;
	}
	return not_found;
}
API cuFuncSetAttribute(void *f, int attribute, int value) {
	enum { max_dynamic_shared_size_bytes = 8 };
	function *k = static_cast<function *>(f);
	if (attribute != max_dynamic_shared_size_bytes || value + k->own > most_shared) return invalid_value;
	return k->max_dynamic = value, success;
}

// ---- memory ----

API cuMemAlloc_v2(uint64_t *p, size_t n) {
	if (current->lost) return current->lost;
	if (n == 0) return invalid_value;
	if (allocated + n > size_t(option("SYMVI_SIM_MEMORY", 16l << 30))) return out_of_memory;
	guard lock(running);
	char *m = static_cast<char *>(sim::race::allocate(n, 256, false)); // of n bytes exactly, so that the address sanitizer guards the next one
	if (!m) return out_of_memory;
	memset(m, 0xff, n);
	current->memory[m] = n;
	allocated += n;
	return *p = reinterpret_cast<uint64_t>(m), success;
}
API cuMemFree_v2(uint64_t p) {
	drain();
	if (current->lost) return current->lost;
	auto m = current->memory.find(reinterpret_cast<char *>(p));
	if (m == current->memory.end()) return invalid_value;
	guard lock(running);
	allocated -= m->second;
	sim::race::release(m->first, m->second);
	current->memory.erase(m);
	return success;
}
API cuMemAllocHost_v2(void **p, size_t n) { return *p = malloc(n), *p ? success : out_of_memory; }
API cuMemFreeHost(void *p) { return drain(), free(p), current->lost; }
API cuMemGetInfo_v2(size_t *free, size_t *total) {
	*total = size_t(option("SYMVI_SIM_MEMORY", 16l << 30));
	return *free = *total - allocated, success;
}
API cuMemsetD8Async(uint64_t p, unsigned char value, size_t n, void *) {
	if (current->lost) return current->lost;
	if (!inside(p, n)) return invalid_value;
	return put([=] {
		memset(reinterpret_cast<void *>(p), value, n);
		sim::race::host_writes(p, n);
	});
}
API cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t n, void *) {
	if (current->lost) return current->lost;
	if (!inside(to, n)) return invalid_value;
	return put([=] {
		memcpy(reinterpret_cast<void *>(to), from, n);
		sim::race::host_writes(to, n);
	});
}
API cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t n, void *) {
	if (current->lost) return current->lost;
	if (!inside(from, n)) return invalid_value;
	return put([=] {
		if (!sim::race::host_reads(from, n)) current->lost = launch_failed;
		memcpy(to, reinterpret_cast<void *>(from), n);
	});
}

// ---- streams and kernels ----

API cuStreamCreate(void **stream, unsigned) { return *stream = current, success; }
API cuStreamDestroy_v2(void *) { return drain(), current->lost; }
API cuStreamSynchronize(void *) { return drain(), current->lost; }
API cuLaunchKernel(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *, void **params, void **) {
	if (current->lost) return current->lost;
	node_params p = {static_cast<function *>(f), {gx, gy, gz}, {bx, by, bz}, shared, params, nullptr};
	node n;
	int error = set(n, &p);
	return error ? error : put([n] {
		sim::race::begin_group(nullptr);
		run(n, 0);
	});
}

// ---- graphs of kernels ----

API cuGraphCreate(void **g, unsigned) { return *g = new graph, success; }
API cuGraphDestroy(void *in) {
	graph *g = static_cast<graph *>(in);
	for (node *n : g->nodes) delete n;
	return delete g, success;
}
API cuGraphAddKernelNode(void **out, void *in, void *const *dependencies, size_t n, const node_params *params) {
	graph *g = static_cast<graph *>(in);
	node *added = new node;
	for (size_t i = 0; i < n; i++) {
		node *before = static_cast<node *>(dependencies[i]);
		if (std::find(g->nodes.begin(), g->nodes.end(), before) == g->nodes.end()) return delete added, invalid_value;
		added->after.push_back(before);
	}
	g->nodes.push_back(added);
	return *out = added, set(*added, params);
}
API cuGraphInstantiateWithFlags(void **out, void *in, unsigned long long) {
	exec *e = new exec;
	e->originals = order(*static_cast<graph *>(in));
	for (node *n : e->originals) e->copies->push_back(*n);
	e->order = std::make_shared<const sim::race::order>(before(e->originals));
	return *out = e, success;
}
API cuGraphExecKernelNodeSetParams(void *in, void *which, const node_params *params) {
	exec *e = static_cast<exec *>(in);
	size_t i = std::find(e->originals.begin(), e->originals.end(), which) - e->originals.begin();
	if (i == e->originals.size() || (*e->copies)[i].func != params->func) return invalid_value;
	if (e->copies.use_count() > 1) e->copies = std::make_shared<std::vector<node>>(*e->copies);
	return set((*e->copies)[i], params);
}
API cuGraphExecDestroy(void *e) { return delete static_cast<exec *>(e), success; }
API cuGraphLaunch(void *in, void *) {
	if (current->lost) return current->lost;
	exec *e = static_cast<exec *>(in);
	return put([nodes = e->copies, order = e->order] {
		sim::race::begin_group(order.get());
		for (size_t i = 0; i < nodes->size() && !current->lost; i++) run((*nodes)[i], i);
	});
}

// ---- events ----

API cuEventCreate(void **e, unsigned) { return *e = new event, success; }
API cuEventDestroy_v2(void *e) { return delete static_cast<event *>(e), success; }
API cuEventRecord(void *in, void *) {
	if (current->lost) return current->lost;
	event *e = static_cast<event *>(in);
	e->passed = false;
	return put([e] { e->passed = true; });
}
API cuEventSynchronize(void *e) {
	if (!static_cast<event *>(e)->passed) drain();
	return current->lost;
}

// ---- errors ----

API cuGetErrorName(int error, const char **name) {
	static const std::map<int, const char *> names = {
		{success, "CUDA_SUCCESS"}, {invalid_value, "CUDA_ERROR_INVALID_VALUE"}, {out_of_memory, "CUDA_ERROR_OUT_OF_MEMORY"},
		{not_initialized, "CUDA_ERROR_NOT_INITIALIZED"}, {unavailable, "CUDA_ERROR_DEVICE_UNAVAILABLE"}, {100, "CUDA_ERROR_NO_DEVICE"}, {invalid_device, "CUDA_ERROR_INVALID_DEVICE"},
		{illegal_address, "CUDA_ERROR_ILLEGAL_ADDRESS"}, {launch_failed, "CUDA_ERROR_LAUNCH_FAILED"}, {no_binary, "CUDA_ERROR_NO_BINARY_FOR_GPU"}, {not_found, "CUDA_ERROR_NOT_FOUND"}, {invalid_ptx, "CUDA_ERROR_INVALID_PTX"},
		{unsupported_ptx, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"}};
	auto n = names.find(error);
	*name = n == names.end() ? nullptr : n->second;
	return *name ? success : invalid_value;
}
API cuGetErrorString(int error, const char **text) {
	*text = error == illegal_address ? "an illegal memory access was encountered" : nullptr;
	return *text ? success : invalid_value;
}
