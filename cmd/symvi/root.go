package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/units"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// run is the program: it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRootCommand()
	out, progress := &checkedWriter{Writer: stdout}, stderr
	if quiet() {
		out.Writer, progress = io.Discard, io.Discard
	}
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(progress)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = out.err
	}
	if err == nil {
		return exitOK
	}
	return sayWhy(stderr, err)
}

// checkedWriter remembers that standard output could not be written, which the flag
// library does not tell of help.
type checkedWriter struct {
	io.Writer
	err error
}

func (w *checkedWriter) Write(text []byte) (int, error) {
	n, err := w.Writer.Write(text)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("standard output: %w", files.Cause(err))
	}
	return n, err
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "symvi",
		Short: "Bayesian neural networks with permutation-symmetrised posteriors",
		Long: `symvi trains Bayesian neural networks by variational inference with a mean-field
Gaussian posterior that is averaged over the permutations of hidden neurons
(Gelberg et al. 2024), and tells how good they are.

The same seed gives the same bits on every processor and number of threads.`,
		Example: `  symvi train
  symvi eval runs/mnist-1
  symvi predict runs/houses-1 --data new.csv
  symvi train --data table.csv --target price --task regress --hidden 50,50`,
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,

		SuggestionsMinimumDistance: 2,
		Args:                       noSuchCommand,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return checkTogether(cmd)
		},
	}
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newTrainCommand(), newEvalCommand(), newExportCommand(), newPredictCommand(),
		newReportCommand(), newCompareCommand(), newSelectCommand(), newReproduceCommand(),
		newBenchCommand(), newInfoCommand())
	for _, cmd := range root.Commands() {
		cmd.Args = usageArgs(cmd.Args)
	}
	root.InitDefaultCompletionCmd("completion")
	root.InitDefaultHelpCmd()
	for name, check := range map[string]cobra.PositionalArgs{"help": helpTopic,
		"completion": noSuchCommand} {
		cmd, _, err := root.Find([]string{name})
		panicOn(err)
		cmd.Args = check
		if cmd.Run == nil {
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	return root
}

// helpTopic is the argument check of help, which by itself takes what is no command for success.
func helpTopic(cmd *cobra.Command, args []string) error {
	if found, rest, err := cmd.Root().Find(args); err != nil || len(rest) > 0 {
		return noSuchCommand(found, append(rest, args...)[:1])
	}
	return nil
}

// noSuchCommand is the argument check of the root command.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := fmt.Sprintf("; see %s --help", cmd.CommandPath())
	if similar := cmd.SuggestionsFor(args[0]); len(similar) > 0 {
		hint = "; did you mean " + strings.Join(similar, " or ") + "?"
	}
	return usagef("unknown command %q%s", args[0], hint)
}

// version is the module's version as the Go toolchain recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// exitCode classifies an error.
func exitCode(err error) int {
	var interrupted *experiment.InterruptedError
	var stopped *units.InterruptedError
	var usage usageError
	switch {
	case errors.As(err, &interrupted), errors.As(err, &stopped):
		return exitInterrupted
	case errors.As(err, &usage), experiment.IsUsage(err):
		return exitUsage
	}
	return exitFailure
}
