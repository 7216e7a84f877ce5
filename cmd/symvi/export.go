package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/symvi/symvi/internal/experiment"
)

func newExportCommand() *cobra.Command {
	var out string
	var member int
	cmd := &cobra.Command{
		Use:   "export RUN",
		Short: "Write a trained posterior for other programs",
		Long: `Write the posterior of RUN, a run directory or a model.safetensors file, to a safetensors
file of its own, without what only a training needs. A run's predictions average over its
members, each of which is a posterior and a file.

PyTorch reads it with safetensors.torch.load_file: layers.N.weight_mu and weight_rho are
outputs×inputs as in nn.Linear, layers.N.bias_mu and bias_rho vectors, σ = softplus(ρ). The
file's metadata hold the schema, which says how inputs are coded and standardised, the
likelihood and the prior. symvi eval and predict take the file like a run.`,
		Example: `  symvi export runs/mnist-1 --out posterior.safetensors`,
		Args:    oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return usagef("--out \"\": want the name of the file to write")
			}
			members, err := experiment.Export(args[0], out, member)
			if err != nil {
				return err
			}
			said := "wrote " + out
			if members > 1 {
				said += fmt.Sprintf(": member %d of %d; --member chooses another", member, members)
			}
			_, err = fmt.Fprintln(cmd.ErrOrStderr(), said)
			return err
		},
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault),
	}
	cmd.Flags().StringVar(&out, "out", "", "`file` to write")
	cmd.Flags().IntVar(&member, "member", 1, "of a run directory with several members: which one to "+
		"write, from 1")
	panicOn(cmd.MarkFlagFilename("out", "safetensors"))
	return cmd
}
