//go:build !cuda

package main

import (
	"errors"

	"github.com/symvi/symvi/kernels"
)

// cudaBuild says that this build does not look for GPUs.
const cudaBuild = false

var errNoCUDA = errors.New("this build has no CUDA; build with make cuda")

// openCUDA says that this build cannot.
func openCUDA(int, bool) (kernels.Device, error) { return nil, errNoCUDA }

// cudaProblem says why auto takes no GPU.
func cudaProblem() error { return errNoCUDA }

// cudaDevices is empty: this build knows no GPUs.
func cudaDevices() []string { return nil }
