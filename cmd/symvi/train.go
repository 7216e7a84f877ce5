package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/units"
)

// on is the machine that the flags and the settings choose.
func (f trainFlags) on(settings *resolver) machine {
	return machine{f.where, settings.config.Threads, f.memory}
}

// trainFlags are the flags of train that are not settings.
type trainFlags struct {
	preset, config, out, resume string
	every                       time.Duration
	quiet, dryRun               bool
	memory                      memorySize
	shard                       units.Shard
	where                       deviceFlags
}

func newTrainCommand() *cobra.Command {
	var f trainFlags
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train a network and score it",
		Long: `Train a Bayesian network and score it on the test part of its data.

Settings come from flags, else from --config FILE, else from --preset, else from the
defaults shown below; FILE is TOML with keys named like the flags.
Paths are relative to the current directory. A run's config.toml can be such a FILE.

The run directory (--out) gets config.toml, metrics.jsonl with a line per epoch,
summary.json and model.safetensors. Every few seconds, and on Ctrl-C, a checkpoint is
saved; --resume continues from it, to the same bits as without a break.

Several processes can share the members of a run, with --shard and the same --out.`,
		Example: `  symvi train
  symvi train --preset paper --seed 7 --out runs/paper-7
  symvi train --data iris.csv --target species --hidden 10 --symmetrize exact --batch 20 --epochs 100
  symvi train --data houses.csv --target price --task regress --test held-out.csv
  symvi train --resume runs/mnist-1 --epochs 20`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return train(cmd, f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	addSettings(cmd)
	flags.StringVar(&f.preset, "preset", "default", "settings to start from: default (table or "+
		"images, whichever the data are), table, images, or paper for those of the paper's MNIST "+
		"experiment")
	flags.StringVar(&f.config, "config", "", "TOML `file` with settings")
	flags.StringVar(&f.out, "out", "", "`directory` of the new run (default runs/DATA-NUMBER)")
	flags.StringVar(&f.resume, "resume", "", "`directory` of a run to continue")
	flags.DurationVar(&f.every, "checkpoint-every", experiment.DefaultCheckpointEvery,
		"time between two checkpoints: what a kill may cost")
	addShard(cmd, &f.shard)
	f.where.add(cmd)
	addMemory(cmd, &f.memory)
	flags.BoolVar(&f.dryRun, "dry-run", false, "read the data, print what the training would "+
		"take of memory, and stop")
	flags.BoolVar(&f.quiet, "quiet", false, "print nothing but the final scores")
	complete(cmd, "preset", experiment.Presets()...)
	panicOn(cmd.MarkFlagFilename("config", "toml"))
	panicOn(cmd.MarkFlagFilename("test", "csv"))
	panicOn(cmd.MarkFlagDirname("out"))
	panicOn(cmd.MarkFlagDirname("resume"))
	panicOn(cmd.RegisterFlagCompletionFunc("data", completeData))
	return cmd
}

// completeData offers the built-in data beside files.
func completeData(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"mnist"}, cobra.ShellCompDirectiveDefault
}

// train resolves the settings and runs the training.
func train(cmd *cobra.Command, f trainFlags) error {
	if f.every <= 0 {
		return usagef("--checkpoint-every %v: want a positive duration such as 5s", f.every)
	}
	if err := emptyOut(cmd, f.out); err != nil {
		return err
	}
	settings, err := f.resolve(cmd)
	if err != nil {
		return err
	}
	if group != nil && settings.config.Data == "-" {
		return usagef("--data -: several processes cannot share standard input; want a file")
	}
	if f.dryRun {
		return account(cmd, f, settings)
	}
	var summary *experiment.Summary
	err = f.on(settings).work(cmd, f.quiet, func(r *experiment.Runner) (err error) {
		r.Shard, r.CheckpointEvery = f.shard, f.every
		if f.shard.N == 0 { // else the same command goes on
			r.Watch.Start = continued(r.Watch.Start)
		}
		if f.resume != "" {
			summary, err = r.Resume(cmd.Context(), f.resume, settings.config)
		} else {
			summary, err = r.Train(cmd.Context(), settings.config, f.out)
		}
		return err
	})
	var some *units.InterruptedError // of a run's members: it says itself how to go on
	if errors.As(err, &some) {
		return err
	}
	var stopped *experiment.InterruptedError
	if errors.As(err, &stopped) && stopped.Dir != "" {
		return fmt.Errorf("%w; continue with: %s", err, resumption(stopped.Dir))
	}
	if err != nil {
		return settings.explain(err)
	}
	if summary == nil {
		return printShard(cmd.OutOrStdout(), f.shard, "members", f.out)
	}
	return printSummary(cmd.OutOrStdout(), summary)
}

// account prints what the training would take of memory.
func account(cmd *cobra.Command, f trainFlags, settings *resolver) error {
	var account *experiment.Account
	err := f.on(settings).work(cmd, f.quiet, func(r *experiment.Runner) (err error) {
		account, err = r.Account(cmd.Context(), settings.config)
		return err
	})
	if err != nil {
		return settings.explain(err)
	}
	return printAccount(cmd.OutOrStdout(), account)
}

// resumption is the command that goes on with a run.
func resumption(dir string) string { return "symvi train --resume " + files.Quote(dir) }

// continued is start, after which there is a training to go on with.
func continued(start func(experiment.Start)) func(experiment.Start) {
	return func(s experiment.Start) {
		if start != nil {
			start(s)
		}
		continuation.Store(new(resumption(s.Dir)))
	}
}

// resolve applies the layers of settings: preset or run, file, flags.
func (f trainFlags) resolve(cmd *cobra.Command) (*resolver, error) {
	given := cmd.Flags().Changed
	switch {
	case given("resume") && given("out"):
		return nil,
			usagef("--out %s: a resumed run stays in its directory; leave out --out or --resume", f.out)
	case given("resume") && given("preset"):
		return nil,
			usagef("--preset %s: a resumed run has its settings; leave out --preset or --resume", f.preset)
	case given("resume") && f.shard.N > 0:
		return nil, usagef("--shard %v: the settings and --out of the first time go on with a "+
			"shard; leave out --shard or --resume", f.shard)
	case given("resume") && f.resume == "":
		return nil, usagef("--resume \"\": want the directory of a run")
	}
	r := &resolver{flags: cmd.Flags()}
	var err error
	if f.resume != "" {
		r.config, err = experiment.RunConfig(f.resume)
	} else {
		r.config, err = experiment.Preset(f.preset, experiment.Default())
	}
	if err != nil {
		return nil, err
	}
	if err := r.readLayers(f.config); err != nil {
		return nil, err
	}
	if f.resume == "" { // what the default preset is depends on the data, which the other layers name
		if r.config, err = experiment.Preset(f.preset, r.config); err != nil {
			return nil, err
		}
		if err := r.readLayers(f.config); err != nil {
			return nil, err
		}
	}
	return r, r.explain(r.config.Validate())
}

// trained says how long the training was.
func trained(s *experiment.Summary) string {
	text := fmt.Sprintf("%d epochs, %.1f s", s.Epochs, s.Seconds)
	if s.Members > 1 {
		text = fmt.Sprintf("%d members, %s in all", s.Members, text)
	}
	return text
}

// printSummary prints how good a trained posterior is.
func printSummary(w io.Writer, s *experiment.Summary) error {
	t := table{}
	t.scores(&s.Scores)
	t.row("training", trained(s), fmt.Sprintf("%d rows, %s", s.TrainRows, s.Device))
	judge := "judge it with: symvi eval " + files.Quote(s.Dir)
	if s.Settings["data"] == dataset.Stdin {
		judge += " --data FILE --on test"
	}
	t.row("run", s.Dir, judge)
	return t.print(w)
}
