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

// launchers are the variables in which launchers tell a process its rank and how many there are.
var launchers = [][2]string{
	{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, // OpenMPI
	{"PMI_RANK", "PMI_SIZE"},                         // MPICH, Intel MPI, srun --mpi=pmi2
	{"PMIX_RANK", "SLURM_STEP_NUM_TASKS"},            // srun --mpi=pmix
}

// Launched is the rank of this process among those that a launcher has started, and how many
// there are: 0 of 1 without a launcher. A task of srun without MPI is by itself.
func Launched() (rank, size int) {
	for _, names := range launchers {
		rank, err1 := strconv.Atoi(os.Getenv(names[0]))
		size, err2 := strconv.Atoi(os.Getenv(names[1]))
		if err1 == nil && err2 == nil {
			return rank, size
		}
	}
	return 0, 1
}
