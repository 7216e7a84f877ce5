// What the race detector says.
#pragma once

#include "cuda_sim.h"

#include <string>

namespace sim::race {

struct launch_name {
	const char *kernel;
	dim3 grid, block;
};

// access is one thread's, in a launch.
struct access {
	const launch_name *launch;
	uint64_t block;
	unsigned thread;
	uint32_t place;
};

// code is a return address as an offset in this library, which place holds.
uint32_t code(const void *address);

// know and forget keep the list of allocations, by their offsets, and outside says where an offset
// lies that is in none of them.
void know(size_t at, size_t size);
void forget(size_t at);
std::string outside(size_t at);

// fault says once for each pair of places that an access does something to memory about which there
// is a problem: alone, or because of what another one did.
void fault(const access &a, const char *does, bool shared, const std::string &problem, const char *end, const access *other);

// host_fault is the same for a read of the host.
void host_fault(size_t at);

} // namespace sim::race
