package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// deviceFlags choose what does the work, and how exactly.
type deviceFlags struct{ device, precision string }

// The values of --precision.
const (
	float32Precision = "float32"
	tf32Precision    = "tf32"
)

// add gives a command the flags.
func (f *deviceFlags) add(cmd *cobra.Command) {
	f.addDevice(cmd)
	cmd.Flags().StringVar(&f.precision, "precision", float32Precision,
		"float32, or tf32: on a GPU, faster matrix products with rounded inputs and other results")
	complete(cmd, "precision", float32Precision, tf32Precision)
}

// addDevice gives a command whose results must be exact --device alone.
func (f *deviceFlags) addDevice(cmd *cobra.Command) {
	f.precision = float32Precision
	cmd.Flags().StringVar(&f.device, "device", "auto", "what does the work: cpu, cuda (or "+
		"cuda:1, …), or auto, a GPU if there is one; never changes a result")
	complete(cmd, "device", "auto", "cpu", "cuda")
}

// open starts the device; threads is for the CPU, 0 for all.
func (f deviceFlags) open(threads int) (kernels.Device, error) {
	tf32 := f.precision == tf32Precision
	if !tf32 && f.precision != float32Precision {
		return nil, usagef("--precision %q: want %s or %s", f.precision, float32Precision, tf32Precision)
	}
	kind, number, numbered := strings.Cut(f.device, ":")
	ordinal := ownGPU()
	if numbered {
		var err error
		if ordinal, err = strconv.Atoi(number); err != nil || ordinal < 0 || kind != "cuda" {
			return nil, badDevice(f.device)
		}
	}
	switch {
	case kind == "auto":
		return openAuto(threads, tf32)
	case kind == "cuda":
		d, err := openCUDA(ordinal, tf32)
		if err != nil {
			return nil, fmt.Errorf("--device %s: %w", f.device, err)
		}
		return d, nil
	case kind == "cpu" && tf32:
		return nil, usagef("--precision %s: only a GPU has it, not --device cpu", f.precision)
	case kind == "cpu":
		return openCPU(threads)
	}
	return nil, badDevice(f.device)
}

// ownGPU is the number of the GPU that is this process's unless the user names another: the
// first, or of several processes on a machine each its own as far as there are enough.
func ownGPU() int {
	n := len(cudaDevices())
	if group == nil || n == 0 {
		return 0
	}
	rank, _ := group.Local()
	return rank % n
}

// openAuto starts the first GPU, or the processor where there is none. A GPU that is there and
// does not start, because another program has it, say, earns a line.
func openAuto(threads int, tf32 bool) (kernels.Device, error) {
	problem := cudaProblem()
	if problem == nil {
		d, err := openCUDA(ownGPU(), tf32)
		if err == nil {
			return d, nil
		}
		problem = err
		if !tf32 {
			fmt.Fprintf(os.Stderr, "symvi: the processor does the work: %v\n", err)
		}
	}
	if tf32 {
		return nil, fmt.Errorf("--precision %s: only a GPU has it: %w", tf32Precision, problem)
	}
	return openCPU(threads)
}

func badDevice(device string) error {
	return usagef("--device %q: want auto, cpu, cuda or cuda:NUMBER", device)
}

// divide returns what opens processor devices of one thread each, so that independent trainings
// can run side by side, one to a core; nil on a GPU, and where several processes share each of
// them.
func (f deviceFlags) divide(d kernels.Device, threads int) func(most int) ([]kernels.Device,
	error) {
	if _, ok := d.(*cpu.Device); !ok || group != nil {
		return nil
	}
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	return func(most int) ([]kernels.Device, error) {
		devices := make([]kernels.Device, min(most, threads))
		for i := range devices {
			var err error
			if devices[i], err = openCPU(1); err != nil {
				return nil, err
			}
		}
		return devices, nil
	}
}

// checkThreads reports a number of threads that no processor device has.
func checkThreads(threads int) error {
	if threads < 0 || threads > cpu.MaxThreads {
		return usagef("--threads %d: want an integer between 0 (all) and %d", threads, cpu.MaxThreads)
	}
	return nil
}

func openCPU(threads int) (kernels.Device, error) {
	d, err := cpu.New(cpu.Options{Threads: threads})
	if err != nil {
		return nil, usageError{err}
	}
	return d, nil
}
