// Thread blocks as fibers: see cuda_sim.h.
//
// The threads of a block that can run wait in one queue. A fiber takes a thread that has
// not begun and runs it; when it ends the fiber takes the next one, so threads that never
// wait need no switch. A thread that waits leaves its stack as it is and switches to the
// next thread in the queue: to that one's stack if it has begun, else to a new fiber. The
// thread that completes a barrier puts all who waited in it back into the queue.

#include "sim.h"

#include "race.h"

#include <deque>
#include <map>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <vector>

dim3 threadIdx, blockIdx, blockDim, gridDim;

#if !defined(__x86_64__)
#error "the simulator's stack switch is written for amd64"
#endif

// sim_switch saves the callee-saved registers and the stack pointer of the running fiber
// in *save, and goes on where `to` was saved.
extern "C" void sim_switch(void **save, void *to);
__asm__(R"(
.text
.globl sim_switch
.hidden sim_switch
.type sim_switch, @function
sim_switch:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret
)");

namespace sim {

kernel *kernels;
uint64_t block;

namespace {

enum state { ready, in_barrier, in_warp, ended };

struct thread {
	dim3 index;
	unsigned number;
	state where;
	void *stack; // where it waits; null before it has begun
	// what it waits in
	int line;
	warp_function function;
	unsigned mask;
	uint64_t value;
	int from;
	std::deque<race::copy> copies; // to shared memory, that it has not waited for
	unsigned groups; // complete ones
};

// A warp's lanes that have not ended, and those that wait in a warp function.
struct warp_state { unsigned alive, arrived; };

// The running launch.
const kernel *current;
void *const *arguments;
size_t dynamic_bytes;
void *dynamic_memory;
std::map<size_t, void *> dynamic_memories; // by their sizes
uint64_t dynamic_owner;

std::vector<thread> threads;
std::vector<warp_state> warps;
thread *self;
unsigned alive, at_barrier;
bool votes, voted; // in this barrier, in the last one

// The queue: a ring of thread numbers.
std::vector<unsigned> ring;
size_t head, queued;

std::vector<char *> spare_stacks;
char *fresh_stack; // of the fiber that begins
void *scheduler;   // where run() waits
void *discarded;   // where a fiber that ends is saved

bool random_order;
uint64_t random_state;

uint64_t next_random() { // xorshift64*
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dull;
}

bool waits(const thread &t) { return t.where == in_barrier || t.where == in_warp; }

[[noreturn]] void fail(const char *problem) {
	static const char *names[] = {"can run", "in __syncthreads", "in a warp function", "ended"};
	fprintf(stderr, "CUDA simulator: kernel %s, block (%u,%u,%u) of %u×%u×%u threads: %s\n", current->name,
			blockIdx.x, blockIdx.y, blockIdx.z, blockDim.x, blockDim.y, blockDim.z, problem);
	for (size_t i = 0; i < threads.size(); i++) {
		const thread &t = threads[i];
		if (i && threads[i - 1].where == t.where && (!waits(t) || threads[i - 1].line == t.line)) continue;
		fprintf(stderr, "  from thread %u on: %s", t.number, names[t.where]);
		fprintf(stderr, waits(t) ? ", line %d\n" : "\n", t.line);
	}
	abort();
}

void wake(thread &t) {
	t.where = ready;
	ring[(head + queued++) % ring.size()] = t.number;
}

// next takes a thread from the queue, the first or any, and makes it the running one.
thread &next() {
	size_t n = ring.size();
	if (random_order) std::swap(ring[head], ring[(head + next_random() % queued) % n]);
	thread &t = threads[ring[head]];
	head = (head + 1) % n;
	queued--;
	self = &t;
	threadIdx = t.index;
	race::enter(t.number);
	return t;
}

// stack_size is the room of a thread, larger where variables have guard zones.
#ifdef __SANITIZE_ADDRESS__
const size_t stack_size = 512 << 10;
#else
const size_t stack_size = 128 << 10;
#endif

void take_stack() {
	if (!spare_stacks.empty()) {
		fresh_stack = spare_stacks.back();
		spare_stacks.pop_back();
		return;
	}
	const size_t guard = 4096; // below, so that running over ends the program
	void *memory = mmap(nullptr, guard + stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED || mprotect(memory, guard, PROT_NONE)) fail("no memory for a thread's stack");
	fresh_stack = static_cast<char *>(memory) + guard;
}

void fiber();

// begin returns a stack on which sim_switch begins a fiber.
void *begin() {
	take_stack();
	void **top = reinterpret_cast<void **>(fresh_stack + stack_size);
	*--top = nullptr; // in the place of a return address, which aligns the stack
	*--top = reinterpret_cast<void *>(&fiber);
	for (int registers = 0; registers < 6; registers++) *--top = nullptr;
	return top;
}

// leave lets others run until the caller's turn comes again.
void leave(thread &t) {
	if (queued == 0) { // a deadlock, which run() reports
		sim_switch(&t.stack, scheduler);
		return;
	}
	thread &other = next();
	if (&other != &t) sim_switch(&t.stack, other.stack ? other.stack : begin());
}

void release(warp_state &w, unsigned first, unsigned lanes);

// complete reports whether all lanes of a mask that have not ended wait with this mask.
bool complete(const warp_state &w, unsigned first, unsigned mask) {
	if ((w.arrived & mask) != (w.alive & mask)) return false;
	for (unsigned left = w.arrived & mask; left; left &= left - 1) {
		if (threads[first + __builtin_ctz(left)].mask != mask) return false;
	}
	return true;
}

// end marks the running thread ended and frees who waits for it in a warp function.
void end() {
	unsigned first = self->number & ~31u, bit = 1u << (self->number & 31);
	warp_state &w = warps[self->number / 32];
	self->where = ended;
	alive--;
	w.alive &= ~bit;
	for (unsigned left = w.arrived; left; left &= left - 1) {
		unsigned l = __builtin_ctz(left), mask = threads[first + l].mask;
		if (w.arrived >> l & 1 && complete(w, first, mask)) release(w, first, w.arrived & mask);
	}
}

// fiber runs threads from their beginning, the first of them `self`. It keeps nothing in
// variables with an address, whose guard zones would outlive it on its stack.
__attribute__((no_sanitize("address"))) void fiber() {
	char *stack = fresh_stack;
	for (;;) {
		current->call(arguments);
		end();
		if (queued && !next().stack) continue;
		void *to = self->where == ended ? scheduler : self->stack;
		spare_stacks.push_back(stack); // nobody takes it before the switch
		sim_switch(&discarded, to);
	}
}

void start_block() {
	block++;
	race::begin_block();
	alive = unsigned(threads.size());
	at_barrier = 0;
	votes = false;
	head = queued = 0;
	for (thread &t : threads) {
		t.stack = nullptr;
		t.groups = 0;
		wake(t);
	}
	for (size_t i = 0; i < warps.size(); i++) {
		size_t n = threads.size() - 32 * i;
		warps[i] = {n >= 32 ? ~0u : (1u << n) - 1, 0};
	}
	next();
	sim_switch(&scheduler, begin());
	if (alive) fail("deadlock: not all threads reach the same barrier");
	for (thread &t : threads) {
		for (const race::copy &c : t.copies) race::drop_copy(c);
		t.copies.clear();
	}
}

// release completes a warp function of the given lanes.
void release(warp_state &w, unsigned first, unsigned lanes) {
	const thread &one = threads[first + __builtin_ctz(lanes)];
	unsigned votes = 0;
	for (unsigned l = 0; l < 32; l++) {
		if (!(lanes >> l & 1)) continue;
		const thread &t = threads[first + l];
		if (t.function != one.function || t.line != one.line) fail("the lanes of a mask are in different warp functions");
		votes |= unsigned(t.value != 0) << l;
	}
	uint64_t result[32];
	for (unsigned l = 0; l < 32; l++) {
		if (!(lanes >> l & 1)) continue;
		const thread &t = threads[first + l];
		if (t.function == ballot) result[l] = votes;
		else if (t.from < 0) result[l] = t.value;
		else result[l] = lanes >> t.from & 1 ? threads[first + t.from].value : ~0ull; // a lane that is not there: undefined
	}
	w.arrived &= ~lanes;
	race::warp(first, lanes, one.function);
	for (unsigned l = 0; l < 32; l++) {
		if (!(lanes >> l & 1)) continue;
		threads[first + l].value = result[l];
		wake(threads[first + l]);
	}
}

} // namespace

unsigned lane() { return self->number & 31; }

bool sync_threads(int line, bool vote) {
	thread &t = *self;
	t.where = in_barrier;
	t.line = line;
	votes |= vote;
	if (++at_barrier == threads.size()) {
		at_barrier = 0;
		voted = std::exchange(votes, false);
		for (thread &other : threads) {
			if (other.line != line) fail("a barrier was reached in different lines");
		}
		race::barrier();
		for (thread &other : threads) wake(other);
	}
	leave(t);
	return voted;
}

uint64_t warp(warp_function f, unsigned mask, int line, uint64_t value, int from) {
	thread &t = *self;
	unsigned first = t.number & ~31u, bit = 1u << (t.number & 31);
	warp_state &w = warps[t.number / 32];
	if (!(mask & bit)) fail("a lane calls a warp function with a mask that lacks it");
	t.where = in_warp;
	t.function = f, t.mask = mask, t.line = line, t.value = value, t.from = from;
	w.arrived |= bit;
	if (complete(w, first, mask)) release(w, first, w.arrived & mask);
	leave(t);
	return t.value;
}

void copy_async(void *to, const void *from, int bytes, int valid) {
	self->copies.push_back({to, from, bytes, valid, self->groups, __builtin_return_address(0)});
	race::begin_copy(self->copies.back());
	memset(to, 0xff, bytes);
}

void commit_async() { self->groups++; }

void wait_async(unsigned n) {
	std::deque<race::copy> &copies = self->copies;
	for (; !copies.empty() && copies.front().group + n < self->groups; copies.pop_front()) {
		const race::copy &c = copies.front();
		memset(c.to, 0, c.bytes);
		memcpy(c.to, c.from, c.valid);
		race::end_copy(c);
	}
}

void shared::renew(size_t size, size_t align) {
	if (!data) data = race::allocate(size, align, true);
	memset(data, 0xff, size);
	owner = block;
}

void *dynamic_shared() {
	if (dynamic_bytes == 0) fail("dynamic shared memory was not asked for");
	if (dynamic_owner != block) memset(dynamic_memory, 0xff, dynamic_bytes);
	dynamic_owner = block;
	return dynamic_memory;
}

void run(const kernel &k, dim3 grid, dim3 size, size_t dynamic, void *const *parameters) {
	static const char *seed = getenv("SYMVI_SIM_SEED");
	random_order = seed && *seed;
	if (random_order && !random_state) random_state = strtoull(seed, nullptr, 10) * 2 + 1;

	current = &k;
	arguments = parameters;
	gridDim = grid;
	blockDim = size;
	size_t n = size_t(size.x) * size.y * size.z;
	threads.resize(n);
	ring.resize(n);
	warps.resize((n + 31) / 32);
	for (unsigned i = 0; i < n; i++) {
		threads[i].number = i;
		threads[i].index = dim3(i % size.x, i / size.x % size.y, i / size.x / size.y);
	}
	dynamic_bytes = dynamic;
	dynamic_memory = dynamic ? dynamic_memories[dynamic] : nullptr;
	if (dynamic && !dynamic_memory) dynamic_memory = dynamic_memories[dynamic] = race::allocate(dynamic, 16, true);
	for (unsigned z = 0; z < grid.z; z++) {
		for (unsigned y = 0; y < grid.y; y++) {
			for (unsigned x = 0; x < grid.x; x++) {
				blockIdx = dim3(x, y, z);
				start_block();
			}
		}
	}
}

} // namespace sim
