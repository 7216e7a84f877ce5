// What fiber.cpp and libcuda.cpp tell the race detector (race.cpp). In a build without it, all of
// this is nothing.
#pragma once

#include "cuda_sim.h"

#include <stdlib.h>
#include <vector>

namespace sim::race {

// order says for each node of a graph, in the order of running, which of those before it have
// ended when it begins.
using order = std::vector<std::vector<bool>>;

// A copy that a thread does not wait for.
struct copy {
	void *to;
	const void *from;
	int bytes, valid;
	unsigned group;    // how many groups of the thread were complete before
	const void *place; // the return address of the call
};

#ifdef SYMVI_RACE

// Memory of the device or of blocks, aligned to no more than align.
void *allocate(size_t size, size_t align, bool shared);
void release(void *memory, size_t size);

// The host writes or reads memory of the device, in the order of the stream. What it reads must have
// been written.
void host_writes(uint64_t p, size_t size);
bool host_reads(uint64_t p, size_t size);

// A launch of a graph's nodes, or of one kernel (null), then each of them, by its number, and its end.
void begin_group(const order *nodes);
void begin_launch(size_t node, const kernel &k, dim3 grid, dim3 block);
void end_launch();

// A block; which of its threads runs; that all have met in a barrier, some lanes of a warp in a
// warp function.
void begin_block();
void enter(unsigned thread);
void barrier();
void warp(unsigned first, unsigned lanes, warp_function f);

// A copy of the running thread begins; it is there when the thread has waited for it; it never
// is, as the block has ended.
void begin_copy(const copy &c);
void end_copy(const copy &c);
void drop_copy(const copy &c);

// faults counts what was found so far, also what was said before. report gets every message,
// and writes it to stderr unless a test takes its place.
extern size_t faults;
extern void (*report)(const char *text);

#else

inline void *allocate(size_t size, size_t align, bool) {
	void *p = nullptr;
	return posix_memalign(&p, align < sizeof p ? sizeof p : align, size) ? nullptr : p;
}
inline void release(void *memory, size_t) { free(memory); }
inline void host_writes(uint64_t, size_t) {}
inline bool host_reads(uint64_t, size_t) { return true; }
inline void begin_group(const order *) {}
inline void begin_launch(size_t, const kernel &, dim3, dim3) {}
inline void end_launch() {}
inline void begin_block() {}
inline void enter(unsigned) {}
inline void barrier() {}
inline void warp(unsigned, unsigned, warp_function) {}
inline void begin_copy(const copy &) {}
inline void end_copy(const copy &) {}
inline void drop_copy(const copy &) {}
const size_t faults = 0;

#endif

} // namespace sim::race
