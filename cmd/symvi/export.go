package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/symvi/symvi/internal/experiment"
)

func newExportCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "export RUN",
		Short: "Write a trained posterior for other programs",
		Long: `Write the posterior of RUN, a run directory or a model.safetensors file, to a safetensors
file of its own, without what only a training needs.

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
			if err := experiment.Export(args[0], out); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.ErrOrStderr(), "wrote "+out)
			return err
		},
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault),
	}
	cmd.Flags().StringVar(&out, "out", "", "`file` to write")
	panicOn(cmd.MarkFlagFilename("out", "safetensors"))
	return cmd
}
