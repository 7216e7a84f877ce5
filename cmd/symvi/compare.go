package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symvi/symvi/internal/experiment"
)

// compareFlags are the flags of compare that are not settings.
type compareFlags struct {
	train   trainFlags
	methods string
	seeds   int
	json    bool
}

func newCompareCommand() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare",
		Short: "Compare ways of symmetrising in paired trainings",
		Long: `Train the same network with several --methods and seeds, and compare the posteriors.
The trainings are paired: with one seed all methods start from the same means and see
the same minibatches and the same noise. The table gives means and standard deviations
over seeds, then mean paired differences to the first method with their standard errors.

A method is an estimator, none, uniform, exact, importance or auto, with :K for its number
of permutations. uniform:1 is the control: it is plain mean-field VI. The bounds of all
methods are estimated alike, by auto. The other flags are those of train.

What every training found is kept in --out, whatever the settings. Called again, compare
goes on where it was; several processes may share the directory and the work.`,
		Example: `  symvi compare --seeds 10
  symvi compare --methods none,exact --hidden 10 --data iris.csv --target species`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return compare(cmd, f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.methods, "methods", "none,uniform:1,uniform:5,uniform:20,auto",
		"`list` of the methods to compare")
	flags.IntVar(&f.seeds, "seeds", 5, "number of trainings of each method, with seeds from --seed on")
	flags.BoolVar(&f.json, "json", false, "print one JSON object a training")
	addSettings(cmd)
	flags.StringVar(&f.train.preset, "preset", "default", "settings to start from: default or paper")
	flags.StringVar(&f.train.config, "config", "", "TOML `file` with settings")
	flags.StringVar(&f.train.out, "out", "runs/compare", "`directory` of what the trainings found")
	addShard(cmd, &f.train.shard)
	f.train.where.add(cmd)
	addMemory(cmd, &f.train.memory)
	complete(cmd, "preset", experiment.Presets()...)
	panicOn(cmd.MarkFlagFilename("config", "toml"))
	panicOn(cmd.MarkFlagDirname("out"))
	panicOn(cmd.RegisterFlagCompletionFunc("data", completeData))
	return cmd
}

func compare(cmd *cobra.Command, f compareFlags) error {
	if err := decidedByMethods(cmd); err != nil {
		return err
	}
	if err := noRun(f.train.out); err != nil {
		return err
	}
	methods, err := experiment.ParseMethods(f.methods)
	if err != nil {
		return err
	}
	settings, err := f.train.resolve(cmd)
	if err != nil {
		return err
	}
	var c *experiment.Comparison
	err = f.train.on(settings).work(cmd, f.json, func(r *experiment.Runner) (err error) {
		r.Shard = f.train.shard
		c, err = r.Compare(cmd.Context(), settings.config, methods, f.seeds, f.train.out)
		return err
	})
	if err != nil {
		return settings.explain(err)
	}
	if c == nil {
		return printShard(cmd.OutOrStdout(), f.train.shard, "trainings", f.train.out)
	}
	if f.json {
		return printTrials(cmd.OutOrStdout(), c)
	}
	return printComparison(cmd.OutOrStdout(), c)
}

// decidedByMethods refuses flags of train that a comparison sets by itself.
func decidedByMethods(cmd *cobra.Command) error {
	for _, flag := range []struct{ name, instead string }{
		{"symmetrize", "--methods says which estimators are compared"},
		{"members", "every training has one member; --seeds says how many there are"},
	} {
		if f := cmd.Flags().Lookup(flag.name); f.Changed {
			return usagef("--%s %s: %s", flag.name, f.Value, flag.instead)
		}
	}
	return nil
}

// printTrials prints one object per line.
func printTrials(w io.Writer, c *experiment.Comparison) error {
	encoder := json.NewEncoder(w)
	for _, trials := range c.Trials {
		for _, t := range trials {
			if err := encoder.Encode(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// printComparison prints a Markdown table.
func printComparison(w io.Writer, c *experiment.Comparison) error {
	columns := c.Columns()
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = column.Name
	}
	lines := []string{"| method | " + strings.Join(names, " | ") + " |",
		strings.Repeat("|---", len(columns)+1) + "|"}
	line := func(name string, cell func(experiment.Column) (float64, float64)) {
		text := "| " + name
		for _, column := range columns {
			value, spread := cell(column)
			text += fmt.Sprintf(" | "+column.Format+" ± "+column.Format, value, spread)
		}
		lines = append(lines, text+" |")
	}
	for i, m := range c.Methods {
		line(m.String(), func(column experiment.Column) (float64, float64) { return c.Mean(i, column) })
	}
	for i, m := range c.Methods[1:] {
		line(fmt.Sprintf("%v − %v", m, c.Methods[0]),
			func(column experiment.Column) (float64, float64) { return c.Difference(i+1, column) })
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}
