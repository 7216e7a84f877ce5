//go:build !mpi

package main

import "time"

// join leaves this process by itself: this build has no MPI, which matters to a command that
// several processes would have to run together.
func join(time.Duration, func(error)) (processes, error) { return nil, nil }

// mpiVersion names the MPI library of this build, "" without one.
func mpiVersion() string { return "" }
