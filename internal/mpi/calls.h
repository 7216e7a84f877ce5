// The MPI calls of package mpi: collectives that do not block, and the wait for them: testing
// without a pause for some milliseconds, in which large messages arrive in pieces, then with
// sleeps. They return MPI_SUCCESS, an error of MPI, or gave_up when the others have not come
// in time.

#include <mpi.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { gave_up = -1 };

static MPI_Comm world, failures;
static int crowded; // this machine has more processes than processors

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

// wait_for waits for so many requests. It does not count the time in which this process itself
// was stopped.
static int wait_for(int n, MPI_Request *requests, double patience) {
	const double spin = 5e-3, longest = 0.1;
	const struct timespec pause = {0, 50 * 1000};
	double waited = 0, before = now();
	for (;;) {
		for (int done = 1; done && n > 0; n -= done) { // any test moves all on
			int err = MPI_Test(&requests[n - 1], &done, MPI_STATUS_IGNORE);
			if (err != MPI_SUCCESS) return err;
		}
		if (n == 0) return MPI_SUCCESS;
		double step = now() - before;
		before += step;
		waited += step < longest ? step : longest;
		if (waited > patience) return gave_up;
		if (waited > spin) nanosleep(&pause, NULL);
		else if (crowded) sched_yield();
	}
}

// What was begun and not waited for: requests, and the counts and places that MPI may read until
// they are done.
static MPI_Request *begun;
static int **used;
static int begun_count, begun_room;

// begin makes room for one more request and n counts and places. Without memory for them there
// is nothing to go on with.
static int *begin(int n) {
	if (begun_count == begun_room) {
		begun_room = 2 * begun_room + 8;
		begun = realloc(begun, begun_room * sizeof *begun);
		used = realloc(used, begun_room * sizeof *used);
	}
	int *ints = malloc((n + 1) * sizeof *ints);
	if (!begun || !used || !ints) abort();
	return used[begun_count] = ints;
}

static int wait_for_all(double patience) {
	int err = wait_for(begun_count, begun, patience);
	if (err != MPI_SUCCESS) return err;
	while (begun_count > 0) free(used[--begun_count]);
	return err;
}

// start_up joins the others. MPI may then be called by one thread at a time, whichever that is.
static int start_up(int *threads) {
	int provided, err = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
	if (err != MPI_SUCCESS) return err;
	*threads = provided >= MPI_THREAD_SERIALIZED;
	MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
	world = MPI_COMM_WORLD;
	return MPI_Comm_dup(world, &failures);
}

// place finds the number of this process, among all and among those of its machine.
static int place(int *rank, int *size, int *local_rank, int *local_size) {
	MPI_Comm machine;
	MPI_Comm_rank(world, rank);
	MPI_Comm_size(world, size);
	int err = MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
	if (err != MPI_SUCCESS) return err;
	MPI_Comm_rank(machine, local_rank);
	MPI_Comm_size(machine, local_size);
	crowded = *local_size > sysconf(_SC_NPROCESSORS_ONLN);
	return MPI_Comm_free(&machine);
}

// part is a Go [2]int: from the first element to before the second.
typedef struct { intptr_t from, to; } part;

// split turns the ranges of all processes into counts and places.
static void split(const part *ranges, int n, int *counts, int *at) {
	for (int i = 0; i < n; i++) {
		counts[i] = ranges[i].to - ranges[i].from;
		at[i] = ranges[i].from;
	}
}

static int all_to_all(float *send, part *to, float *recv, part *from) {
	int n;
	MPI_Comm_size(world, &n);
	int *ints = begin(4 * n);
	split(to, n, ints, ints + n);
	split(from, n, ints + 2 * n, ints + 3 * n);
	int err = MPI_Ialltoallv(send, ints, ints + n, MPI_FLOAT, recv, ints + 2 * n, ints + 3 * n, MPI_FLOAT, world, begun + begun_count);
	begun_count++;
	return err;
}

static int gather(void *x, part *parts, MPI_Datatype type) {
	int n;
	MPI_Comm_size(world, &n);
	int *ints = begin(2 * n);
	split(parts, n, ints, ints + n);
	int err = MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, x, ints, ints + n, type, world, begun + begun_count);
	begun_count++;
	return err;
}

static int all_gather(float *x, part *parts) { return gather(x, parts, MPI_FLOAT); }

static int all_gather_bytes(void *x, part *parts) { return gather(x, parts, MPI_BYTE); }

static int all_gather_int(int mine, int *all, double patience) {
	MPI_Request request;
	int err = MPI_Iallgather(&mine, 1, MPI_INT, all, 1, MPI_INT, world, &request);
	return err == MPI_SUCCESS ? wait_for(1, &request, patience) : err;
}

// all_failed reports whether all processes come to say that they have failed.
static int all_failed(double patience) {
	MPI_Request request;
	return MPI_Ibarrier(failures, &request) == MPI_SUCCESS && wait_for(1, &request, patience) == MPI_SUCCESS;
}

static void abort_all(int code) { MPI_Abort(world, code); }
