package main

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/paper"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/internal/studies"
	"github.com/symvi/symvi/internal/units"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// reproduceFlags are the flags of studies.
type reproduceFlags struct {
	shard   units.Shard
	options studies.Options
	paper   paper.Settings
	where   deviceFlags
	threads int
	memory  memorySize
	quiet   bool
}

func newReproduceCommand() *cobra.Command {
	f := reproduceFlags{options: studies.Default(), paper: paper.Default()}
	o := &f.options
	cmd := &cobra.Command{
		Use:   "reproduce all | STUDY...",
		Short: "Remake the paper's figures and tables, and try its claim on real data",
		Long: `Remake the figures and tables of Gelberg et al. (2024) and write a report that sets
them beside the paper's numbers and says what reproduces.

STUDY is fig2, fig3, fig4, fig5, table1, table2, table3 or theorem31, and all stands for
all of these. Five studies are not of the paper, but of what symmetrising is worth on the
data sets that --data holds, with their standard splits:
  uci           regression with one automatic setting by mean field, the paper's estimator
                and auto, alone and as mixtures of up to 5 members, beside published figures
  underfitting  whether training on L^G leads to less noise, more neurons and better
                predictions, and whether the objective or the optimiser is to blame
  width         neurons used in layers of 8 to 512
  selection     whether L^G chooses better widths than L_VI, under three priors
  noise         whether L^G prefers one noise or one of the input, and which predicts better
The report is --out/report.html, a page that needs nothing but itself, and report.md; every
figure is also there as PNG, SVG and CSV, every table as CSV.

Finished pieces of work are kept in --out/results. When the command is stopped, the same
command goes on where it was, and studies share the pieces that they have in common.
--quick does a little of everything; its numbers are not to be compared with the paper's.`,
		Example: `  symvi reproduce all --quick
  symvi reproduce all
  symvi reproduce table1 --preset default --seeds 20
  symvi reproduce uci --data UCI_Datasets
  symvi reproduce fig4 table2 table3 --noise 4 --prior-std 0.2`,
		Args: func(_ *cobra.Command, args []string) error {
			return studies.Check(f.studies(), args)
		},
		ValidArgs: f.studyNames(),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Studies = args
			return remake(cmd, f)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.Out, "out", o.Out, "`directory` of the results and the report")
	flags.IntVar(&o.Seeds, "seeds", o.Seeds, fmt.Sprintf("number of seeds of everything that is "+
		"random (with --quick: %d)", studies.QuickSeeds))
	flags.Int64Var(&o.Seed, "seed", o.Seed, "first seed")
	flags.BoolVar(&o.Quick, "quick", false, "a few minutes instead of the full run: fewer seeds, "+
		"steps and samples")
	addShard(cmd, &f.shard)
	f.where.addDevice(cmd)
	flags.IntVar(&f.threads, "threads", 0,
		"threads of the processor, 0 for all; never changes a result")
	addMemory(cmd, &f.memory)
	flags.BoolVar(&f.quiet, "quiet", false, "print nothing but the outcome")
	flags.StringVar(&f.paper.Preset, "preset", f.paper.Preset,
		"table1: settings of the trainings, default or paper")
	flags.StringVar(&o.Data, "data", "", "uci, underfitting, width, selection, noise: `directory` "+
		"of data sets of the layout of UCI_Datasets, any subset of them")
	flags.StringSliceVar(&o.Methods, "methods", nil, "uci: some of "+
		strings.Join(studies.UCIMethods(), ", ")+"; none is always among them (default all)")
	flags.IntVar(&o.Pairs, "pairs", 0, "uci: how many seeds on every split the difference of "+
		"auto-members to none is taken from, in steps of 5 (default 5)")
	flags.IntVar(&o.Splits, "splits", 0, fmt.Sprintf("with --data: how many of the standard "+
		"splits, from the first on, 0 for all (with --quick: %d)", studies.QuickSeeds))
	t := &f.paper.Tractable
	flags.Float64Var(&t.Noise, "noise", t.Noise, "fig4, table2, table3: standard deviation of "+
		"the likelihood's noise")
	flags.Float64Var(&t.PriorStd, "prior-std", t.PriorStd, "fig4, table2, table3: standard "+
		"deviation of the prior")
	flags.Float64Var(&t.InitMeanStd, "init-mean-std", t.InitMeanStd,
		"fig4, table2, table3: standard deviation of the initial means")
	flags.Float64Var(&t.InitStd, "init-std", t.InitStd, "fig4, table2, table3: initial standard "+
		"deviation of q")
	flags.IntVar(&t.Samples, "samples", t.Samples, "fig4, table2, table3: weight samples per step")
	flags.IntVar(&t.Epochs, "epochs", t.Epochs, "fig4, table2, table3: passes through the data")
	complete(cmd, "preset", experiment.Presets()...)
	complete(cmd, "methods", studies.UCIMethods()...)
	panicOn(cmd.MarkFlagDirname("out"))
	panicOn(cmd.MarkFlagDirname("data"))
	return cmd
}

// studies are all that there are, in the order of the report.
func (f reproduceFlags) studies() []studies.Study {
	return append(f.paper.Studies(), studies.OnData()...)
}

// studyNames are what the command takes.
func (f reproduceFlags) studyNames() []string {
	names := []string{"all"}
	for _, s := range f.studies() {
		names = append(names, s.Name)
	}
	return names
}

// remake runs the studies and prints what came out.
func remake(cmd *cobra.Command, f reproduceFlags) error {
	o := f.options
	o.Memory = int64(f.memory)
	if o.Quick && !cmd.Flags().Changed("seeds") {
		o.Seeds = studies.QuickSeeds
	}
	if o.Quick && !cmd.Flags().Changed("splits") {
		o.Splits = studies.QuickSeeds
	}
	if err := noRun(o.Out); err != nil {
		return err
	}
	if err := f.paper.Validate(); err != nil {
		return err
	}
	devices, err := f.devices()
	if err != nil {
		return err
	}
	defer func() {
		for _, d := range devices {
			d.Close()
		}
	}()
	progress := newProgress(cmd.ErrOrStderr(), f.quiet)
	defer progress.close()
	start := time.Now()
	r := studies.Runner{Studies: f.studies(), Devices: devices, Shard: f.shard, Version: version(),
		Plan: progress.plan, Progress: progress.cell}
	outcome, err := r.Run(cmd.Context(), o)
	progress.close()
	if err != nil {
		return err
	}
	if outcome == nil {
		return printShard(cmd.OutOrStdout(), f.shard, "cells", o.Out)
	}
	return printOutcome(cmd.OutOrStdout(), outcome, o.Out, time.Since(start))
}

// devices are a GPU, or else as many devices of one thread as the processor has threads:
// cells are small, and two of them make better use of two processors than two threads of one.
func (f reproduceFlags) devices() ([]kernels.Device, error) {
	if err := checkThreads(f.threads); err != nil {
		return nil, err
	}
	first, err := f.where.open(1)
	if err != nil {
		return nil, err
	}
	devices := []kernels.Device{first}
	if _, ok := first.(*cpu.Device); !ok {
		return devices, nil
	}
	threads := f.threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	for range threads - 1 {
		d, err := openCPU(1)
		if err != nil {
			return nil, err
		}
		devices = append(devices, d)
	}
	return devices, nil
}

// plan says what there is to do and how long it should take.
func (p *progress) plan(plan studies.Plan) {
	if p.quiet {
		return
	}
	todo := plan.Cells - plan.Finished
	text := fmt.Sprintf("%d cells of work", plan.Cells)
	if plan.Finished > 0 {
		text += fmt.Sprintf(", %d of them finished already", plan.Finished)
	}
	if todo > 0 {
		text += fmt.Sprintf("; expect %s", plan.Expected.Round(time.Second))
	}
	p.line(text)
	if p.fancy && todo > 0 {
		p.begin("cells", shares)
	}
}

// shares is the resolution of the bar in shares of the expected time.
const shares = 10_000

// cell moves the bar, or prints a line now and then.
func (p *progress) cell(c studies.Progress) {
	switch {
	case p.quiet:
	case p.fancy:
		p.describe(fmt.Sprintf("%d of %d cells", c.Done, c.Total), c.Cell)
		p.bar.Set(int(c.Share * shares))
	case c.Done == c.Total || c.Done*20/c.Total > (c.Done-1)*20/c.Total:
		p.line(fmt.Sprintf("%3.0f %%  %d of %d cells: %s", 100*c.Share, c.Done, c.Total, c.Cell))
	}
}

// printOutcome prints a line or two for every study.
func printOutcome(w io.Writer, r *report.Report, out string, took time.Duration) error {
	for _, s := range r.Sections {
		if s.Verdict == report.NotDone {
			continue
		}
		if _, err := fmt.Fprintf(w, "%-10s %s\n           %s\n", s.ID, s.Verdict,
			s.Sentence); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "report     %s (%s)\n", filepath.Join(out, "report.html"),
		took.Round(time.Second))
	return err
}
