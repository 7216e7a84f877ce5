// Shared memory, declared alike for nvcc and for the simulator (cuda/sim).
//
//	SHARED(float, tile, [16][17]);     __shared__ float tile[16][17];
//	SHARED(int, count, );              __shared__ int count;
//	SHARED_DYNAMIC(double, table);     double *table = the launch's dynamic shared memory, 16-byte aligned
//
// The simulator gives every declaration its own memory of exactly that size, filled
// with NaN (all bits set) at the start of every block; under the address sanitizer an
// index past the end of an array ends the program.
#pragma once

#ifndef SYMVI_SIM
#define SHARED(type, name, ...) __shared__ type name __VA_ARGS__
#define SHARED_DYNAMIC(type, name)                      \
	extern __shared__ __align__(16) unsigned char symvi_dynamic_shared[]; \
	type *name = reinterpret_cast<type *>(symvi_dynamic_shared)
#endif
