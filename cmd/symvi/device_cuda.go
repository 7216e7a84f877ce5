//go:build cuda

package main

import (
	"github.com/symvi/symvi/cuda"
	"github.com/symvi/symvi/kernels"
)

// cudaBuild says that this build looks for GPUs.
const cudaBuild = true

// openCUDA starts a GPU.
func openCUDA(ordinal int, tf32 bool) (kernels.Device, error) {
	return cuda.New(cuda.Options{Ordinal: ordinal, TF32: tf32})
}

// cudaProblem says why auto takes no GPU; nil if it takes one.
func cudaProblem() error { return cuda.Available() }

// cudaDevices names the GPUs.
func cudaDevices() []string { return cuda.Names() }
