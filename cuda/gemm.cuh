// What gemm.cu and gemm_tf32.cu share: the arguments of a matrix product, how a block fetches
// its part of the operands from memory, and where a thread's part of C is.
#pragma once
#include "common.cuh"

// Product is C = act(op(A)·op(B) + bias), or with accumulate act(C + op(A)·op(B) + bias), for
// m×n matrices C: leading dimensions ld and item strides in elements.
struct Product {
	float *c;
	const float *a, *b, *bias;
	int m, n, k;
	long long lda, ldb, ldc, strideA, strideB, strideC, strideBias;
	int accumulate, activation;
};

enum Activation { identity, relu, tanhyperbolic }; // kernels.Activation

// PARAMETERS of every entry point, and the PRODUCT they describe.
#define PARAMETERS float *c, const float *a, const float *b, const float *bias, int m, int n, int k, \
	long long lda, long long ldb, long long ldc, long long strideA, long long strideB, long long strideC, long long strideBias, \
	int accumulate, int activation, long long replica
#define PRODUCT Product{ofReplica(c, replica), ofReplica(a, replica), ofReplica(b, replica), optional(bias, replica), m, n, k, lda, ldb, ldc, strideA, strideB, strideC, strideBias, accumulate, activation}

// aligned16 reports whether every fourth element of every row starts 16 bytes.
DEVICE bool aligned16(const float *origin, long long ld) { return ((size_t)origin & 15) == 0 && (ld & 3) == 0; }

// load4 fetches count of four neighbours, the rest are pad.
DEVICE float4 load4(const float *from, int count, bool aligned, float pad) {
	if (aligned && count >= 4) {
		return *reinterpret_cast<const float4 *>(from);
	}
	return make_float4(count > 0 ? from[0] : pad, count > 1 ? from[1] : pad, count > 2 ? from[2] : pad, count > 3 ? from[3] : pad);
}

// store4 stores the first count of four neighbours.
DEVICE void store4(float *to, float4 v, int count, bool aligned) {
	if (aligned && count >= 4) {
		*reinterpret_cast<float4 *>(to) = v;
		return;
	}
	if (count > 0) {
		to[0] = v.x;
	}
	if (count > 1) {
		to[1] = v.y;
	}
	if (count > 2) {
		to[2] = v.z;
	}
	if (count > 3) {
		to[3] = v.w;
	}
}

// Panel is a thread's share of the part of op(A) or op(B) that its block walks through: groups
// of four neighbours among rows (columns of B) × BK terms, a fixed step apart. alongK: the
// terms of a row are neighbours in memory, else the rows of a term.
template <int rows, int bk, int threads, bool alongK>
struct Panel {
	static constexpr int groups = rows * bk / 4 / threads;
	static constexpr int across = (alongK ? bk : rows) / 4; // threads side by side
	static constexpr int step = threads / across;           // from one group of a thread to its next
	const float *from;
	long long ld;
	int rowsLeft, termsLeft; // from the thread's first group on
	bool aligned;
	float4 next[groups];

	// The panel starts at origin, where rowsLeft rows and terms terms are left.
	__device__ __forceinline__ Panel(const float *origin, long long ld, int rowsLeft, int terms) : ld(ld), aligned(aligned16(origin, ld)) {
		int near = threadIdx.x % across * 4, far = threadIdx.x / across;
		from = origin + far * ld + near;
		this->rowsLeft = rowsLeft - (alongK ? far : near);
		termsLeft = terms - (alongK ? near : far);
	}

	// fetch loads the next bk terms; what lies outside the matrix is pad.
	__device__ __forceinline__ void fetch(float pad) {
		UNROLL
		for (int g = 0; g < groups; g++) {
			int farLeft = (alongK ? rowsLeft : termsLeft) - g * step;
			next[g] = load4(from + g * step * ld, farLeft > 0 ? alongK ? termsLeft : rowsLeft : 0, aligned, pad);
		}
		from += alongK ? bk : bk * ld;
		termsLeft -= bk;
	}
};

// Corner is a thread's first element of C and of the bias, and how many rows and columns of
// the matrix are left from there on.
struct Corner {
	float *c;
	const float *bias;
	long long ldc;
	int rowsLeft, colsLeft;
	bool aligned;

	__device__ __forceinline__ Corner(const Product &g, long long item, int row, int col)
		: c(g.c + item * g.strideC + row * g.ldc + col), bias(g.bias ? g.bias + item * g.strideBias + col : nullptr),
		  ldc(g.ldc), rowsLeft(g.m - row), colsLeft(g.n - col), aligned(aligned16(c, g.ldc)) {}
};
