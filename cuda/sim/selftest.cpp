// Tests of the simulator itself: `make check`. What it should refuse runs in a child
// process, which must end with the message expected.

#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

int failures;

void expect(bool ok, const char *what) {
	if (ok) return;
	fprintf(stderr, "FAIL: %s\n", what);
	failures++;
}

// ---- kernels that are right ----

extern "C" void reverse(float *x, int n) {
	SHARED(float, tile, [256]);
	tile[threadIdx.x] = x[blockIdx.x * n + threadIdx.x];
	__syncthreads();
	x[blockIdx.x * n + threadIdx.x] = tile[n - 1 - threadIdx.x];
}

extern "C" void indices(int *out) {
	SHARED_DYNAMIC(int, row);
	unsigned t = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
	row[t] = int(t);
	__syncthreads();
	unsigned b = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
	unsigned n = blockDim.x * blockDim.y * blockDim.z;
	out[b * n + t] = int(1000 * b) + row[n - 1 - t];
}

extern "C" void shuffles(int *out) {
	int v = int(threadIdx.x);
	int sum = v;
	for (int d = 16; d; d /= 2) sum += __shfl_xor_sync(~0u, sum, d);
	int half = v; // 16 lanes at a time, the halves of a warp in different numbers of steps
	unsigned mask = threadIdx.x & 16 ? 0xffff0000u : 0x0000ffffu;
	for (int round = 0; round < (threadIdx.x & 16 ? 2 : 3); round++) half += __shfl_down_sync(mask, half, 1, 16);
	double wide = __shfl_sync(~0u, v + 0.5, 3, 8);
	unsigned odd = __ballot_sync(~0u, v & 1);
	out[4 * v] = sum, out[4 * v + 1] = half, out[4 * v + 2] = int(2 * wide), out[4 * v + 3] = int(odd);
}

extern "C" void votes(int *out) {
	for (int round = 0; round < 3; round++) out[3 * threadIdx.x + round] = __syncthreads_or(threadIdx.x == 40 && round == 1) != 0;
}

extern "C" void early_exit(int *out) {
	if (threadIdx.x >= 20) return; // lanes that have ended are not waited for
	out[threadIdx.x] = __shfl_xor_sync(~0u, int(threadIdx.x), 1);
}

// Each thread copies a pair of its own, the second half filled up, and sees what has come after each wait.
extern "C" void copies(float *out, const float *from) {
	SHARED(float, tile, [32][4]);
	float *mine = tile[threadIdx.x];
	sim::copy_async(mine, from + threadIdx.x, 8, 4);
	sim::commit_async();
	sim::copy_async(mine + 2, from, 8, 8);
	sim::commit_async();
	out += 12 * threadIdx.x;
	for (unsigned left = 3; left-- > 0; out += 4) {
		sim::wait_async(left);
		memcpy(out, mine, 16);
	}
}

// ---- kernels that are wrong ----

extern "C" void diverges(int *) {
	if (threadIdx.x < 8) __syncthreads();
}

extern "C" void different_lines(int *) {
	if (threadIdx.x < 8) {
		__syncthreads();
	} else {
		__syncthreads();
	}
}

extern "C" void different_masks(int *) {
	__shfl_sync(threadIdx.x < 8 ? ~0u : 0xffffff00u, 0, 0);
	__syncthreads();
}

extern "C" void different_functions(int *) {
	if (threadIdx.x < 8) {
		__syncwarp();
	} else {
		__shfl_sync(~0u, 0, 0);
	}
}

extern "C" void not_in_mask(int *) { __syncwarp(1u); }

extern "C" void one_lane_stays_away(int *) {
	if (threadIdx.x != 5) __syncwarp();
	__syncthreads();
}

extern "C" void no_dynamic(int *) {
	SHARED_DYNAMIC(int, x);
	x[0] = 1;
}

extern "C" void deep(int *out) {
	volatile char big[1 << 20];
	for (int i = 0; i < 1 << 20; i += 1000) big[i] = char(i);
	*out = big[1000];
}

extern "C" void unset(float *out) {
	SHARED(float, tile, [64]);
	if (threadIdx.x != 3) tile[threadIdx.x] = 1;
	__syncthreads();
	out[blockIdx.x * blockDim.x + threadIdx.x] = tile[threadIdx.x];
}

// A neighbour's element is read without a barrier: right only if the threads run downwards.
extern "C" void race(float *out) {
	SHARED(float, tile, [64]);
	tile[threadIdx.x] = 1;
	out[threadIdx.x] = threadIdx.x + 1 < blockDim.x ? tile[threadIdx.x + 1] : 1;
}

SIM_KERNEL("selftest", reverse)
SIM_KERNEL("selftest", indices)
SIM_KERNEL("selftest", shuffles)
SIM_KERNEL("selftest", votes)
SIM_KERNEL("selftest", early_exit)
SIM_KERNEL("selftest", copies)
SIM_KERNEL("selftest", diverges)
SIM_KERNEL("selftest", different_lines)
SIM_KERNEL("selftest", different_masks)
SIM_KERNEL("selftest", different_functions)
SIM_KERNEL("selftest", not_in_mask)
SIM_KERNEL("selftest", one_lane_stays_away)
SIM_KERNEL("selftest", no_dynamic)
SIM_KERNEL("selftest", deep)
SIM_KERNEL("selftest", unset)
SIM_KERNEL("selftest", race)

void launch(const sim::kernel &k, dim3 grid, dim3 block, size_t dynamic, uint64_t a, uint64_t b = 0) {
	void *parameters[] = {&a, &b};
	sim::run(k, grid, block, dynamic, parameters);
}

uint64_t address(const void *p) { return reinterpret_cast<uint64_t>(p); }

// dies reports whether a launch ends the process with a message.
bool dies(const sim::kernel &k, const char *message) {
	int out[2];
	if (pipe(out)) return false;
	pid_t child = fork();
	if (child == 0) {
		dup2(out[1], 2);
		int x[64];
		launch(k, 1, 32, 0, address(x));
		_exit(0);
	}
	close(out[1]);
	std::string text;
	char buffer[4096];
	for (ssize_t n; (n = read(out[0], buffer, sizeof buffer)) > 0;) text.append(buffer, size_t(n));
	close(out[0]);
	int status;
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && text.find(message) != std::string::npos;
}

} // namespace

int main() {
	std::vector<float> x(3 * 256);
	for (size_t i = 0; i < x.size(); i++) x[i] = float(i);
	launch(reverse_kernel, 3, 256, 0, address(x.data()), 256);
	bool reversed = true;
	for (int b = 0; b < 3; b++) {
		for (int t = 0; t < 256; t++) reversed &= x[b * 256 + t] == float(b * 256 + 255 - t);
	}
	expect(reversed, "reverse through shared memory");

	std::vector<int> out(2 * 3 * 2 * 24);
	launch(indices_kernel, dim3(2, 3, 2), dim3(4, 3, 2), 24 * sizeof(int), address(out.data()));
	bool numbered = true;
	for (int b = 0; b < 12; b++) {
		for (int t = 0; t < 24; t++) numbered &= out[b * 24 + t] == 1000 * b + 23 - t;
	}
	expect(numbered, "indices of threads and blocks, dynamic shared memory");

	std::vector<int> s(4 * 64);
	launch(shuffles_kernel, 1, 64, 0, address(s.data()));
	bool shuffled = true;
	for (int v = 0; v < 64; v++) {
		std::vector<int> half(16);
		for (int i = 0; i < 16; i++) half[i] = (v & ~15) + i;
		for (int round = 0; round < (v & 16 ? 2 : 3); round++) {
			for (int i = 0; i < 16; i++) half[i] += i < 15 ? half[i + 1] : half[i];
		}
		shuffled &= s[4 * v] == (v < 32 ? 496 : 1520);
		shuffled &= s[4 * v + 1] == half[v & 15];
		shuffled &= s[4 * v + 2] == 2 * ((v & ~7) + 3) + 1;
		shuffled &= unsigned(s[4 * v + 3]) == 0xaaaaaaaau;
	}
	expect(shuffled, "warp functions");

	std::vector<int> v(3 * 64);
	launch(votes_kernel, 1, 64, 0, address(v.data()));
	bool counted = true;
	for (size_t i = 0; i < v.size(); i++) counted &= v[i] == (i % 3 == 1);
	expect(counted, "all threads know a vote, of one barrier");

	std::vector<int> e(32, -1);
	launch(early_exit_kernel, 1, 32, 0, address(e.data()));
	expect(e[18] == 19 && e[19] == 18 && e[20] == -1, "lanes that have ended");

	std::vector<float> from(32), c(32 * 12);
	for (size_t i = 0; i < from.size(); i++) from[i] = float(i + 1);
	launch(copies_kernel, 1, 32, 0, address(c.data()), address(from.data()));
	bool copied = true;
	for (int t = 0; t < 32; t++) {
		const float *early = &c[12 * t], *half = early + 4, *all = half + 4;
		for (int i = 0; i < 4; i++) copied &= early[i] != early[i] && (i < 2 || half[i] != half[i]);
		copied &= half[0] == from[t] && half[1] == 0 && all[0] == from[t] && all[2] == from[0] && all[3] == from[1];
	}
	expect(copied, "copies come when they are waited for");

	std::vector<float> u(128);
	launch(unset_kernel, 2, 64, 0, address(u.data()));
	expect(u[3] != u[3] && u[64 + 3] != u[64 + 3] && u[4] == 1, "shared memory is NaN at the start of every block");

	std::vector<float> r(64);
	launch(race_kernel, 1, 64, 0, address(r.data()));
	int raced = 0; // all in the usual order, about half in a random one
	for (float v : r) raced += v != v;
	expect(raced > 0, "a race shows");

	expect(dies(diverges_kernel, "diverges, block (0,0,0)"), "a divergent barrier");
	expect(dies(different_lines_kernel, "different lines"), "barriers in different lines");
	expect(dies(different_masks_kernel, "deadlock"), "different masks");
	expect(dies(different_functions_kernel, "different warp functions"), "different warp functions");
	expect(dies(not_in_mask_kernel, "a mask that lacks it"), "a lane outside its mask");
	expect(dies(one_lane_stays_away_kernel, "deadlock"), "a lane that stays away");
	expect(dies(no_dynamic_kernel, "dynamic shared memory was not asked for"), "dynamic shared memory that was not asked for");
	expect(dies(deep_kernel, ""), "a stack that runs over");
	printf("simulator: %d failures\n", failures);
	return failures != 0;
}
