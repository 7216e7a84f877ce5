// Scaling of a matrix to row and column sums near 1, and what else proposals are made of
// (internal/ref/importance.go), for importance.cu, importance_layer.cu and conditional.cu.
#pragma once

#include "common.cuh"

namespace proposal {

constexpr double balance = 0x1p-6, leastShare = 0x1p-60, tiny = 0x1p-512;

DEVICE double reciprocal(double x) { return x > tiny ? 1 / x : 0; }

// share is 2⁻⁶⁰ + a·r/mass, the quotient 0 where mass is 0.
DEVICE double share(double a, double mass, double r) {
	double q = 0;
	if (mass > 0) {
		q = a * r / mass;
	}
	return q + leastShare;
}

// uniform is the 53 high bits of two words as a number in [0, 1).
DEVICE double uniform(unsigned high, unsigned low) {
	return (double)(((unsigned long long)high << 32 | low) >> 11) * 0x1p-53;
}

// place is where row i comes when the rows are in decreasing order of their keys, equal ones in their
// order: the number of those before it. Insertion moves no row past a NaN, so each stretch between two of
// them is sorted for itself.
DEVICE int place(const double *key, int n, int i) {
	int place = 0;
	for (int s = 0; s < n; s++) {
		if (!(key[s] == key[s])) {
			if (s > i) {
				break;
			}
			place = min(s + 1, i);
		} else if (key[s] > key[i] || (key[s] == key[i] && s < i)) {
			place++;
		}
	}
	return place;
}

// Sixteens are a block's groups of sixteen threads, each a virtual lane of a row.
struct Sixteens {
	int number, count, lane;
};

DEVICE Sixteens sixteens() {
	return Sixteens{(int)threadIdx.x / ref::Lanes, (int)blockDim.x / ref::Lanes, (int)threadIdx.x % ref::Lanes};
}

// lanes is the thread's lane of Σ x·y over ld elements, products rounded before they are added.
DEVICE double lanes(const double *x, const double *y, int ld, int lane) {
	double sum = 0;
	for (int j = lane; j < ld; j += ref::Lanes) {
		sum += x[j] * y[j];
	}
	return sum;
}

// exponentiate writes exp(c − u − v) to the n×ld matrix b, u and v being the maxima of first the
// rows and then the columns, and 0 to its columns from n on.
DEVICE void exponentiate(double *b, const double *c, int n, int ld, double *u, double *v) {
	Sixteens me = sixteens();
	for (int first = 0; first < n; first += me.count) {
		int i = first + me.number;
		double largest = -ref::inf64();
		for (int j = me.lane; j < n && i < n; j += ref::Lanes) {
			double x = c[(long long)i * n + j];
			largest = x > largest ? x : largest;
		}
		for (int half = ref::Lanes / 2; half > 0; half /= 2) {
			double other = __shfl_xor_sync(wholeWarp, largest, half, ref::Lanes);
			largest = other > largest ? other : largest;
		}
		if (me.lane == 0 && i < n) {
			u[i] = largest;
		}
	}
	__syncthreads();
	for (int j = threadIdx.x; j < n; j += blockDim.x) {
		double largest = -ref::inf64();
		for (int i = 0; i < n; i++) {
			double x = c[(long long)i * n + j] - u[i];
			if (x > largest) { // not where −∞ − −∞ is NaN
				largest = x;
			}
		}
		v[j] = largest;
	}
	__syncthreads();
	for (int first = 0; first < n; first += me.count) {
		int i = first + me.number;
		for (int j = me.lane; j < ld && i < n; j += ref::Lanes) {
			double e = 0;
			if (j < n) {
				double x = c[(long long)i * n + j];
				if (x != -ref::inf64()) {
					e = ref::Exp64(x - u[i] - v[j]);
				}
			}
			b[(long long)i * ld + j] = e;
		}
	}
	__syncthreads();
}

// scale writes the scaled matrix to b and Σ_j b[i, j]² to key, by at most so many sweeps of Sinkhorn's and a
// last one over the rows. A sweep has two halves: the rows' sums, sixteen threads a row,
// and the columns' masses, a thread a column, a chain over the rows from the last to the
// first. r and key have n elements, cols ld. Whole blocks call it; b, which may be global
// memory, is the block's own.
DEVICE void scale(double *b, const double *c, int most, int n, int ld, double *r, double *key, double *cols) {
	Sixteens me = sixteens();
	exponentiate(b, c, n, ld, key, cols);
	for (int j = threadIdx.x; j < ld; j += blockDim.x) {
		cols[j] = j < n ? 1 : 0;
	}
	__syncthreads();
	for (int sweep = 0; sweep < most; sweep++) {
		for (int first = 0; first < n; first += me.count) {
			int i = first + me.number;
			double sum = i < n ? lanes(b + (long long)i * ld, cols, ld, me.lane) : 0;
			sum = ref::tree64(wholeWarp, sum);
			if (me.lane == 0 && i < n) {
				r[i] = reciprocal(sum);
			}
		}
		__syncthreads();
		bool unbalanced = false;
		for (int j = threadIdx.x; j < n; j += blockDim.x) {
			double mass = 0;
			for (int i = n - 1; i >= 0; i--) {
				mass += b[(long long)i * ld + j] * r[i];
			}
			if (cols[j] != 0) {
				unbalanced = unbalanced || fabs(mass * cols[j] - 1) > balance;
				cols[j] = reciprocal(mass);
			}
		}
		if (!__syncthreads_or(unbalanced)) {
			break;
		}
	}
	for (int first = 0; first < n; first += me.count) {
		int i = first + me.number;
		double *row = b + (long long)i * ld;
		double sum = i < n ? lanes(row, cols, ld, me.lane) : 0;
		double inverse = reciprocal(ref::tree64(wholeWarp, sum));
		for (int j = me.lane; j < ld && i < n; j += ref::Lanes) {
			row[j] = row[j] * cols[j] * inverse;
		}
		sum = ref::tree64(wholeWarp, i < n ? lanes(row, row, ld, me.lane) : 0);
		if (me.lane == 0 && i < n) {
			key[i] = sum;
		}
	}
	__syncthreads();
}

} // namespace proposal
