// The race detector: which accesses to memory the CUDA programming model leaves in any order.
//
// g++ -fsanitize=thread calls a function before each load and store of a kernel; here are those
// functions, in the place of its own library's. Each looks up what is known of the memory: who
// wrote it last, and who has read it since. Two accesses of which one is a write are a fault
// unless one comes before the other by the rules below, whatever the order that the fibers took:
// what a run does not show as a wrong result is found too.
//
//	in a thread           the order of its program
//	in a block            __syncthreads; among the lanes of its mask, __syncwarp
//	blocks of a launch    none
//	launches of a stream  one after the other
//	nodes of a graph      along its edges
//
// A shuffle or a ballot makes lanes wait, but promises nothing about memory (PTX ISA, "shfl.sync",
// "bar.warp.sync"): what only that orders is a fault of its own kind. A copy that a thread does not
// wait for (async.cuh) writes its place and reads its source at any time until the wait.
//
// Time inside a block: barriers are counted in epochs. Between two of them only warp functions
// order anything, and only inside a warp; so each lane has a clock, which counts its warp functions
// in the epoch, and knows of every other lane of its warp up to which clock it comes after that.
//
// Faults are also: reads of memory of the device that nothing has written since its allocation, and
// of shared memory that its block has not written; accesses outside allocations; vectors at
// addresses that are no multiple of their size (the undefined behavior sanitizer's alignment check,
// whose handler is here). Not seen: a place that is written in units smaller than 4 bytes by two
// threads is taken for a race.

#include "race.h"

#include "finding.h"

#include <link.h>
#include <stdio.h>
#include <sys/mman.h>

namespace sim::race {

namespace {

// ---- what is known of memory ----

// stamp is one access. where: the number of the block (from 1) from bit epochBits on, below it the
// epoch; who: the thread from bit clockBits on, below it its clock; place: of the code.
struct stamp {
	uint64_t where;
	uint32_t who, place;
};

const int epoch_bits = 24, clock_bits = 22, warp_bits = clock_bits + 5;
const uint32_t clock_mask = (1u << clock_bits) - 1;
const uint64_t host = 1; // where the host's writes are

uint64_t block_of(uint64_t where) { return where >> epoch_bits; }
unsigned thread_of(uint32_t who) { return who >> clock_bits; }

// cell is what is known of 4 bytes.
struct cell {
	stamp write;      // the last one; where is 0 for none
	stamp read;       // the last one since then, by some lanes of a warp at the same clock
	uint32_t lanes;   // those
	uint32_t others;  // reads that are not before that one: a chain in pasts
	uint16_t sources; // copies from here that are under way
	uint8_t bytes;    // of it that are allocated
	bool arriving;    // the last write is a copy that is under way
};

// past is a read that is not before a cell's last.
struct past {
	stamp at;
	uint32_t lanes, next;
};

// All memory comes from one range of addresses, so that its cells are found by a multiplication;
// the first part of it is shared memory. An address is never given out twice.
const size_t page = 4096, shared_size = size_t(1) << 34, arena_size = size_t(1) << 39;
char *arena;
cell *cells;
size_t next_shared, next_device = shared_size;

std::vector<past> pasts(1); // of the group; number 0 is none
uint32_t spare_pasts;

// ---- what runs ----

bool running; // a kernel
stamp now;    // its place is set by each access
unsigned me, lane_bit;
uint64_t group_begin, launch_begin; // where their first blocks begin

struct launched {
	uint64_t first; // block
	size_t node;
	launch_name name;
};
std::vector<launched> launches; // of the group
const order *nodes;

// clocks of a thread: its own, and up to which clock it comes after other lanes; loosely also by
// functions that order no memory.
struct clocks {
	uint32_t own, after[32], loosely[32];
};
std::vector<clocks> threads;
std::vector<bool> used; // the warps whose clocks are not all 0

char *reserve(size_t size) {
	void *p = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED) {
		fprintf(stderr, "CUDA simulator: no %zu bytes of addresses for the race detector\n", size);
		abort();
	}
	return static_cast<char *>(p);
}

size_t offset(const void *p) { return size_t(static_cast<const char *>(p) - arena); }
size_t pages(size_t size) { return (size + page - 1) / page * page; }

// ---- which access comes first ----

enum relation { ordered, by_shuffle, in_block, in_launch, in_graph };

const launched &launch_of(uint64_t where) {
	size_t i = launches.size() - 1;
	while (block_of(where) < launches[i].first) i--;
	return launches[i];
}

// unordered leaves of the lanes of the running thread's warp, at some clock, those that it does
// not come after.
uint32_t unordered(uint32_t lanes, uint32_t clock, const uint32_t *after) {
	uint32_t left = 0;
	for (lanes &= ~lane_bit; lanes; lanes &= lanes - 1) {
		int l = __builtin_ctz(lanes);
		if (after[l] <= clock) left |= 1u << l;
	}
	return left;
}

// relate says how an access comes before the running thread; lanes becomes those that do not.
relation relate(const stamp &s, uint32_t &lanes, bool shared) {
	if (s.where < group_begin) return ordered;
	if (s.where == now.where) {
		if (s.who >> warp_bits != now.who >> warp_bits) return in_block;
		uint32_t clock = s.who & clock_mask;
		uint32_t left = unordered(lanes, clock, threads[me].after);
		if (!left) return ordered;
		lanes = left;
		return unordered(left, clock, threads[me].loosely) ? in_block : by_shuffle;
	}
	if (shared || block_of(s.where) == block_of(now.where)) return ordered; // of another block, or before a barrier
	if (s.where >= launch_begin) return in_launch;
	const launched &l = launch_of(s.where);
	return (*nodes)[launches.back().node][l.node] ? ordered : in_graph;
}

uint32_t lane_of(const stamp &s) { return 1u << (thread_of(s.who) & 31); }

// ---- faults ----

// described is an access of the group's launches, by the first of some lanes if not by its own.
access described(const stamp &s, uint32_t lanes) {
	const launched &l = launch_of(s.where);
	unsigned thread = lanes & lane_of(s) ? thread_of(s.who) : (thread_of(s.who) & ~31u) + __builtin_ctz(lanes);
	return {&l.name, block_of(s.where) - l.first, thread, s.place};
}

const char *const ends[] = {"", " before it in the same warp, ordered only by a shuffle or a ballot, which promise nothing about memory",
							" in the same block, with no barrier between", " in another block", " in another node of the graph, with no path between"};

// blame says a fault of the running thread, and is itself not watched.
void blame(const char *does, bool shared, const std::string &problem, const char *end = "", const access *other = nullptr) {
	running = false;
	fault(described(now, lane_bit), does, shared, problem, end, other);
	running = true;
}

// conflict blames it for what it does after an access of some lanes, to which it stands in a relation.
void conflict(relation r, const char *does, const char *did, const stamp &s, uint32_t lanes, bool shared) {
	access other = described(s, lanes);
	blame(does, shared, did, ends[r], &other);
}

// ---- accesses ----

// drop forgets the reads of a cell.
void drop(cell &c) {
	if (c.read.where >= group_begin) {
		for (uint32_t i = c.others; i;) {
			uint32_t next = pasts[i].next;
			pasts[i].next = spare_pasts;
			spare_pasts = i;
			i = next;
		}
	}
	c.others = 0;
	c.read.where = 0;
}

// keep adds a read to the others of a cell, and forgets those that come before the running thread.
// It is not kept where another one says as much: of a launch one is enough for all other launches,
// one of another block for all blocks, one of another warp for a block whose last read is this one's.
void keep(cell &c, const stamp &s, uint32_t lanes, bool shared) {
	bool told = false;
	uint64_t first = s.where >= launch_begin ? 0 : launch_of(s.where).first;
	for (uint32_t *link = &c.others; *link;) {
		past &p = pasts[*link];
		if (relate(p.at, p.lanes, shared) == ordered) {
			uint32_t next = p.next;
			p.next = spare_pasts;
			spare_pasts = *link;
			*link = next;
			continue;
		}
		if (s.where == now.where) told |= p.at.where == now.where && p.at.who >> warp_bits != now.who >> warp_bits;
		else if (s.where >= launch_begin) told |= p.at.where >= launch_begin && block_of(p.at.where) != block_of(now.where);
		else told |= p.at.where < launch_begin && launch_of(p.at.where).first == first;
		link = &p.next;
	}
	if (told) return;
	uint32_t i = spare_pasts;
	if (i) {
		spare_pasts = pasts[i].next;
	} else {
		i = uint32_t(pasts.size());
		pasts.emplace_back();
	}
	pasts[i] = {s, lanes, c.others};
	c.others = i;
}

// note_read remembers a read of the running thread.
void note_read(cell &c, bool shared) {
	const stamp &r = c.read;
	if (r.where == now.where && ((r.who ^ now.who) & ~(31u << clock_bits)) == 0) {
		c.lanes |= lane_bit;
		return;
	}
	if (r.where < group_begin) {
		c.others = 0;
	} else {
		uint32_t lanes = c.lanes;
		if (relate(r, lanes, shared) != ordered) keep(c, r, lanes, shared);
	}
	c.read = now;
	c.lanes = lane_bit;
}

// arrives reports whether a copy to this cell is under way.
bool arrives(const cell &c) { return c.arriving && block_of(c.write.where) == block_of(now.where); }

// read and write are accesses of the running thread to a cell; an arriving write is a copy that begins.
void read(cell &c, bool shared) {
	if (c.write.where == now.where && c.write.who == now.who && !c.arriving) {
	} else if (shared ? block_of(c.write.where) != block_of(now.where) : c.write.where == 0) {
		blame("reads", shared, shared ? "that the block has not written" : "that nothing has written since its allocation");
	} else if (arrives(c)) {
		conflict(ordered, "reads", "to which a copy is under way, begun by", c.write, lane_of(c.write), shared);
	} else {
		uint32_t lanes = lane_of(c.write);
		relation r = relate(c.write, lanes, shared);
		if (r != ordered) conflict(r, "reads", "written by", c.write, lanes, shared);
	}
	note_read(c, shared);
}

// check_write looks for accesses that a write of the running thread must come after.
void check_write(const cell &c, const char *does, bool shared) {
	if (arrives(c)) {
		conflict(ordered, does, "to which a copy is under way, begun by", c.write, lane_of(c.write), shared);
	} else {
		uint32_t lanes = lane_of(c.write);
		relation r = relate(c.write, lanes, shared);
		if (r != ordered) conflict(r, does, "written by", c.write, lanes, shared);
	}
	if (c.read.where < group_begin) return;
	uint32_t lanes = c.lanes;
	relation r = relate(c.read, lanes, shared);
	if (r != ordered) conflict(r, does, "read by", c.read, lanes, shared);
	for (uint32_t i = c.others; i; i = pasts[i].next) {
		lanes = pasts[i].lanes;
		r = relate(pasts[i].at, lanes, shared);
		if (r != ordered) conflict(r, does, "read by", pasts[i].at, lanes, shared);
	}
}

void write(cell &c, const char *does, bool shared, bool arriving) {
	if (c.sources) blame(does, shared, "from which a copy is under way");
	if (!(c.write.where == now.where && c.write.who == now.who && !c.arriving && c.read.where == 0)) {
		check_write(c, does, shared);
		drop(c);
	}
	c.write = now;
	c.arriving = arriving;
}

// each calls f for every cell of [p, p+size), if all of it is allocated.
template <class F>
inline void each(const char *does, const void *p, size_t size, F f) {
	size_t from = offset(p), until = from + size;
	bool shared = from < shared_size;
	for (size_t i = from / 4; i * 4 < until; i++) {
		cell &c = cells[i];
		size_t end = until - 4 * i;
		if (__builtin_expect(c.bytes < (end < 4 ? end : 4), 0)) {
			blame(does, shared, outside(4 * i < from ? from : 4 * i));
			return;
		}
		f(c, shared);
	}
}

// image is where this library's own variables are.
const char *image_begin, *image_end;

int find_image(dl_phdr_info *info, size_t, void *) {
	const char *first = nullptr, *last = nullptr, *own = reinterpret_cast<const char *>(&running);
	for (int i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
		const char *begin = reinterpret_cast<const char *>(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
		if (!first || begin < first) first = begin;
		if (begin + info->dlpi_phdr[i].p_memsz > last) last = begin + info->dlpi_phdr[i].p_memsz;
	}
	if (own < first || own >= last) return 0;
	image_begin = first, image_end = last;
	return 1;
}

// elsewhere is an access to what is no memory of a GPU: the thread's stack, the simulator's variables
// such as threadIdx, or, which is a fault, anything else.
void elsewhere(const char *does, const void *p) {
	const char *at = static_cast<const char *>(p), *stack = static_cast<const char *>(__builtin_frame_address(0));
	if (at >= image_begin && at < image_end) return;
	if (at > stack - (256 << 10) && at < stack + (256 << 10)) return;
	blame(does, false, "that is outside all memory of the device");
}

// aligned says where an address is no multiple of a size.
void aligned(const char *does, const void *p, size_t size) {
	if (reinterpret_cast<uint64_t>(p) % size) blame(does, offset(p) < shared_size, "at an address that is not a multiple of " + std::to_string(size));
}

inline void accessed(const void *p, size_t size, bool is_write, const void *place) {
	if (!running) return;
	now.place = code(place);
	if (__builtin_expect(offset(p) >= arena_size, 0)) return elsewhere(is_write ? "writes" : "reads", p);
	if (is_write) each("writes", p, size, [](cell &c, bool shared) { write(c, "writes", shared, false); });
	else each("reads", p, size, [](cell &c, bool shared) { read(c, shared); });
}

} // namespace

// ---- memory ----

void *allocate(size_t size, size_t align, bool shared) {
	if (!arena) {
		arena = reserve(arena_size);
		cells = reinterpret_cast<cell *>(reserve(arena_size / 4 * sizeof(cell)));
		dl_iterate_phdr(find_image, nullptr);
	}
	size_t &next = shared ? next_shared : next_device;
	size_t at = next + align; // a multiple of align and of no higher power of two
	next += pages(align + size) + page;
	if (next > (shared ? shared_size : arena_size)) {
		fprintf(stderr, "CUDA simulator: the race detector has no more addresses to give out\n");
		abort();
	}
	for (size_t i = at; i < at + size; i += 4) cells[i / 4].bytes = uint8_t(at + size - i < 4 ? at + size - i : 4);
	know(at, size);
	return arena + at;
}

void release(void *memory, size_t size) {
	size_t at = offset(memory), first = at / page * page, length = pages(at - first + size);
	forget(at);
	madvise(arena + first, length, MADV_DONTNEED);
	madvise(cells + first / 4, length / 4 * sizeof(cell), MADV_DONTNEED);
}

void host_writes(uint64_t p, size_t size) {
	size_t from = offset(reinterpret_cast<void *>(p));
	for (size_t i = from / 4; i * 4 < from + size; i++) {
		cells[i].write = {host, 0, 0};
		cells[i].read.where = 0;
	}
}

bool host_reads(uint64_t p, size_t size) {
	size_t from = offset(reinterpret_cast<void *>(p));
	for (size_t i = from / 4; i * 4 < from + size; i++) {
		if (cells[i].write.where == 0) return host_fault(4 * i), false;
	}
	return true;
}

// ---- the course of a run ----

void begin_group(const order *of) {
	nodes = of;
	group_begin = (block + 1) << epoch_bits;
	launches.clear();
	pasts.resize(1);
	spare_pasts = 0;
}

void begin_launch(size_t node, const kernel &k, dim3 grid, dim3 size) {
	launches.push_back({block + 1, node, {k.name, grid, size}});
	launch_begin = (block + 1) << epoch_bits;
	threads.resize(size_t(size.x) * size.y * size.z);
	used.resize((threads.size() + 31) / 32);
	running = true;
}

void end_launch() { running = false; }

static void forget_clocks() {
	for (size_t w = 0; w < used.size(); w++) {
		if (!used[w]) continue;
		for (size_t t = 32 * w; t < threads.size() && t < 32 * w + 32; t++) threads[t] = {};
		used[w] = false;
	}
}

void begin_block() {
	now.where = block << epoch_bits;
	forget_clocks();
}

void enter(unsigned thread) {
	me = thread;
	lane_bit = 1u << (thread & 31);
	now.who = thread << clock_bits | threads[thread].own;
}

void barrier() {
	now.where++;
	forget_clocks();
}

void warp(unsigned first, unsigned lanes, warp_function f) {
	used[first / 32] = true;
	uint32_t after[32] = {}, loosely[32] = {};
	auto join = [](uint32_t *all, const uint32_t *of) {
		for (int l = 0; l < 32; l++) all[l] = of[l] > all[l] ? of[l] : all[l];
	};
	for (unsigned left = lanes; left; left &= left - 1) {
		int l = __builtin_ctz(left);
		clocks &c = threads[first + l];
		c.own++;
		if (c.own > clock_mask) {
			fprintf(stderr, "CUDA simulator: more warp functions between two barriers than the race detector counts\n");
			abort();
		}
		c.after[l] = c.loosely[l] = c.own;
		if (f == syncwarp) join(after, c.after);
		join(loosely, c.loosely);
	}
	for (unsigned left = lanes; left; left &= left - 1) {
		clocks &c = threads[first + __builtin_ctz(left)];
		if (f == syncwarp) memcpy(c.after, after, sizeof after);
		memcpy(c.loosely, loosely, sizeof loosely);
	}
}

void begin_copy(const copy &c) {
	now.place = code(c.place);
	aligned("copies from", c.from, size_t(c.bytes));
	aligned("copies to", c.to, size_t(c.bytes));
	each("copies from", c.from, c.valid, [](cell &c, bool shared) {
		read(c, shared);
		c.sources++;
	});
	each("copies to", c.to, c.bytes, [](cell &c, bool shared) { write(c, "copies to", shared, true); });
}

void end_copy(const copy &c) {
	now.place = code(c.place);
	each("copies from", c.from, c.valid, [](cell &c, bool shared) {
		c.sources--;
		note_read(c, shared);
	});
	each("copies to", c.to, c.bytes, [](cell &c, bool) {
		c.write = now;
		c.arriving = false;
	});
}

void drop_copy(const copy &c) {
	each("copies from", c.from, c.valid, [](cell &c, bool) { c.sources--; });
}

} // namespace sim::race

// ---- what the compiler calls ----

using sim::race::accessed;

#define HERE __builtin_return_address(0)

extern "C" {
void __tsan_init() {}
void __tsan_func_entry(void *) {}
void __tsan_func_exit() {}
void __tsan_read1(void *p) { accessed(p, 1, false, HERE); }
void __tsan_read2(void *p) { accessed(p, 2, false, HERE); }
void __tsan_read4(void *p) { accessed(p, 4, false, HERE); }
void __tsan_read8(void *p) { accessed(p, 8, false, HERE); }
void __tsan_read16(void *p) { accessed(p, 16, false, HERE); }
void __tsan_read_range(void *p, long n) { accessed(p, size_t(n), false, HERE); }
void __tsan_write1(void *p) { accessed(p, 1, true, HERE); }
void __tsan_write2(void *p) { accessed(p, 2, true, HERE); }
void __tsan_write4(void *p) { accessed(p, 4, true, HERE); }
void __tsan_write8(void *p) { accessed(p, 8, true, HERE); }
void __tsan_write16(void *p) { accessed(p, 16, true, HERE); }
void __tsan_write_range(void *p, long n) { accessed(p, size_t(n), true, HERE); }

// What the compiler knows of the place of a check of alignment: the first members of its own
// library's TypeMismatchData.
struct mismatch {
	struct { const char *file; unsigned line, column; } at;
	const void *type;
	unsigned char log_alignment, kind;
};

void __ubsan_handle_type_mismatch_v1(mismatch *m, void *p) {
	if (!sim::race::running) return;
	sim::race::now.place = sim::race::code(HERE);
	sim::race::aligned("uses", p, size_t(1) << m->log_alignment);
}
}
