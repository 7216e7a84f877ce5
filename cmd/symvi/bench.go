package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symvi/symvi/internal/benchmark"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/kernels/cpu"
)

// benchFlags are the flags of bench.
type benchFlags struct {
	kernel  string
	options benchmark.Options
	asJSON  bool
}

func newBenchCommand() *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Time kernels, training steps and whole runs, beside alternatives and limits",
		Long: `Time every kernel with every row of microkernels, beside gonum and the standard library
where they can do the same, and beside the machine's limits: a loop of fused multiply-adds
and a loop that copies 16 Mi elements, which give %peak.

trainStep is a step of training, of four networks; startUp is symvi train on MNIST until its
first step, train one epoch of it: processes of their own, with their processor time and the
most memory they had (Linux).

The implementations of a case take turns; the figures are medians over their rounds. All
use one thread; steps, whole runs and some products also two, and all. The output is Go's
benchmark format, for benchstat; ratios follow on the standard error.`,
		Example: `  symvi bench --kernel gemm
  symvi bench --kernel 'trainStep|startUp|^train/'
  symvi bench --kernel 'exp|adam' --isa avx512,avx2 --time 2s
  symvi bench --json > bench.jsonl`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.kernel, "kernel", "", "`pattern` (regular expression) of the names to "+
		"time, like gemm/NT-512x512x512 (default all)")
	flags.StringSliceVar(&f.options.ISAs, "isa", nil, "`rows` of microkernels to time (default "+
		"all this machine has)")
	flags.IntVar(&f.options.Threads, "threads", 0, "threads of each implementation; 0 means one, "+
		"and also two and all where scaling is of interest")
	flags.DurationVar(&f.options.Time, "time", benchmark.DefaultTime,
		"how long to run one implementation of a case")
	flags.BoolVar(&f.asJSON, "json", false, "print one JSON object per line instead")
	complete(cmd, "isa", cpu.ISAs()...)
	return cmd
}

func (f *benchFlags) run(cmd *cobra.Command) error {
	var err error
	if f.options.Match, err = regexp.Compile(f.kernel); err != nil {
		return usagef("--kernel %q: %s", f.kernel,
			strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	if f.options.Program, err = os.Executable(); err != nil {
		return err
	}
	plan, err := benchmark.NewPlan(f.options)
	if err != nil {
		return usagef("--%w", err)
	}
	out := cmd.OutOrStdout()
	write := func(r benchmark.Result) error { return r.Write(out) }
	if f.asJSON {
		encoder := json.NewEncoder(out)
		write = func(r benchmark.Result) error { return encoder.Encode(r) }
	} else if err := benchmark.WriteHeader(out); err != nil {
		return err
	}
	var results []benchmark.Result
	err = plan.Run(cmd.Context(), func(r benchmark.Result) error {
		results = append(results, r)
		return write(r)
	})
	if errors.Is(err, context.Canceled) {
		return &experiment.InterruptedError{Cause: err}
	}
	if err != nil {
		return err
	}
	return benchmark.Summarize(cmd.ErrOrStderr(), results)
}
