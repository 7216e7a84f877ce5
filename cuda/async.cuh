// Copies from memory to shared memory that a thread does not wait for (PTX ISA, "cp.async").
//
//	copyAsync<bytes>(to, from)          queues a copy of 4 or 16 bytes
//	copyAsync<bytes>(to, from, valid)   queues a copy of valid bytes of them, the rest zeros
//	commitAsync()                       ends a group of the thread's copies
//	waitAsync<n>()                      waits until all but the thread's last n groups are there
//
// The simulator copies when the thread waits; until then there is NaN.
#pragma once
#include "common.cuh"

#ifdef __CUDACC__

template <int bytes>
DEVICE void copyAsync(float *to, const float *from) {
	unsigned address = (unsigned)__cvta_generic_to_shared(to);
	if (bytes == 16) {
		asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(address), "l"(from) : "memory");
	} else {
		asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"(address), "l"(from) : "memory");
	}
}

template <int bytes>
DEVICE void copyAsync(float *to, const float *from, int valid) {
	unsigned address = (unsigned)__cvta_generic_to_shared(to);
	if (bytes == 16) {
		asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(from), "r"(valid) : "memory");
	} else {
		asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(address), "l"(from), "r"(valid) : "memory");
	}
}

DEVICE void commitAsync() { asm volatile("cp.async.commit_group;" ::: "memory"); }

template <int n>
DEVICE void waitAsync() {
	asm volatile("cp.async.wait_group %0;" ::"n"(n) : "memory");
}

#else

template <int bytes>
DEVICE void copyAsync(float *to, const float *from, int valid = bytes) {
	sim::copy_async(to, from, bytes, valid);
}

DEVICE void commitAsync() { sim::commit_async(); }

template <int n>
DEVICE void waitAsync() {
	sim::wait_async(n);
}

#endif
