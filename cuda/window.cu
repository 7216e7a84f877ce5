// step_window: window[i, :] = plan[next + i, :] for the rows of the window, then next += rows: the
// states of the steps to come (kernels.StepWindow).
//
// Shapes: window [rows×8], plan [planRows×8], next [1]. Rows beyond the plan are zeros.
// Layout: one block, an element a thread at a time; a launch in about twenty steps, all latency.
#include "state.cuh"

extern "C" __global__ void __launch_bounds__(160) step_window(int *window, const int *plan, int *next, int rows, int planRows, long long replica) {
	window = ofReplica(window, replica);
	plan = ofReplica(plan, replica);
	next = ofReplica(next, replica);
	long long first = *next;
	__syncthreads();
	for (int i = threadIdx.x; i < rows * ref::stepWords; i += blockDim.x) {
		long long from = first * ref::stepWords + i;
		window[i] = from >= 0 && from < (long long)planRows * ref::stepWords ? plan[from] : 0;
	}
	if (threadIdx.x == 0) {
		*next = (int)(first + rows);
	}
}
