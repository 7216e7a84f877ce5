// What fiber.cpp offers to libcuda.cpp.
#pragma once

#include "cuda_sim.h"

namespace sim {

// run executes a grid of blocks; it returns when all are done.
void run(const kernel &k, dim3 grid, dim3 block, size_t dynamic, void *const *parameters);

} // namespace sim
