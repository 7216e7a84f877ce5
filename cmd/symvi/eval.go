package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/symvi/symvi/internal/experiment"
)

func newEvalCommand() *cobra.Command {
	var o experiment.EvalOptions
	var on machine
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "eval RUN",
		Short: "Judge a trained posterior",
		Long: `Judge the posterior of RUN, a run directory or a model.safetensors file: metrics on
the test part of its data, and the bounds L_VI and L^G on the training part with
standard errors, in nats for the whole training set.

The data are those of the training, of which --on says the rows. --data scores all
rows of another table, with or without the training's, or the test part of other images;
with --on it says where the run's own data are now.

--ood names other rows, which need no target, and says how well the uncertainty of the
predictions tells them from the scored ones: AUROC, AUPR and FPR95 with the other rows as
positives, for classes by the entropy and by the mutual information, for numbers by the
standard deviation and by the model's part of it.

RUN can also be a safetensors file that another program has written: the names of tensors
of blitz, torchbnn, bayesian-torch, BayesianCNN, torch-uncertainty, flax, Pyro, NumPyro and
TensorFlow Probability are understood.
All rows of --data are scored then, and taken for the training's by L_VI and L^G.

--json prints one object with those of these keys that apply: accuracy balanced_accuracy
majority nll brier ece aurc classes rmse rmse_baseline mae crps coverage_50 coverage_90 coverage_95 pit noise_sd
targets ood elbo elbo_sym_lower elbo_sym_upper information log_group_order modes samples
seconds device; KEY_se is a standard error.`,
		Example: `  symvi eval runs/mnist-1
  symvi eval runs/mnist-1 --samples 200 --symmetrize none --json
  symvi eval runs/iris-1 --data more-flowers.csv
  symvi eval runs/iris-1 --ood weeds.csv`,
		Args: oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("elbo-samples") {
				o.ELBOSamples = max(o.Samples, 2)
			}
			return eval(cmd, args[0], o, on, asJSON)
		},
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault),
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.Data, "data", "", "other data to score: mnist, a `directory` with IDX "+
		"files or a table")
	flags.StringVar(&o.On, "on", "", "which `rows` of the run's own data: test, train or all "+
		"(default test; with --data: all rows of that)")
	flags.StringVar(&o.OOD, "ood", "", "`rows` of another kind, as --data names them, to be told "+
		"from the scored ones")
	flags.IntVar(&o.Samples, "samples", 1000, "posterior samples of the test metrics")
	flags.IntVar(&o.ELBOSamples, "elbo-samples", 0, "posterior samples of the bounds (default: "+
		"as many as --samples)")
	flags.StringVar(&o.Symmetrize, "symmetrize", "", "`estimator` of the information: none, "+
		"uniform, exact, importance or auto (default auto)")
	flags.IntVar(&o.Permutations, "permutations", 1000, "number K of permutations for uniform "+
		"and importance, and the most that auto draws")
	flags.Int64Var(&o.Seed, "seed", 0, "decides the samples")
	on.add(cmd)
	addMemory(cmd, &on.memory)
	flags.BoolVar(&asJSON, "json", false, "print one JSON object")
	complete(cmd, "symmetrize", experiment.Choices("symmetrize")...)
	complete(cmd, "on", experiment.OnChoices()...)
	foreign := "for the posterior of another program: "
	flags.StringVar(&o.Foreign.Target, "target", "", foreign+"`column` of the table that it "+
		"predicts, by name or number")
	flags.StringVar(&o.Foreign.Likelihood, "likelihood", "",
		foreign+"softmax or gaussian (default softmax for several outputs)")
	flags.Float64Var(&o.Foreign.Noise, "noise", 0, foreign+"standard deviation of a gaussian "+
		"likelihood, in the target's units")
	flags.Float64Var(&o.Foreign.PriorStd, "prior-std", 0, foreign+"standard deviation of every "+
		"parameter's prior (default 1)")
	flags.StringVar(&o.Foreign.Activation, "activation", "", foreign+"activation of the hidden "+
		"layers, relu or tanh (default relu)")
	complete(cmd, "likelihood", experiment.Likelihoods()...)
	complete(cmd, "activation", experiment.Choices("activation")...)
	panicOn(cmd.RegisterFlagCompletionFunc("data", completeData))
	panicOn(cmd.RegisterFlagCompletionFunc("ood", completeData))
	return cmd
}

// oneRun is the argument check of eval.
func oneRun(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("want one RUN, a run directory or a model.safetensors file; got %d "+
			"arguments", len(args))
	}
	return nil
}

func eval(cmd *cobra.Command, run string, o experiment.EvalOptions, on machine,
	asJSON bool) error {
	var scores *experiment.Scores
	err := on.work(cmd, asJSON, func(r *experiment.Runner) (err error) {
		scores, err = r.Eval(cmd.Context(), run, o)
		return err
	})
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(cmd, scores)
	}
	t := table{}
	t.scores(scores)
	t.row("evaluation", fmt.Sprintf("%.1f s", scores.Seconds), scores.Device)
	return t.print(cmd.OutOrStdout())
}

// printJSON prints a value as one indented JSON object.
func printJSON(cmd *cobra.Command, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", text)
	return err
}
