// The MPI calls of package mpi. Each starts a collective that does not block and waits for it:
// testing without a pause for some milliseconds, in which large messages arrive in pieces, then
// with sleeps. They return MPI_SUCCESS, an error of MPI, or gave_up when the others have
// not come in time.

#include <mpi.h>
#include <sched.h>
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

// wait_for does not count the time in which this process itself was stopped.
static int wait_for(MPI_Request *request, double patience) {
	const double spin = 5e-3, longest = 0.1;
	const struct timespec pause = {0, 50 * 1000};
	double waited = 0, before = now();
	for (;;) {
		int done = 0, err = MPI_Test(request, &done, MPI_STATUS_IGNORE);
		if (err != MPI_SUCCESS || done) return err;
		double step = now() - before;
		before += step;
		waited += step < longest ? step : longest;
		if (waited > patience) return gave_up;
		if (waited > spin) nanosleep(&pause, NULL);
		else if (crowded) sched_yield();
	}
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

static int all_to_all(float *send, int *send_counts, int *send_at, float *recv, int *recv_counts, int *recv_at, double patience) {
	MPI_Request request;
	int err = MPI_Ialltoallv(send, send_counts, send_at, MPI_FLOAT, recv, recv_counts, recv_at, MPI_FLOAT, world, &request);
	return err == MPI_SUCCESS ? wait_for(&request, patience) : err;
}

static int all_gather(float *x, int *counts, int *at, double patience) {
	MPI_Request request;
	int err = MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, x, counts, at, MPI_FLOAT, world, &request);
	return err == MPI_SUCCESS ? wait_for(&request, patience) : err;
}

static int all_gather_bytes(void *x, int *counts, int *at, double patience) {
	MPI_Request request;
	int err = MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, x, counts, at, MPI_BYTE, world, &request);
	return err == MPI_SUCCESS ? wait_for(&request, patience) : err;
}

static int all_gather_int(int mine, int *all, double patience) {
	MPI_Request request;
	int err = MPI_Iallgather(&mine, 1, MPI_INT, all, 1, MPI_INT, world, &request);
	return err == MPI_SUCCESS ? wait_for(&request, patience) : err;
}

// all_failed reports whether all processes come to say that they have failed.
static int all_failed(double patience) {
	MPI_Request request;
	return MPI_Ibarrier(failures, &request) == MPI_SUCCESS && wait_for(&request, patience) == MPI_SUCCESS;
}

static void abort_all(int code) { MPI_Abort(world, code); }
