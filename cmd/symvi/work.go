package main

import (
	"github.com/spf13/cobra"

	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/mnist"
)

// machine is where a command works, and with how much.
type machine struct {
	where   deviceFlags
	threads int // of the processor, 0 for all
	memory  memorySize
}

// add gives a command that has no settings the flags, but for that of the memory.
func (m *machine) add(cmd *cobra.Command) {
	cmd.Flags().IntVar(&m.threads, "threads", 0, "threads of the processor, 0 for all; never "+
		"changes a result")
	m.where.add(cmd)
}

// work starts the device and has do use it, while a person is told how it is getting on, unless
// quiet. When it returns all of that has ended.
func (m machine) work(cmd *cobra.Command, quiet bool, do func(*experiment.Runner) error) error {
	if err := checkThreads(m.threads); err != nil {
		return err
	}
	watch := newProgress(cmd.ErrOrStderr(), quiet)
	defer watch.close()
	device, err := m.where.open(m.threads)
	if err != nil {
		return err
	}
	defer device.Close()
	r := &experiment.Runner{
		Device:    device,
		Precision: m.where.precision,
		Builtin:   map[string]func() (*dataset.Split, error){"mnist": mnist.Load},
		Version:   version(),
		Watch:     watch.watch(),
		Memory:    int64(m.memory),
		Divide:    m.where.divide(device, m.threads),
	}
	if group != nil {
		r.Processes = group
	}
	return do(r)
}
