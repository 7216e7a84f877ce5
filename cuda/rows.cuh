// One row of a loss for 16 threads, thread l being virtual lane l: it alone reads and writes
// columns l, l+16, …, so that working in place needs no barrier.
#pragma once

#include "common.cuh"

constexpr int rowThreads = ref::Lanes;

struct Row {
	long long number;
	int lane, width; // width is 0 beyond the last row, whose threads only take part in shuffles
};

DEVICE Row thisRow(long long rows, int width) {
	long long thread = threadIndex();
	long long row = thread / rowThreads;
	return Row{row, (int)(thread % rowThreads), row < rows ? width : 0};
}
