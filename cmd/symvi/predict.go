package main

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/tableout"
)

func newPredictCommand() *cobra.Command {
	var o experiment.PredictOptions
	var on machine
	var out, quantiles string
	cmd := &cobra.Command{
		Use:   "predict RUN --data FILE",
		Short: "Predict new rows with a trained posterior",
		Long: `Predict the rows of --data with the posterior of RUN, a run directory or a
model.safetensors file. The table has the training's input columns, in any order; it needs
no target, and other columns are ignored. Rows keep their order, any number of them is
read in bounded memory, and the same seed gives the same bits on every machine.

For every target T there are T_mean, T_noise_sd and T_model_sd, which are the mean, the
standard deviation of the noise and that of the function over the posterior, and T_q05,
T_q50, …, which are quantiles of the whole predictive distribution; all in the units of T.
For classes there are p_CLASS, the probabilities; class, the most probable one; and, in
nats, entropy = aleatoric + mutual_information: what is left to chance, and what more
data would tell. --draws adds draws T_f of the function and T_y of the target, or p_CLASS_f
and class_y.`,
		Example: `  symvi predict runs/houses-1 --data new.csv > predictions.csv
  symvi predict runs/houses-1 --data new.csv --out p.npz --quantiles 0.025,0.975 --draws 100
  symvi predict runs/iris-1 --data flowers.csv --keep id --out p.jsonl`,
		Args: oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := emptyOut(cmd, out); err != nil {
				return err
			}
			if err := parseQuantiles(cmd, quantiles, &o); err != nil {
				return err
			}
			return predict(cmd, args[0], o, out, on)
		},
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault),
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.Data, "data", "", "`rows` to predict: a table, - for standard input, "+
		"mnist or a directory with IDX files")
	flags.StringVar(&out, "out", "", "`file` to write, which ends in .csv, .jsonl, .npz "+
		"or .parquet (default CSV to standard output)")
	flags.IntVar(&o.Samples, "samples", 1000, "posterior samples")
	flags.StringVar(&quantiles, "quantiles", "0.05,0.5,0.95", "`levels` of the quantiles of a "+
		"real target, with commas")
	flags.IntVar(&o.Draws, "draws", 0, "draws of the function and of the target for every row")
	flags.StringSliceVar(&o.Keep, "keep", nil, "`columns` of the table that go before the "+
		"predictions, by name or number")
	flags.Int64Var(&o.Seed, "seed", 0, "decides the samples")
	on.add(cmd)
	panicOn(cmd.RegisterFlagCompletionFunc("data", completeData))
	return cmd
}

// parseQuantiles reads the list of levels. The default is for real targets only.
func parseQuantiles(cmd *cobra.Command, list string, o *experiment.PredictOptions) error {
	o.DefaultQuantiles = !cmd.Flags().Changed("quantiles")
	if strings.TrimSpace(list) == "" {
		return nil
	}
	for word := range strings.SplitSeq(list, ",") {
		level, err := strconv.ParseFloat(strings.TrimSpace(word), 64)
		if err != nil {
			return usagef("--quantiles %s: want numbers between 0 and 1 with commas", list)
		}
		o.Quantiles = append(o.Quantiles, level)
	}
	return nil
}

func predict(cmd *cobra.Command, run string, o experiment.PredictOptions, path string,
	on machine) error {
	if group != nil && o.Data == "-" {
		return usagef("--data -: several processes cannot share standard input; want a file")
	}
	if quiet() {
		path = "" // what it writes goes nowhere
	}
	output, err := openOutput(cmd.OutOrStdout(), path)
	if err != nil {
		return err
	}
	defer output.discard()
	err = on.work(cmd, false, func(r *experiment.Runner) error {
		return r.Predict(cmd.Context(), run, o, output.begin)
	})
	var stopped *experiment.InterruptedError
	if output.file != nil && errors.As(err, &stopped) {
		stopped.Rows = 0 // they are thrown away
	}
	if err != nil {
		return err
	}
	return output.commit()
}

// output is where a table goes: a file that appears when it is whole, or standard output.
type output struct {
	format tableout.Format
	w      io.Writer      // standard output gets many whole rows at a time
	buffer *bufio.Writer  // of the file
	file   *files.Pending // nil for standard output
}

func openOutput(stdout io.Writer, path string) (*output, error) {
	if path == "" || path == "-" {
		return &output{format: tableout.CSV, w: stdout}, nil
	}
	format, err := tableout.FormatOf(path)
	if err != nil {
		return nil, usagef("--out %s: %w", path, err)
	}
	file, err := files.Create(path)
	if err != nil {
		return nil, err
	}
	buffer := bufio.NewWriterSize(file, 1<<16)
	return &output{format, buffer, buffer, file}, nil
}

func (o *output) begin(columns []tableout.Column) (tableout.Writer, error) {
	return tableout.New(o.format, o.w, columns)
}

// commit writes what is left and makes the file appear.
func (o *output) commit() error {
	if o.file == nil {
		return nil
	}
	if err := o.buffer.Flush(); err != nil {
		return err
	}
	return o.file.Commit()
}

func (o *output) discard() {
	if o.file != nil {
		o.file.Discard()
	}
}
