//go:build cuda && linux

// The driver library is loaded when the program starts, not linked to it, so that one
// program starts with no driver, with a driver and no GPU, and with both.
//
// For every function of symbols.h this file defines a trampoline of that name which
// jumps to where the library has it. They are hidden, so the library's own calls never
// come here. The constructor below runs before any Go code, gorgonia.org/cu's init
// among it, which would end the program if cuInit failed: cuInit therefore only says that
// it succeeded. symvi_cuda_status starts the driver, which can take seconds, when somebody
// wants a GPU, and says what happened; before that and without a usable driver there are
// 0 devices.

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "driver.h"

// missing stands for a function that the library lacks: CUDA_ERROR_NOT_FOUND.
static int missing(void) { return 500; }

#define X(name) __attribute__((visibility("hidden"))) void *symvi_slot_##name = (void *)missing;
#include "symbols.h"
#undef X

#if defined(__x86_64__)
#define JUMP(name) "\tjmp *symvi_slot_" #name "(%rip)\n"
#elif defined(__aarch64__)
#define JUMP(name) "\tadrp x16, symvi_slot_" #name "\n\tldr x16, [x16, :lo12:symvi_slot_" #name "]\n\tbr x16\n"
#else
#error "the CUDA device needs amd64 or arm64"
#endif

#define X(name) __asm__(".text\n.globl " #name "\n.hidden " #name "\n.type " #name ", %function\n" #name ":\n" JUMP(name));
#include "symbols.h"
#undef X

static const struct {
	const char *name;
	void **slot;
} functions[] = {
#define X(name) {#name, &symvi_slot_##name},
#include "symbols.h"
#undef X
};

static char loaded[512], problem[512];
static int (*real_init)(unsigned), (*real_count)(int *);
static int init_result = 3; // CUDA_ERROR_NOT_INITIALIZED

__attribute__((constructor)) static void load(void) {
	const char *path = getenv("SYMVI_LIBCUDA");
	if (!path || !*path) path = "libcuda.so.1";
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		snprintf(problem, sizeof problem, "%s", dlerror());
		return;
	}
	real_init = (int (*)(unsigned))dlsym(library, "cuInit");
	real_count = (int (*)(int *))dlsym(library, "cuDeviceGetCount");
	if (!real_init || !real_count) {
		snprintf(problem, sizeof problem, "%s: not a CUDA driver library", path);
		return;
	}
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		void *f = dlsym(library, functions[i].name);
		if (f) *functions[i].slot = f;
	}
	snprintf(loaded, sizeof loaded, "%s", path);
}

static void start(void) {
	if (loaded[0]) init_result = real_init(0);
}

__attribute__((visibility("hidden"))) int cuInit(unsigned flags) {
	(void)flags;
	return 0;
}

__attribute__((visibility("hidden"))) int cuDeviceGetCount(int *count) {
	*count = 0;
	return init_result == 0 ? real_count(count) : 0;
}

struct symvi_status symvi_cuda_status(void) {
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, start);
	struct symvi_status s = {loaded, problem, init_result};
	return s;
}
