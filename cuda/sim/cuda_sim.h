// The CUDA language as far as symvi's kernels use it, for g++ on a CPU.
//
// sim/Makefile compiles every cuda/*.cu behind this header with
//	g++ -std=c++17 -O2 -mfma -ffp-contract=off
// and links them with the fibers (sim/fiber.cpp) and the driver's functions
// (sim/libcuda.cpp) into a libcuda.so.1 that package cuda runs against in tests.
//
// A grid's blocks run one after the other. A block's threads are fibers on one CPU
// thread: each runs until it ends or waits in a barrier or a warp function, so races
// inside a block show as wrong results only in some orders; SYMVI_SIM_SEED=n chooses a
// random order in place of 0, 1, 2, …. The build with the race detector (race.cpp) finds them in
// every order, also those between blocks and between nodes of a graph, and what nobody has written
// or is outside memory. Threads that never wait share one stack and
// cost no switch. A barrier that not all threads reach, or reach in different lines,
// ends the program with the kernel's name; so does a warp function that not all lanes
// of its mask reach. Shared memory is full of NaN at the start of a block, and where a copy
// has not been waited for.
//
// What is not here does not compile: atomics, textures, approximate functions
// (__expf, __fdividef) and libdevice functions that no exact sequence stands for.
#pragma once

#define SYMVI_SIM 1

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <utility>

#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))

// ---- vectors and indices ----

struct dim3 {
	unsigned x, y, z;
	constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(16) double2 { double x, y; };
struct alignas(8) int2 { int x, y; };
struct alignas(16) int4 { int x, y, z, w; };
struct alignas(8) uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };

inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

// Set by the scheduler whenever it enters a thread.
extern dim3 threadIdx, blockIdx, blockDim, gridDim;
static const int warpSize = 32;

// ---- shared memory ----

namespace sim {

// block counts the blocks run so far; 0 before the first.
extern uint64_t block;

// shared is the memory of one SHARED declaration.
struct shared {
	uint64_t owner; // the block that it was made for
	void *data;
	inline void *get(size_t size, size_t align) {
		if (owner != block) renew(size, align);
		return data;
	}
	void renew(size_t size, size_t align); // filled with NaN
};

// dynamic_shared is the launch's dynamic shared memory; asked for by a launch that
// gave none, it ends the program.
void *dynamic_shared();

} // namespace sim

#define SHARED(type, name, ...)                                      \
	typedef type name##_shared_type __VA_ARGS__;                     \
	static sim::shared name##_shared;                                \
	name##_shared_type &name = *static_cast<name##_shared_type *>(name##_shared.get(sizeof(name##_shared_type), alignof(name##_shared_type)))

#define SHARED_DYNAMIC(type, name) type *name = static_cast<type *>(sim::dynamic_shared())

// ---- copies that a thread does not wait for ----

namespace sim {

// copy_async notes a copy of valid of the bytes, the rest zeros, and fills its place with NaN, for who
// reads too early. commit_async ends a group of them; wait_async copies all but the thread's last n
// groups. What nobody waits for is not copied.
void copy_async(void *to, const void *from, int bytes, int valid);
void commit_async();
void wait_async(unsigned n);

} // namespace sim

// ---- barriers and warp functions ----

namespace sim {

// sync_threads waits for the whole block and reports whether any thread has voted; line tells one
// barrier from another.
bool sync_threads(int line, bool vote);

enum warp_function { syncwarp, shuffle, ballot };

// warp waits for the lanes of mask, which must all call it with the same mask, function
// and line. It returns the value that lane `from` gave (shuffle; the own value if from is
// negative), or the lanes that gave a value other than 0 (ballot).
uint64_t warp(warp_function f, unsigned mask, int line, uint64_t value, int from);

unsigned lane();

template <class T>
inline T shuffle_from(unsigned mask, int line, T value, int from) {
	static_assert(sizeof(T) <= 8, "a shuffle moves up to 8 bytes");
	uint64_t bits = 0;
	memcpy(&bits, &value, sizeof value);
	bits = warp(shuffle, mask, line, bits, from);
	memcpy(&value, &bits, sizeof value);
	return value;
}

// inside is lane l of the caller's segment of width lanes, or −1 (keep the own value)
// when l is outside.
inline int inside(int l, int width, bool wrap) {
	int base = int(lane()) & ~(width - 1);
	if (wrap) return base + (l & (width - 1));
	return l >= base && l < base + width ? l : -1;
}

} // namespace sim

inline void __syncthreads(int line = __builtin_LINE()) { sim::sync_threads(line, false); }
inline int __syncthreads_or(int p, int line = __builtin_LINE()) { return sim::sync_threads(line, p != 0); }
inline void __syncwarp(unsigned mask = 0xffffffffu, int line = __builtin_LINE()) { sim::warp(sim::syncwarp, mask, line, 0, -1); }

template <class T>
inline T __shfl_sync(unsigned mask, T v, int from, int width = 32, int line = __builtin_LINE()) {
	return sim::shuffle_from(mask, line, v, sim::inside(from, width, true));
}
template <class T>
inline T __shfl_xor_sync(unsigned mask, T v, int with, int width = 32, int line = __builtin_LINE()) {
	int from = int(sim::lane()) ^ with;
	int base = int(sim::lane()) & ~(width - 1);
	return sim::shuffle_from(mask, line, v, from < base + width ? from : -1);
}
template <class T>
inline T __shfl_down_sync(unsigned mask, T v, unsigned delta, int width = 32, int line = __builtin_LINE()) {
	return sim::shuffle_from(mask, line, v, sim::inside(int(sim::lane()) + int(delta), width, false));
}
template <class T>
inline T __shfl_up_sync(unsigned mask, T v, unsigned delta, int width = 32, int line = __builtin_LINE()) {
	return sim::shuffle_from(mask, line, v, sim::inside(int(sim::lane()) - int(delta), width, false));
}
inline unsigned __ballot_sync(unsigned mask, int p, int line = __builtin_LINE()) { return unsigned(sim::warp(sim::ballot, mask, line, p != 0, -1)); }
inline int __any_sync(unsigned mask, int p, int line = __builtin_LINE()) { return __ballot_sync(mask, p, line) != 0; }
inline int __all_sync(unsigned mask, int p, int line = __builtin_LINE()) { return __ballot_sync(mask, p, line) == mask; }

// ---- arithmetic: each function is one correctly rounded operation ----

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float a) { return sqrtf(a); }
inline float __frcp_rn(float a) { return 1.0f / a; }
inline float __fmaf_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __dsqrt_rn(double a) { return sqrt(a); }
inline double __drcp_rn(double a) { return 1.0 / a; }
inline double __fma_rn(double a, double b, double c) { return __builtin_fma(a, b, c); }

// ---- conversions; out of range and NaN as the hardware does it ----

inline int __double2int_rn(double a) {
	a = rint(a);
	if (!(a == a)) return 0;
	return a >= 2147483647.0 ? 2147483647 : a <= -2147483648.0 ? -2147483647 - 1 : int(a);
}
inline int __float2int_rn(float a) { return __double2int_rn(a); }
inline int __double2int_rz(double a) { return __double2int_rn(trunc(a)); }
inline int __float2int_rz(float a) { return __double2int_rn(truncf(a)); }
inline int __float2int_rd(float a) { return __double2int_rn(floorf(a)); }
inline int __double2int_rd(double a) { return __double2int_rn(floor(a)); }
inline float __int2float_rn(int a) { return float(a); }
inline float __uint2float_rn(unsigned a) { return float(a); }
inline double __int2double_rn(int a) { return double(a); }
inline double __uint2double_rn(unsigned a) { return double(a); }
inline double __ll2double_rn(long long a) { return double(a); }
inline float __ll2float_rn(long long a) { return float(a); }
inline float __double2float_rn(double a) { return float(a); }
inline long long __double2ll_rn(double a) { return llrint(a); }

namespace sim {
template <class To, class From>
inline To bits(From a) {
	static_assert(sizeof(To) == sizeof(From), "same size");
	To b;
	memcpy(&b, &a, sizeof b);
	return b;
}
} // namespace sim

inline unsigned __float_as_uint(float a) { return sim::bits<unsigned>(a); }
inline int __float_as_int(float a) { return sim::bits<int>(a); }
inline float __uint_as_float(unsigned a) { return sim::bits<float>(a); }
inline float __int_as_float(int a) { return sim::bits<float>(a); }
inline long long __double_as_longlong(double a) { return sim::bits<long long>(a); }
inline double __longlong_as_double(long long a) { return sim::bits<double>(a); }
inline int __double2hiint(double a) { return int(__double_as_longlong(a) >> 32); }
inline int __double2loint(double a) { return int(__double_as_longlong(a)); }
inline double __hiloint2double(int hi, int lo) { return __longlong_as_double(int64_t(uint64_t(unsigned(hi)) << 32 | unsigned(lo))); }

// ---- integers ----

inline unsigned __umulhi(unsigned a, unsigned b) { return unsigned(uint64_t(a) * b >> 32); }
inline int __mulhi(int a, int b) { return int(int64_t(a) * b >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) { return (unsigned long long)((unsigned __int128)a * b >> 64); }
inline int __popc(unsigned a) { return __builtin_popcount(a); }
inline int __popcll(unsigned long long a) { return __builtin_popcountll(a); }
inline int __clz(int a) { return a ? __builtin_clz(unsigned(a)) : 32; }
inline int __clzll(long long a) { return a ? __builtin_clzll((unsigned long long)a) : 64; }
inline int __ffs(int a) { return __builtin_ffs(a); }
inline int __ffsll(long long a) { return __builtin_ffsll(a); }
inline unsigned __brev(unsigned a) {
	unsigned r = 0;
	for (int i = 0; i < 32; i++) r |= (a >> i & 1u) << (31 - i);
	return r;
}
inline unsigned __funnelshift_l(unsigned lo, unsigned hi, unsigned n) { return unsigned((uint64_t(hi) << 32 | lo) << (n & 31) >> 32); }
inline unsigned __funnelshift_r(unsigned lo, unsigned hi, unsigned n) { return unsigned((uint64_t(hi) << 32 | lo) >> (n & 31)); }

inline int min(int a, int b) { return a < b ? a : b; }
inline int max(int a, int b) { return a > b ? a : b; }
inline unsigned min(unsigned a, unsigned b) { return a < b ? a : b; }
inline unsigned max(unsigned a, unsigned b) { return a > b ? a : b; }
inline long long min(long long a, long long b) { return a < b ? a : b; }
inline long long max(long long a, long long b) { return a > b ? a : b; }

// ---- memory ----

template <class T>
inline T __ldg(const T *p) { return *p; }
template <class T>
inline T __ldcs(const T *p) { return *p; }
template <class T>
inline void __stcs(T *p, T v) { *p = v; }
inline void __threadfence_block() {}

// ---- registration ----

namespace sim {

// kernel is one entry of a module. Parameters arrive as the driver takes them: a
// pointer to each, of which the kernel reads as many bytes as its parameter has.
struct kernel {
	const char *module, *name;
	int parameters;
	const size_t *sizes;
	void (*call)(void *const *parameters);
	kernel *next;
};

// kernels lists all that are linked in.
extern kernel *kernels;

// What the race detector is not told of.
#define UNWATCHED __attribute__((no_sanitize("thread", "alignment")))

// entry calls kernel F with parameters loaded from memory.
template <auto F>
struct entry;

template <class... A, void (*F)(A...)>
struct entry<F> {
	static constexpr int parameters = sizeof...(A);
	static constexpr size_t sizes[parameters + 1] = {sizeof(A)...};
	UNWATCHED static void call(void *const *p) { expand(p, std::make_index_sequence<parameters>()); }

  private:
	template <size_t... I>
	UNWATCHED static void expand(void *const *p, std::index_sequence<I...>) { F(load<A>(p[I])...); }
	template <class T>
	UNWATCHED static T load(const void *p) {
		T v;
		memcpy(&v, p, sizeof v);
		return v;
	}
};

struct registrar {
	explicit registrar(kernel *k) { k->next = kernels, kernels = k; }
};

} // namespace sim

// SIM_KERNEL registers one kernel; the Makefile writes a line for every one it finds.
#define SIM_KERNEL(module, name)                                                                                      \
	static sim::kernel name##_kernel = {module, #name, sim::entry<&name>::parameters, sim::entry<&name>::sizes, sim::entry<&name>::call, nullptr}; \
	static sim::registrar name##_registrar(&name##_kernel);
