package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/runreport"
)

func newReportCommand() *cobra.Command {
	o := experiment.EvalOptions{Permutations: 1000}
	var on machine
	var out string
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "Show a trained run on one page",
		Long: `Write report.html into the directory of RUN: one page that stands alone, with the
learning curves, the predictions of the test rows against what they were, how well the
probabilities or intervals are calibrated, the neurons in use, the scores, the settings and
what the table was understood as. Its figures can be read on a telephone.`,
		Example: `  symvi report runs/houses-1
  symvi report runs/houses-1 --data new.csv --out new.html`,
		Args: oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.ELBOSamples = max(o.Samples, 2)
			return writeReport(cmd, args[0], o, out, on)
		},
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault),
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.Data, "data", "", "other `rows` to show, as eval takes them")
	flags.StringVar(&o.On, "on", "", "which `rows` of the run's own data: test, train or all "+
		"(default test)")
	flags.StringVar(&out, "out", "", "`file` to write (default report.html beside the model)")
	flags.IntVar(&o.Samples, "samples", 1000, "posterior samples")
	flags.StringVar(&o.Symmetrize, "symmetrize", "", "`estimator` of the information: none, "+
		"uniform, exact, importance or auto (default auto)")
	flags.Int64Var(&o.Seed, "seed", 0, "decides the samples")
	on.add(cmd)
	addMemory(cmd, &on.memory)
	complete(cmd, "symmetrize", experiment.Choices("symmetrize")...)
	complete(cmd, "on", experiment.OnChoices()...)
	panicOn(cmd.RegisterFlagCompletionFunc("data", completeData))
	return cmd
}

func writeReport(cmd *cobra.Command, run string, o experiment.EvalOptions, path string,
	on machine) error {
	if err := emptyOut(cmd, path); err != nil {
		return err
	}
	var inspection *experiment.Inspection
	err := on.work(cmd, false, func(r *experiment.Runner) (err error) {
		inspection, err = r.Inspect(cmd.Context(), run, o)
		return err
	})
	if err != nil {
		return err
	}
	page, err := runreport.New(inspection).Page()
	if err != nil {
		return err
	}
	if path == "" {
		path = filepath.Join(directoryOf(run), "report.html")
	}
	if err := files.Write(path, page); err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), path)
	return err
}

// directoryOf is a run's directory, or that of a model's file.
func directoryOf(run string) string {
	if info, err := os.Stat(run); err == nil && info.IsDir() {
		return run
	}
	return filepath.Dir(run)
}
