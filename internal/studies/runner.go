// Package studies does work that takes hours, and reports on it: the figures and tables of
// Gelberg et al. (2024), which internal/paper defines, and what symmetrizing is worth on the
// UCI collection, which is here.
//
// A study consists of cells, independent pieces of work such as
// one training, and of a section of the report, made from the cells' stored results alone.
// Every finished cell is a file, so that a study that was killed goes on where it was,
// and every cell is a pure function of its settings, so that it does not matter when,
// where and in which order the cells were worked on.
package studies

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/internal/units"
	"github.com/symvi/symvi/kernels"
)

// Options say what to remake, and how thoroughly.
type Options struct {
	// Studies are names; "all" stands for all that need no data.
	Studies []string
	// Out is the directory of the results and the report.
	Out string
	// Seeds is the number of seeds of everything that is random, from Seed on.
	Seeds int
	Seed  int64
	// Quick cuts the work down to what shows that all of it runs.
	Quick bool
	// Data is the directory of the data sets of the study uci, Splits how many of their splits
	// it takes, from the first on (0: all), and Methods which of UCIMethods (nil: all).
	Data    string
	Splits  int
	Methods []string
	// Pairs is the number of seeds on every split from which the study uci takes the difference of
	// auto to mean field, rounded up to a multiple of pairedSeeds (0: pairedSeeds).
	Pairs int
	// Memory is the most that the work may take, in bytes; 0 is what the machine has left.
	Memory int64

	sets []dataset.UCISet // in Data
}

// Default are the options of a full run.
func Default() Options {
	return Options{Studies: []string{"all"}, Out: "runs/reproduce", Seeds: 10, Seed: 1}
}

// QuickSeeds is the number of seeds of a quick run in which none is asked for.
const QuickSeeds = 2

// maxSeeds guards against typing errors.
const maxSeeds = 10_000

// Runner does the work.
type Runner struct {
	// Studies that there are, in the order of the report.
	Studies []Study
	// Devices work on one cell each at a time.
	Devices []kernels.Device
	// Shard limits the work to a part of the cells; there is no report then.
	Shard units.Shard
	// Version of the program, for the report.
	Version string
	// Plan, if set, is told what there is to do before it is begun.
	Plan func(Plan)
	// Progress, if set, is told after every cell.
	Progress func(Progress)
}

// Plan is what there is to do.
type Plan struct {
	Cells, Finished int
	// Expected is how long the unfinished cells should take on this machine.
	Expected time.Duration
}

// Progress is how far the work is.
type Progress struct {
	// Cell is the one that has just been finished.
	Cell string
	// Done and Total count the cells of this run.
	Done, Total int
	// Share of the expected time that is behind us, from 0 to 1.
	Share float64
}

// Run does what is missing of the studies and writes the report, which it returns; nil for a
// Shard.
func (r *Runner) Run(ctx context.Context, o Options) (*report.Report, error) {
	asked, err := r.asked(o)
	if err != nil {
		return nil, err
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	if o.sets, err = o.findSets(asked); err != nil {
		return nil, err
	}
	store := newStore(o.Out)
	if err := r.work(ctx, store, union(asked, o), o.Memory); err != nil || r.Shard.N > 0 {
		return nil, err
	}
	outcome, err := r.report(store, asked, o)
	if err != nil {
		return nil, err
	}
	return outcome, write(ctx, outcome, o.Out)
}

// write writes the report, one process at a time, and removes what killed ones were writing.
func write(ctx context.Context, r *report.Report, out string) error {
	list := units.List{Count: 1, Workers: 1, What: "reports", Dir: out,
		File:     func(int) string { return filepath.Join(out, "report") },
		Finished: func(int) (bool, error) { return false, nil },
		Do: func(context.Context, int, int) error {
			for below, prefix := range map[string]string{"": ".report.", "figures": ".", "tables": "."} {
				entries, _ := os.ReadDir(filepath.Join(out, below)) // there may be none yet
				for _, e := range entries {
					if strings.HasPrefix(e.Name(), prefix) {
						os.Remove(filepath.Join(out, below, e.Name()))
					}
				}
			}
			return r.Write(out)
		}}
	return list.Run(ctx)
}

// Check says what is wrong with a list of names of studies.
func Check(known []Study, list []string) error {
	names := []string{"all"}
	for _, s := range known {
		names = append(names, s.Name)
	}
	if len(list) == 0 {
		return fmt.Errorf("no study given; want some of %s", strings.Join(names, ", "))
	}
	for _, name := range list {
		if !slices.Contains(names, name) {
			return fmt.Errorf("unknown study %q; want some of %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}

// asked are the studies that the options name.
func (r *Runner) asked(o Options) ([]Study, error) {
	if err := Check(r.Studies, o.Studies); err != nil {
		return nil, err
	}
	all := slices.Contains(o.Studies, "all")
	var asked []Study
	for _, s := range r.Studies {
		if slices.Contains(o.Studies, s.Name) || all && !s.OnData {
			asked = append(asked, s)
		}
	}
	return asked, nil
}

// findSets finds the data sets in o.Data, which a study on data must have.
func (o Options) findSets(asked []Study) ([]dataset.UCISet, error) {
	if o.Data != "" {
		return dataset.UCISets(o.Data)
	}
	for _, s := range asked {
		if s.OnData {
			return nil, &experiment.SettingError{Key: "data", Value: "",
				Problem: "study " + s.Name + " wants the directory of its data sets"}
		}
	}
	return nil, nil
}

func (o Options) validate() error {
	if o.Splits < 0 || o.Splits == 1 {
		return &experiment.SettingError{Key: "splits", Value: fmt.Sprint(o.Splits),
			Problem: "want at least 2, to tell differences from chance, or 0 for all"}
	}
	for _, m := range o.Methods {
		if !slices.Contains(UCIMethods(), m) {
			return &experiment.SettingError{Key: "methods", Value: m,
				Problem: "want some of " + strings.Join(UCIMethods(), ", ")}
		}
	}
	if o.Pairs < 0 || o.Pairs > maxSeeds {
		return &experiment.SettingError{Key: "pairs", Value: fmt.Sprint(o.Pairs),
			Problem: fmt.Sprintf("want at most %d", maxSeeds)}
	}
	if o.Seeds < 2 || o.Seeds > maxSeeds {
		return &experiment.SettingError{Key: "seeds", Value: fmt.Sprint(o.Seeds),
			Problem: "want at least 2, to tell differences from chance"}
	}
	if o.Seed < 0 {
		return &experiment.SettingError{Key: "seed", Value: fmt.Sprint(o.Seed),
			Problem: "want an integer between 0 and 2^63-1"}
	}
	return nil
}

// SeedList are the seeds of everything that is repeated.
func (o Options) SeedList() []int64 {
	all := make([]int64, o.Seeds)
	for i := range all {
		all[i] = o.Seed + int64(i)
	}
	return all
}

// Choose is full or, in a quick run, quick.
func Choose[T any](quickly bool, full, quick T) T {
	if quickly {
		return quick
	}
	return full
}

// report is made from the stored results: the studies that were asked for, and the
// others that happen to be complete.
func (r *Runner) report(store Store, asked []Study, o Options) (*report.Report, error) {
	ofPaper := slices.ContainsFunc(asked, func(a Study) bool { return !a.OnData })
	title := "Permutation-invariant posteriors on real data"
	if ofPaper {
		title = "Permutation-invariant posteriors: the paper's figures and tables, remade"
	}
	out := &report.Report{Title: title, Summary: summary(o, ofPaper),
		Settings: r.settings(o, ofPaper)}
	for _, s := range r.Studies {
		wanted := slices.ContainsFunc(asked, func(a Study) bool { return a.Name == s.Name })
		cells := s.Cells(o)
		missing := len(cells) == 0 || !store.complete(cells)
		if !wanted && missing && (s.OnData || !ofPaper) {
			continue
		}
		if !wanted && missing {
			out.Sections = append(out.Sections, report.Section{ID: s.Name, Title: s.Title,
				Verdict:  report.NotDone,
				Sentence: fmt.Sprintf("Not run with these settings; symvi reproduce %s does.", s.Name)})
			continue
		}
		section, err := s.Section(o, store)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		section.ID, section.Title = s.Name, s.Title
		section.Took, err = store.took(cells)
		if err != nil {
			return nil, err
		}
		out.Sections = append(out.Sections, *section)
	}
	return out, nil
}

func summary(o Options, ofPaper bool) []string {
	const paper = "Gelberg, van der Ouderaa, van der Wilk and Gal: “Variational Inference " +
		"Failures Under Model Symmetries: Permutation Invariant Posteriors for Bayesian Neural " +
		"Networks”, PMLR 251 (2024), pages 233–248"
	paragraphs := []string{paper + ". Every figure and table below was " +
		"computed by symvi and stands beside the paper's numbers. Densities, KLs and ELBOs are in nats."}
	if !ofPaper {
		paragraphs = []string{"What symmetrising is worth on real data, which the paper leaves " +
			"open (" + paper +
			"). Densities and ELBOs are in nats."}
	}
	if o.Quick {
		paragraphs = append(paragraphs, "This is a quick run: fewer seeds, steps and samples "+
			"than the paper's. It shows that everything works; its numbers are not to be "+
			"compared with the paper's.")
	}
	return paragraphs
}

// settings are those of all sections; studies of data have seeds of their own, from the first on.
func (r *Runner) settings(o Options, ofPaper bool) []report.Setting {
	seeds := report.Setting{Name: "first seed", Value: fmt.Sprint(o.Seed)}
	if ofPaper {
		seeds = report.Setting{Name: "seeds",
			Value: fmt.Sprintf("%d to %d", o.Seed, o.Seed+int64(o.Seeds)-1)}
	}
	return []report.Setting{
		seeds,
		{Name: "thoroughness", Value: Choose(o.Quick, "full", "quick")},
		{Name: "device", Value: fmt.Sprintf("%d × %s", len(r.Devices), r.Devices[0].Name())},
		{Name: "machine", Value: fmt.Sprintf("%s/%s, %d processors", runtime.GOOS, runtime.GOARCH,
			runtime.NumCPU())},
		{Name: "program", Value: "symvi " + r.Version + ", " + runtime.Version()},
	}
}
