// Package mpi joins a process to those that mpirun or srun has started with it, over the MPI
// library of the machine: OpenMPI with the build tag mpi, or MPICH and what is compatible with it
// with mpi and mpich. Without the tag mpi it only says whether there are others.
//
// It moves values and adds nothing up: an MPI library promises no order of additions. All calls
// wait by asking again and again with short sleeps, because there may be more processes
// than processors, and give up after Patience: then another process is gone or stuck.
package mpi

import (
	"os"
	"strconv"
)

// launchers are the variables that launchers tell a process the number of processes with.
var launchers = []string{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS"}

// Launched is the number of processes that a launcher has started, this one among them; 1
// without one. Slurm's srun names it for every job, so it counts only where it offers MPI.
func Launched() int {
	for _, name := range launchers {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
	}
	if os.Getenv("PMIX_RANK") != "" || os.Getenv("PMI_RANK") != "" {
		if n, err := strconv.Atoi(os.Getenv("SLURM_STEP_NUM_TASKS")); err == nil {
			return n
		}
	}
	return 1
}
