// Device code shared by the kernels: package ref (internal/ref) in CUDA C++, function for
// function, in the order of the files fma, exp, log, log1p, tanh, softplus, sincos, sqrt,
// exp64, log64, philox, normal, reduce, product, average. The comments there give formulas, sources
// and errors; here stands only what differs.
//
// Everything is an exact sequence of IEEE-754 operations: a multiply-add is fused only
// where it is written fmaf or fma. nvcc gets -fmad=false -ftz=false -prec-div=true
// -prec-sqrt=true, the host compiler of the simulator -ffp-contract=off. No libdevice.
#pragma once

// UNROLL and ROLL stand before loops; OPAQUE(i) keeps the compiler from computing what follows
// from the int i any earlier, which would take registers from the code between.
#ifdef __CUDACC__
#define UNROLL _Pragma("unroll")
#define ROLL _Pragma("unroll 1")
#define OPAQUE(x) asm volatile("" : "+r"(x))
#else
#include "sim/cuda_sim.h"
#define UNROLL
#define ROLL
#define OPAQUE(x)
#endif
#include "shared.cuh"

#define DEVICE static __device__ __forceinline__

// Replicas of a training share a launch along the grid's z (replicas.go): the last parameter of such a
// kernel, replica, is how far the memory of one lies behind that of the one before, in units of 8 bytes.
// ofReplica is where the memory at p is for this block's; optional is the same for what may be null.
template <class T>
DEVICE T *ofReplica(T *p, long long replica) {
	return p + blockIdx.z * replica * (long long)(8 / sizeof(T));
}

template <class T>
DEVICE T *optional(T *p, long long replica) {
	return p ? ofReplica(p, replica) : p;
}

// Where replicas differ in a number, such as that of their draws, counts has one for each: counted is this
// block's, or n. recount sets k to it and total, a multiple of k, to the same multiple of that. The grid is
// large enough for the most; blocks beyond a replica's own leave.
DEVICE int counted(int n, const int *counts) { return counts ? counts[blockIdx.z] : n; }

DEVICE void recount(int &k, long long &total, const int *counts) {
	if (counts) {
		int own = counts[blockIdx.z];
		total = total / k * own;
		k = own;
	}
}

namespace ref {

// fma

DEVICE float FMA(float a, float b, float c) { return fmaf(a, b, c); }

DEVICE unsigned float32bits(float x) { return __float_as_uint(x); }
DEVICE float float32frombits(unsigned b) { return __uint_as_float(b); }
DEVICE unsigned long long float64bits(double x) { return (unsigned long long)__double_as_longlong(x); }
DEVICE double float64frombits(unsigned long long b) { return __longlong_as_double((long long)b); }

DEVICE float mulAdd(float a, float b, float c) { return a * b + c; } // two roundings

constexpr unsigned signBit = 1u << 31;
constexpr float minNormal = 0x1p-126f;

DEVICE float inf() { return float32frombits(0x7f800000); }
DEVICE float notANumber() { return float32frombits(0x7fc00000); }
DEVICE double inf64() { return float64frombits(0x7ff0000000000000); }
DEVICE double notANumber64() { return float64frombits(0x7ff8000000000000); }

// exp

constexpr float expHigh = 89, expLow = -105;
constexpr float log2E = 0x1.715476p+0f, ln2High = 0x1.62e4p-1f, ln2Low = 0x1.7f7d1cp-20f;
constexpr float expC2 = 0x1.fffffcp-2f, expC3 = 0x1.55548ep-3f, expC4 = 0x1.5558a6p-5f;
constexpr float expC5 = 0x1.123bdp-7f, expC6 = 0x1.6a58ccp-10f;
constexpr float roundInt = 0x1.8p23f;
constexpr unsigned roundIntBits = 0x4b400000;

DEVICE float pow2(int k) { return float32frombits((unsigned)(k + 127) << 23); }

DEVICE float Exp(float x) {
	if (x > expHigh) {
		x = expHigh;
	}
	if (x < expLow) {
		x = expLow;
	}
	float t = mulAdd(x, log2E, roundInt);
	float n = t - roundInt;
	float r = x - n * ln2High;
	r -= n * ln2Low;
	float p = mulAdd(expC6, r, expC5);
	p = mulAdd(p, r, expC4);
	p = mulAdd(p, r, expC3);
	p = mulAdd(p, r, expC2);
	p = mulAdd(r * r, p, r) + 1;
	int k = (int)(float32bits(t) - roundIntBits);
	int half = k >> 1;
	return p * pow2(half) * pow2(k - half);
}

// log

constexpr unsigned twoThirdsBits = 0x3f2aaaab, mantissaMask = (1u << 23) - 1;
constexpr float logC0 = 0x1.555506p-2f, logC1 = -0x1.ffff76p-3f, logC2 = 0x1.99d03ap-3f, logC3 = -0x1.558622p-3f;
constexpr float logC4 = 0x1.1ed77cp-3f, logC5 = -0x1.f59fbep-4f, logC6 = 0x1.1e609ap-3f, logC7 = -0x1.027d94p-3f;

DEVICE float log1pPoly(float f, float k) {
	float v = f * f;
	float p = mulAdd(logC7, f, logC6);
	p = mulAdd(p, f, logC5);
	p = mulAdd(p, f, logC4);
	p = mulAdd(p, f, logC3);
	p = mulAdd(p, f, logC2);
	p = mulAdd(p, f, logC1);
	p = mulAdd(p, f, logC0);
	p = p * f * v;
	p = mulAdd(k, ln2Low, p);
	p = mulAdd(-0.5f, v, p);
	return mulAdd(k, ln2High, f + p);
}

DEVICE float logNormal(float x, float k) {
	unsigned b = float32bits(x) - twoThirdsBits;
	float f = float32frombits((b & mantissaMask) + twoThirdsBits) - 1;
	return log1pPoly(f, k + (float)((int)b >> 23));
}

DEVICE float Log(float x) {
	float y = x, k = 0;
	if (x < minNormal) {
		y = x * 0x1p23f;
		k = -23;
	}
	y = logNormal(y, k);
	if (x == 0) {
		y = -inf();
	}
	if (x < 0) {
		y = notANumber();
	}
	if (!(x < inf())) {
		y = x;
	}
	return y;
}

// log1p

DEVICE float log1pFinite(float x) {
	int k = (int)(float32bits(1 + x) - twoThirdsBits) >> 23;
	unsigned e = (unsigned)k << 23;
	float scale = float32frombits(0x40800000 - e);
	float f = float32frombits(float32bits(x) - e);
	f += mulAdd(0.25f, scale, -1);
	return log1pPoly(f, (float)k);
}

DEVICE float Log1p(float x) {
	float y = log1pFinite(x);
	if (x == -1) {
		y = -inf();
	}
	if (x < -1) {
		y = notANumber();
	}
	if (x == 0 || !(x < inf())) {
		y = x;
	}
	return y;
}

// tanh

constexpr float tanhC0 = -0x1.555532p-2f, tanhC1 = 0x1.1106fep-3f, tanhC2 = -0x1.b83778p-5f;
constexpr float tanhC3 = 0x1.52095ep-6f, tanhC4 = -0x1.7567ecp-8f;

DEVICE float Tanh(float x) {
	unsigned b = float32bits(x);
	float a = float32frombits(b & ~signBit);
	float y;
	if (a < 0.625f) {
		float v = a * a;
		float p = mulAdd(tanhC4, v, tanhC3);
		p = mulAdd(p, v, tanhC2);
		p = mulAdd(p, v, tanhC1);
		p = mulAdd(p, v, tanhC0);
		y = mulAdd(a * v, p, a);
	} else {
		y = 1 - 2 / (Exp(a + a) + 1);
	}
	return float32frombits(float32bits(y) | (b & signBit));
}

// softplus

DEVICE float expNegAbs(float x) { return Exp(float32frombits(float32bits(x) | signBit)); }

DEVICE float Softplus(float x) {
	float m = x;
	if (x <= 0) {
		m = 0;
	}
	return m + log1pFinite(expNegAbs(x));
}

DEVICE float Sigmoid(float x) {
	float e = expNegAbs(x);
	float n = 1;
	if (x < 0) {
		n = e;
	}
	return n / (1 + e);
}

// sincos

constexpr float sinC0 = 0x1.921fb6p+0f, sinC1 = -0x1.4abbecp-1f, sinC2 = 0x1.466b22p-4f, sinC3 = -0x1.2f5a1ep-8f;
constexpr float cosC0 = -0x1.3bd3ccp+0f, cosC1 = 0x1.03c1b8p-2f, cosC2 = -0x1.55b7cep-6f, cosC3 = 0x1.d684a8p-11f;

DEVICE void SinCos2Pi(unsigned w, float &sin, float &cos) {
	unsigned q = (w + (1u << 29)) >> 30;
	float t = (float)(int)(w - (q << 30)) * 0x1p-30f;
	float v = t * t;
	float s = mulAdd(sinC3, v, sinC2);
	s = mulAdd(s, v, sinC1);
	s = mulAdd(s, v, sinC0);
	s *= t;
	float c = mulAdd(cosC3, v, cosC2);
	c = mulAdd(c, v, cosC1);
	c = mulAdd(c, v, cosC0);
	c = mulAdd(c, v, 1);
	bool swap = (q & 1) != 0;
	sin = float32frombits(float32bits(swap ? c : s) ^ ((q << 30) & signBit));
	cos = float32frombits(float32bits(swap ? s : c) ^ (((q + 1) << 30) & signBit));
}

// sqrt

DEVICE float Sqrt(float x) { return sqrtf(x); } // sqrt.rn.f32, correctly rounded

// exp64

constexpr double exp64High = 710, exp64Low = -746;
constexpr double log2E64 = 0x1.71547652b82fep+0, ln2High64 = 0x1.62e42fefa38p-1, ln2Low64 = 0x1.ef35793c7673p-45;
constexpr double roundInt64 = 0x1.8p52;
constexpr double exp64C2 = 0x1.000000000000ap-1, exp64C3 = 0x1.5555555555508p-3, exp64C4 = 0x1.55555555506d9p-5;
constexpr double exp64C5 = 0x1.11111111248ccp-7, exp64C6 = 0x1.6c16c1846e52ap-10, exp64C7 = 0x1.a01a013a447f4p-13;
constexpr double exp64C8 = 0x1.a0199979485afp-16, exp64C9 = 0x1.71df0400f04e9p-19, exp64C10 = 0x1.28ade3769365cp-22;
constexpr double exp64C11 = 0x1.adb16c3d8563ep-26;

DEVICE double pow2of64(int k) { return float64frombits((unsigned long long)(k + 1023) << 52); }

DEVICE double Exp64(double x) {
	if (x > exp64High) {
		x = exp64High;
	}
	if (x < exp64Low) {
		x = exp64Low;
	}
	double t = x * log2E64 + roundInt64; // two roundings
	double n = t - roundInt64;
	double r = fma(-n, ln2High64, x);
	r = fma(-n, ln2Low64, r);
	double p = fma(exp64C11, r, exp64C10);
	p = fma(p, r, exp64C9);
	p = fma(p, r, exp64C8);
	p = fma(p, r, exp64C7);
	p = fma(p, r, exp64C6);
	p = fma(p, r, exp64C5);
	p = fma(p, r, exp64C4);
	p = fma(p, r, exp64C3);
	p = fma(p, r, exp64C2);
	p = fma(r * r, p, r) + 1;
	int k = (int)(unsigned)float64bits(t);
	int half = k >> 1;
	return p * pow2of64(half) * pow2of64(k - half);
}

// log64

constexpr unsigned long long oneBits64 = 0x3ff0000000000000, sqrtHalfBits64 = 0x3fe6a09e667f3bcd;
constexpr unsigned long long mantissaMask64 = (1ull << 52) - 1;
constexpr double logLn2High64 = 0x1.62e42feep-1, logLn2Low64 = 0x1.a39ef35793c76p-33;
constexpr double log64C1 = 0x1.5555555555593p-1, log64C2 = 0x1.999999997fa04p-2, log64C3 = 0x1.2492494229359p-2;
constexpr double log64C4 = 0x1.c71c51d8e78afp-3, log64C5 = 0x1.7466496cb03dep-3, log64C6 = 0x1.39a09d078c69fp-3;
constexpr double log64C7 = 0x1.2f112df3e5244p-3;

DEVICE double Log64(double x) {
	double y = x, k = -1023;
	if (x < 0x1p-1022) {
		y = x * 0x1p54;
		k = -1023 - 54;
	}
	unsigned long long b = float64bits(y) + (oneBits64 - sqrtHalfBits64);
	k += float64frombits(b >> 52 | 0x433ull << 52) - 0x1p52;
	double f = float64frombits((b & mantissaMask64) + sqrtHalfBits64) - 1;
	double s = f / (2 + f);
	double z = s * s;
	double r = fma(log64C7, z, log64C6);
	r = fma(r, z, log64C5);
	r = fma(r, z, log64C4);
	r = fma(r, z, log64C3);
	r = fma(r, z, log64C2);
	r = fma(r, z, log64C1);
	double h = 0.5 * f * f;
	r = fma(r, z, h);
	r = fma(s, r, k * logLn2Low64);
	y = fma(k, logLn2High64, f - (h - r));
	if (x == 0) {
		y = -inf64();
	}
	if (x < 0) {
		y = notANumber64();
	}
	if (!(x < inf64())) {
		y = x;
	}
	return y;
}

// philox

constexpr int philoxRounds = 10;
constexpr unsigned philoxM0 = 0xd2511f53, philoxM1 = 0xcd9e8d57;
constexpr unsigned philoxW0 = 0x9e3779b9, philoxW1 = 0xbb67ae85;

struct Words { unsigned w[4]; };

DEVICE Words Philox(unsigned c0, unsigned c1, unsigned c2, unsigned c3, unsigned k0, unsigned k1) {
	UNROLL
	for (int i = 0; i < philoxRounds; i++) {
		unsigned high0 = __umulhi(philoxM0, c0), low0 = philoxM0 * c0; // fewer instructions than one wide product
		unsigned high1 = __umulhi(philoxM1, c2), low1 = philoxM1 * c2;
		c0 = high1 ^ c1 ^ k0;
		c1 = low1;
		c2 = high0 ^ c3 ^ k1;
		c3 = low0;
		k0 += philoxW0;
		k1 += philoxW1;
	}
	return Words{{c0, c1, c2, c3}};
}

// normal

struct Key {
	unsigned long long seed;
	unsigned stream, step, sample;

	__device__ Words words(unsigned block) const {
		return Philox(block, stream, step, sample, (unsigned)seed, (unsigned)(seed >> 32));
	}
};

// advance is the key of the s-th sample after key's (package kernels).
DEVICE Key advance(Key key, unsigned s) {
	key.sample += s;
	return key;
}

constexpr int lanes = 16, group = 4 * lanes;

DEVICE void boxMuller(unsigned a, unsigned b, float &z0, float &z1) {
	float u = (float)a * 0x1p-32f + 0x1p-33f;
	float r = Sqrt(-2 * logNormal(u, 0));
	float s, c;
	SinCos2Pi(b, s, c);
	z0 = r * c;
	z1 = r * s;
}

struct Normals { float z[4]; };

DEVICE Normals Normal4(Words w) {
	Normals n;
	boxMuller(w.w[0], w.w[1], n.z[0], n.z[1]);
	boxMuller(w.w[2], w.w[3], n.z[2], n.z[3]);
	return n;
}

// reduce

constexpr int Lanes = 16, Chunk = 4096;

// tree32 and tree64 combine the values of 16 neighbouring threads, virtual lane l in thread
// l mod 16, and give all 16 the result: lane l exchanges with lane l^8, then 4, 2 and 1, and
// a sum has the same bits in both orders. mask names the warp's threads that take part.
DEVICE float tree32(unsigned mask, float lane) {
	UNROLL
	for (int half = Lanes / 2; half > 0; half /= 2) {
		lane += __shfl_xor_sync(mask, lane, half, Lanes);
	}
	return lane;
}

DEVICE double tree64(unsigned mask, double lane) {
	UNROLL
	for (int half = Lanes / 2; half > 0; half /= 2) {
		lane += __shfl_xor_sync(mask, lane, half, Lanes);
	}
	return lane;
}

// product

constexpr int exponentBias = 127;
constexpr unsigned oneBits = exponentBias << 23;

// Product is a virtual lane of a product.
struct Product {
	float lane = 1;
	int exponents = 0;

	__device__ __forceinline__ void multiply(float x) {
		unsigned b = float32bits(lane * x);
		exponents += (int)(b >> 23);
		lane = float32frombits((b & mantissaMask) | oneBits);
	}

	// combine gives all 16 threads the mantissa, and the sum of the lanes' exponents, as tree64 does.
	__device__ __forceinline__ double combine(unsigned mask) {
		double mantissa = lane;
		UNROLL
		for (int half = Lanes / 2; half > 0; half /= 2) {
			mantissa *= __shfl_xor_sync(mask, mantissa, half, Lanes);
			exponents += __shfl_xor_sync(mask, exponents, half, Lanes);
		}
		return mantissa;
	}
};

constexpr double ln2 = 0x1.62e42fefa39efp-1;

// KLValue is the divergence of n elements.
DEVICE double KLValue(double terms, double mantissa, int exponents, int n) {
	double exponent = exponents - exponentBias * n;
	return 0.5 * terms - (Log64(mantissa) + exponent * ln2);
}

// average

// LogSumExpAdd adds the term e^−x to the running sum log Σ = largest + log sum.
DEVICE void LogSumExpAdd(double &largest, double &sum, float x) {
	double l = -(double)x;
	if (l > largest) {
		sum = sum * Exp64(largest - l) + 1;
		largest = l;
	} else if (l != -inf64()) {
		sum += Exp64(l - largest);
	}
}

} // namespace ref

constexpr unsigned wholeWarp = 0xffffffff;

// threadIndex is the number of the thread in a one-dimensional grid.
DEVICE long long threadIndex() { return (long long)blockIdx.x * blockDim.x + threadIdx.x; }
