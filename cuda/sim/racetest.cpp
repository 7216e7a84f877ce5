// Tests of the race detector: `make check`. For each kind of fault there is a kernel that has it where
// `right` is 0, which must be said, and has not where it is 1, which must not.

#include "sim.h"

#include "race.h"

#include <stdio.h>
#include <string>
#include <vector>

namespace {

// ---- in a block ----

constexpr int write_line = __LINE__ + 4, read_line = __LINE__ + 7;

extern "C" void read_after_write(float *x, int right) {
	SHARED(float, tile, [64]);
	tile[threadIdx.x] = x[threadIdx.x];
	__syncwarp();
	if (right) __syncthreads();
	x[threadIdx.x] = tile[63 - threadIdx.x];
}

extern "C" void vote_is_a_barrier(float *x, int right) {
	SHARED(float, tile, [64]);
	tile[threadIdx.x] = 1;
	if (!right || __syncthreads_or(threadIdx.x == 40)) x[threadIdx.x] = tile[63 - threadIdx.x];
}

extern "C" void write_after_read(float *x, int right) {
	SHARED(float, tile, [64]);
	for (int round = 0; round < 2; round++) {
		tile[threadIdx.x] = x[threadIdx.x] + round;
		__syncthreads();
		x[threadIdx.x] = tile[63 - threadIdx.x];
		if (right) __syncthreads();
	}
}

extern "C" void write_after_write(float *x, int right) {
	SHARED(float, tile, [1]);
	if (!right || threadIdx.x == 0) tile[0] = 1;
	__syncthreads();
	x[threadIdx.x] = tile[0];
}

// Of many reads it is not the last that a write does not come after.
extern "C" void write_after_one_of_two_reads(float *x, int right) {
	SHARED(float, tile, [1]);
	if (threadIdx.x == 0) tile[0] = 1;
	__syncthreads();
	if (threadIdx.x == 3 || threadIdx.x == 40) x[threadIdx.x] = tile[0];
	if (right) __syncthreads();
	if (threadIdx.x == 40) tile[0] = 2;
}

extern "C" void bytes(unsigned char *x, int right) { // two in one word
	SHARED(float, tile, [64]);
	tile[threadIdx.x] = x[threadIdx.x % 4];
	if (right) __syncthreads();
	reinterpret_cast<float *>(x)[1 + threadIdx.x] = tile[threadIdx.x ^ 1];
}

// ---- in a warp ----

extern "C" void warp_reads(float *x, int right) {
	SHARED(float, tile, [64]);
	tile[threadIdx.x] = 1;
	if (right) __syncwarp();
	x[threadIdx.x] = tile[threadIdx.x ^ 1];
}

extern "C" void other_warp(float *x, int right) {
	SHARED(float, tile, [64]);
	tile[threadIdx.x] = 1;
	__syncwarp();
	x[threadIdx.x] = tile[threadIdx.x ^ (right ? 31 : 32)];
}

extern "C" void shuffle_orders_nothing(float *x, int right) {
	SHARED(float, tile, [64]);
	tile[threadIdx.x] = __shfl_xor_sync(~0u, float(threadIdx.x), 1);
	__shfl_sync(~0u, 0, 0);
	if (right) __syncwarp();
	x[threadIdx.x] = tile[threadIdx.x ^ 1];
}

extern "C" void halves(float *x, int right) {
	SHARED(float, tile, [64]);
	tile[threadIdx.x] = 1;
	__syncwarp(threadIdx.x & 16 ? 0xffff0000u : 0xffffu);
	x[threadIdx.x] = tile[threadIdx.x ^ (right ? 8 : 16)];
}

// Lane 0 comes before lane 1 and that before lane 2.
extern "C" void chain(float *x, int right) {
	SHARED(float, tile, [64]);
	if (threadIdx.x == 0) tile[0] = 1;
	if (threadIdx.x < 2) __syncwarp(3);
	if (threadIdx.x == 1 || threadIdx.x == 2) __syncwarp(6);
	if (threadIdx.x == (right ? 2 : 3)) x[0] = tile[0];
}

// A read at an earlier time of the warp than the last one.
extern "C" void early_read(float *x, int right) {
	SHARED(float, tile, [1]);
	if (threadIdx.x == 0) tile[0] = 1;
	__syncwarp();
	if (threadIdx.x == 5) x[5] = tile[0];
	if (right) __syncwarp();
	if (threadIdx.x == 1 || threadIdx.x == 2) {
		__syncwarp(6);
		x[threadIdx.x] = tile[0];
		__syncwarp(6);
	}
	if (threadIdx.x == 1) tile[0] = 2;
}

// ---- between blocks and launches ----

extern "C" void blocks_write(float *x, int right) { x[right ? blockIdx.x : 0] = 1; }
extern "C" void block_reads(float *x, int right) {
	x[1 + blockIdx.x] = 1;
	x[8 + blockIdx.x] = x[right ? 1 + blockIdx.x : 1];
}
extern "C" void block_overwrites(float *x, int right) {
	x[8 + blockIdx.x] = x[0];
	if (blockIdx.x == 2) x[right ? 1 : 0] = 3;
}

extern "C" void put(float *x, int at) { x[at] = 1; }
extern "C" void take(float *x, int at) { x[32 + 8 * at + blockIdx.x] = x[0]; }

// ---- copies ----

extern "C" void wait_for_copy(float *x, int right) {
	SHARED(__align__(16) float, tile, [2][64]);
	sim::copy_async(&tile[0][threadIdx.x], x + threadIdx.x, 4, 4);
	sim::commit_async();
	sim::copy_async(&tile[1][threadIdx.x], x + threadIdx.x, 4, 4);
	sim::commit_async();
	sim::wait_async(right ? 0 : 1);
	x[64 + threadIdx.x] = tile[0][threadIdx.x] + tile[1][threadIdx.x];
}

extern "C" void barrier_after_copy(float *x, int right) {
	SHARED(__align__(16) float, tile, [64]);
	sim::copy_async(&tile[threadIdx.x], x + threadIdx.x, 4, 4);
	sim::commit_async();
	if (!right) __syncthreads(); // too early
	sim::wait_async(0);
	if (right) __syncthreads();
	x[64 + threadIdx.x] = tile[63 - threadIdx.x];
}

// Two stages, each filled again while others may read it.
extern "C" void pipeline(float *x, int right) {
	SHARED(__align__(16) float, tile, [2][64]);
	for (int i = 0; i < 2; i++) {
		sim::copy_async(&tile[i][threadIdx.x], x + threadIdx.x, 4, 4);
		sim::commit_async();
	}
	float sum = 0;
	for (int i = 0; i < 6; i++) {
		sim::wait_async(1);
		__syncthreads();
		sum += tile[i % 2][63 - threadIdx.x];
		if (right) __syncthreads();
		sim::copy_async(&tile[i % 2][threadIdx.x], x + threadIdx.x, 4, 4);
		sim::commit_async();
	}
	x[64 + threadIdx.x] = sum;
}

extern "C" void two_copies(float *x, int right) {
	SHARED(__align__(16) float, tile, [64]);
	sim::copy_async(&tile[threadIdx.x], x + threadIdx.x, 4, 4);
	sim::commit_async();
	if (right) sim::wait_async(0);
	sim::copy_async(&tile[threadIdx.x], x + threadIdx.x, 4, 4);
	sim::commit_async();
}

extern "C" void write_source(float *x, int right) {
	SHARED(__align__(16) float, tile, [64]);
	sim::copy_async(&tile[threadIdx.x], x + threadIdx.x, 4, 4);
	sim::commit_async();
	if (right) sim::wait_async(0);
	x[threadIdx.x] = 2;
}

// Another thread writes the source after a barrier that the copy need not have come to.
extern "C" void write_source_later(float *x, int right) {
	SHARED(__align__(16) float, tile, [64]);
	sim::copy_async(&tile[threadIdx.x], x + threadIdx.x, 4, 4);
	sim::commit_async();
	if (right) sim::wait_async(0);
	__syncthreads();
	x[63 - threadIdx.x] = 2;
	__syncthreads();
	sim::wait_async(0);
}

extern "C" void unaligned_copy(float *x, int right) {
	SHARED(__align__(16) float, tile, [64]);
	if (threadIdx.x == 0) sim::copy_async(&tile[0], x + (right ? 4 : 2), 16, 16);
}

// ---- memory ----

extern "C" void unset(float *x, int right) { x[0] = x[right ? 1 : 200]; }

extern "C" void unset_shared(float *x, int right) {
	SHARED(float, tile, [64]);
	if (right || blockIdx.x == 0) tile[threadIdx.x] = 1; // what a block before wrote does not count
	x[64 * blockIdx.x + threadIdx.x] = tile[threadIdx.x];
}

extern "C" void beyond(float *x, int right) { x[right ? 255 : 256] = 1; }
extern "C" void before(float *x, int right) { x[right ? 0 : -1] = 1; }
extern "C" void part_of_a_word(unsigned char *x, int right) { x[0] = x[right ? 1022 : 1023]; }
extern "C" void vector(float *x, int right) { *reinterpret_cast<float2 *>(x + (right ? 4 : 3)) = make_float2(0, 1); }

extern "C" void shared_vector(float *x, int right) {
	SHARED(float, loose, [64]);
	SHARED(__align__(8) float, tight, [64]);
	float *tile = right ? tight : loose;
	*reinterpret_cast<float2 *>(tile) = make_float2(0, 1);
	x[0] = tile[1];
}

extern "C" void beyond_shared(float *x, int right) {
	SHARED(float, tile, [64]);
	tile[threadIdx.x] = 1;
	x[threadIdx.x] = tile[threadIdx.x + (right ? 0 : 1)];
}

extern "C" void beyond_dynamic(float *x, int right) {
	SHARED_DYNAMIC(float, tile);
	tile[threadIdx.x] = 1;
	if (threadIdx.x == 63 && !right) tile[64] = x[0];
}

float variable_of_the_host;
float *heap = new float(1);
extern "C" void elsewhere(float *x, float *from) { x[0] = *from; }

// ---- their course ----

std::string said; // since the last look
int failures;

void expect(bool ok, const char *kernel, const char *what) {
	if (ok) return;
	fprintf(stderr, "FAIL: %s: %s; said: %s\n", kernel, what, said.c_str());
	failures++;
}

template <auto F>
sim::kernel of(const char *name) {
	return {"racetest", name, sim::entry<F>::parameters, sim::entry<F>::sizes, sim::entry<F>::call, nullptr};
}

void launch(size_t node, const sim::kernel &k, dim3 grid, unsigned threads, const void *x, uint64_t argument) {
	void *parameters[] = {&x, &argument};
	sim::race::begin_launch(node, k, grid, threads);
	sim::run(k, grid, threads, 256, parameters);
	sim::race::end_launch();
}

// alone runs a kernel of one thread.
void alone(const sim::kernel &k, const void *x, uint64_t argument) {
	sim::race::begin_group(nullptr);
	launch(0, k, 1, 1, x, argument);
}

// memory is 1 KiB less some bytes, of which the host has written the first half.
char *memory(int less = 0) {
	char *x = static_cast<char *>(sim::race::allocate(1024 - less, 256, false));
	sim::race::host_writes(reinterpret_cast<uint64_t>(x), 512);
	return x;
}

// says reports whether a message has all the words, and forgets it.
bool says(std::vector<const char *> words) {
	bool all = !said.empty();
	for (const char *w : words) all &= said.find(w) != std::string::npos;
	if (all) said.clear();
	return all;
}

// twins runs a kernel that is right and one that is not.
void twins(const sim::kernel &k, unsigned grid, unsigned threads, std::vector<const char *> words) {
	for (int right : {1, 0}) {
		char *x = memory();
		said.clear();
		size_t before = sim::race::faults;
		sim::race::begin_group(nullptr);
		launch(0, k, grid, threads, x, uint64_t(right));
		if (right) expect(said.empty() && sim::race::faults == before, k.name, "the right one should not be blamed");
		else expect(sim::race::faults > before && says(words), k.name, words[0]);
		sim::race::release(x, 1024);
	}
}

#define TWINS(kernel, ...) twins(of<&kernel>(#kernel), __VA_ARGS__)

struct step {
	sim::kernel k;
	uint64_t argument;
	unsigned grid = 1;
};

// graph runs nodes as one, with paths between some.
void graph(std::vector<step> steps, const sim::race::order *order) {
	char *x = memory();
	said.clear();
	sim::race::begin_group(order);
	for (size_t i = 0; i < steps.size(); i++) launch(i, steps[i].k, steps[i].grid, 1, x, steps[i].argument);
	sim::race::release(x, 1024);
}

// stream runs launches one after the other.
void stream(std::vector<step> steps) {
	char *x = memory();
	said.clear();
	for (const step &s : steps) {
		sim::race::begin_group(nullptr);
		launch(0, s.k, s.grid, 1, x, s.argument);
	}
	sim::race::release(x, 1024);
}

void test_graphs() {
	step write = {of<&put>("put"), 0}, read = {of<&take>("take"), 0, 3}, again = {of<&take>("take"), 1, 3};
	stream({write, read, again, write, write});
	expect(said.empty(), "put, take", "launches of a stream are in order");

	sim::race::order path = {{}, {true}, {true, true}, {true, true, true}};
	graph({write, read, again, write}, &path);
	expect(said.empty(), "put, take", "a graph's nodes in a row are in order");

	sim::race::order fork = {{}, {true}, {true, false}, {true, true, true}};
	graph({write, read, again, write}, &fork);
	expect(said.empty(), "put, take", "two readers need no order");

	sim::race::order loose = {{}, {false}};
	graph({write, read}, &loose);
	expect(says({"kernel take", "reads memory written by", "of kernel put", "in another node of the graph"}), "take", "a node reads what another one writes");
	graph({read, write}, &loose);
	expect(says({"kernel put", "writes memory read by", "of kernel take", "in another node of the graph"}), "put", "a node writes what another one reads");
	step write_too = {of<&blocks_write>("blocks_write"), 0};
	graph({write, write_too}, &loose);
	expect(says({"writes memory written by", "of kernel put", "in another node of the graph"}), "blocks_write", "two nodes write");

	// The write comes after one of the readers only.
	sim::race::order one = {{}, {true}, {true, false}, {true, false, true}}, other = {{}, {true}, {true, false}, {true, true, false}};
	step overwrite = {of<&block_overwrites>("block_overwrites"), 0, 3};
	graph({write, read, again, write_too}, &one);
	expect(says({"kernel blocks_write", "writes memory read by", "of kernel take"}), "blocks_write", "a write after the second of two readers");
	graph({write, read, again, overwrite}, &other);
	expect(says({"kernel block_overwrites", "writes memory read by", "of kernel take", "in another node of the graph"}), "block_overwrites", "a write after the first of two readers");
}

void test_memory() {
	char *x = memory(1);
	uint64_t p = reinterpret_cast<uint64_t>(x);
	said.clear();
	sim::race::host_writes(p, 1023);
	alone(of<&part_of_a_word>("part_of_a_word"), x, 1);
	expect(said.empty(), "part_of_a_word", "the last byte");
	alone(of<&part_of_a_word>("part_of_a_word"), x, 0);
	expect(says({"in no allocation: byte 1023 of one of 1023"}), "part_of_a_word", "a byte after the last");
	sim::race::release(x, 1023);
	alone(of<&put>("put"), x, 0);
	expect(says({"writes memory that is in no allocation"}), "put", "memory that has been freed");

	x = memory();
	p = reinterpret_cast<uint64_t>(x);
	said.clear();
	expect(sim::race::host_reads(p, 512) && said.empty(), "the host", "reads what it wrote");
	expect(!sim::race::host_reads(p, 516) && says({"the host reads byte 512 of an allocation of 1024, which nothing has written"}), "the host", "reads what nothing wrote");

	alone(of<&elsewhere>("elsewhere"), x, reinterpret_cast<uint64_t>(&variable_of_the_host));
	expect(said.empty(), "elsewhere", "the simulator's own variables");
	alone(of<&elsewhere>("elsewhere"), x, reinterpret_cast<uint64_t>(heap));
	expect(says({"reads memory that is outside all memory of the device"}), "elsewhere", "memory of the host");
	sim::race::release(x, 1024);
}

} // namespace

int main() {
	sim::race::report = [](const char *text) { said += text; };

	char first[40], second[40];
	snprintf(first, sizeof first, "\tat racetest.cpp:%d\n", read_line);
	snprintf(second, sizeof second, "\tand racetest.cpp:%d\n", write_line);
	TWINS(read_after_write, 1, 64, {"kernel read_after_write, thread (", "of block (0,0,0) reads shared memory written by thread", "with no barrier between", first, second});
	TWINS(vote_is_a_barrier, 1, 64, {"with no barrier between"});
	TWINS(write_after_read, 1, 64, {"writes shared memory read by", "with no barrier between"});
	TWINS(write_after_write, 1, 64, {"writes shared memory written by", "with no barrier between"});
	TWINS(write_after_one_of_two_reads, 1, 64, {"thread (40,0,0)", "thread (3,0,0)", "with no barrier between"});
	TWINS(bytes, 1, 64, {"reads shared memory written by"});

	TWINS(warp_reads, 1, 64, {"with no barrier between"});
	TWINS(other_warp, 1, 64, {"with no barrier between"});
	TWINS(shuffle_orders_nothing, 1, 64, {"ordered only by a shuffle or a ballot"});
	TWINS(halves, 1, 64, {"with no barrier between"});
	TWINS(chain, 1, 64, {"with no barrier between"});
	TWINS(early_read, 1, 64, {"thread (1,0,0)", "thread (5,0,0)", "with no barrier between"});

	TWINS(blocks_write, 3, 1, {"writes memory written by", "in another block"});
	TWINS(block_reads, 3, 1, {"reads memory written by", "in another block"});
	TWINS(block_overwrites, 3, 1, {"thread", "of block (2,0,0) writes memory read by", "in another block"});
	test_graphs();

	TWINS(wait_for_copy, 1, 64, {"reads shared memory to which a copy is under way"});
	TWINS(barrier_after_copy, 1, 64, {"reads shared memory", "in the same block, with no barrier between"});
	TWINS(pipeline, 1, 64, {"copies to shared memory read by", "with no barrier between"});
	TWINS(two_copies, 1, 64, {"copies to shared memory to which a copy is under way"});
	TWINS(write_source, 1, 64, {"writes memory from which a copy is under way"});
	TWINS(write_source_later, 1, 64, {"writes memory from which a copy is under way"});
	TWINS(unaligned_copy, 1, 64, {"copies from memory at an address that is not a multiple of 16"});

	TWINS(unset, 1, 1, {"reads memory that nothing has written since its allocation"});
	TWINS(unset_shared, 2, 64, {"of block (1,0,0) reads shared memory that the block has not written"});
	TWINS(beyond, 1, 1, {"writes memory that is in no allocation: byte 1024 of one of 1024"});
	TWINS(before, 1, 1, {"writes memory that is in no allocation"});
	TWINS(vector, 1, 1, {"uses memory at an address that is not a multiple of 8"});
	TWINS(shared_vector, 1, 1, {"uses shared memory at an address that is not a multiple of 8"});
	TWINS(beyond_shared, 1, 64, {"reads shared memory that is in no allocation: byte 256 of one of 256"});
	TWINS(beyond_dynamic, 1, 64, {"writes shared memory that is in no allocation"});
	test_memory();

	size_t before = sim::race::faults;
	stream({{of<&beyond>("beyond"), 0}});
	expect(said.empty() && sim::race::faults > before, "beyond", "a fault is said once and counted again");
	printf("race detector: %d failures\n", failures);
	return failures != 0;
}
