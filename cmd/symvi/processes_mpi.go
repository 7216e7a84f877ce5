//go:build mpi

package main

import (
	"time"

	"github.com/symvi/symvi/internal/mpi"
)

// join joins the others over MPI.
func join(patience time.Duration, fail func(error)) (processes, error) {
	w, err := mpi.Join(patience, fail)
	if err != nil {
		return nil, err // and no World that is nil
	}
	return w, nil
}

// mpiVersion names the MPI library of this build, "" without one.
func mpiVersion() string { return mpi.Version() }
