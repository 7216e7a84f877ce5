// What a module's image, PTX text or a cubin, says about its kernels.
#pragma once

#include <map>
#include <stddef.h>
#include <string>
#include <vector>

namespace sim {

struct declaration {
	std::vector<size_t> parameters; // bytes of each
	int shared = 0;                 // bytes of the kernel's own variables
};

// declarations reads an image; empty if it is neither.
std::map<std::string, declaration> declarations(const void *image);

} // namespace sim
