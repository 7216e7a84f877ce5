//go:build mpi

package main

import (
	"time"

	"github.com/symvi/symvi/internal/mpi"
)

// join joins the others over MPI.
func join(patience time.Duration, fail func(error)) (processes, error) {
	return mpi.Join(patience, fail)
}

// mpiVersion names the MPI library of this build, "" without one.
func mpiVersion() string { return mpi.Version() }
