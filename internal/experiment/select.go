package experiment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/symvi/symvi/internal/statistics"
	"github.com/symvi/symvi/kernels"
)

// Selected is a candidate of Select and what its trainings found, means over seeds. SE are
// standard errors over seeds, or of the estimate itself where there is one seed.
type Selected struct {
	// Name says in which settings the candidate differs from the others.
	Name string `json:"name"`
	// Dirs are the run directories, one per seed.
	Dirs []string `json:"dirs"`
	// Lower and Upper bound L^G, and ELBO is L_VI, in nats for the whole training set.
	Lower   float64 `json:"elbo_sym_lower"`
	LowerSE float64 `json:"elbo_sym_lower_se"`
	Upper   float64 `json:"elbo_sym_upper"`
	ELBO    float64 `json:"elbo"`
	ELBOSE  float64 `json:"elbo_se"`
	// NLL is that of the test rows, which decide nothing, in nats per row.
	NLL   float64 `json:"nll"`
	NLLSE float64 `json:"nll_se"`
	// InUse is the number of hidden neurons that have not collapsed to the prior.
	InUse float64 `json:"neurons_in_use"`
}

// Selection ranks candidates by the lower bound of L^G, the best first.
type Selection struct {
	Candidates []Selected `json:"candidates"`
	// ByELBO is the name of the candidate that L_VI, which charges log n! for n neurons in use,
	// would have chosen, and Clear says whether the first is better than the second by more
	// than two standard errors of the difference.
	ByELBO string `json:"by_elbo"`
	Clear  bool   `json:"clear"`
}

// Select trains every candidate with seeds Seed, Seed+1, … in run directories below out, on one
// split of the data, and ranks them by their evidence: no validation rows are needed, because L^G is
// corrected for the log n! that L_VI withholds from wide networks (paper, Theorem 4.1). Trainings
// that out already holds are gone on with.
func (r *Runner) Select(ctx context.Context, candidates []Config, seeds int, out string) (*Selection, error) {
	if seeds < 1 || seeds > maxCount {
		return nil, &SettingError{"seeds", fmt.Sprint(seeds), "want at least 1"}
	}
	names, err := distinguish(candidates)
	if err != nil {
		return nil, err
	}
	units := make([]*Summary, len(candidates)*seeds)
	err = r.sideBySide(ctx, len(units), func(ctx context.Context, d kernels.Device, unit int) error {
		c := candidates[unit/seeds]
		if c.SplitSeed < 0 {
			c.SplitSeed = c.Seed
		}
		c.Seed += int64(unit % seeds)
		name := fmt.Sprintf("%s-seed%d", strings.ReplaceAll(names[unit/seeds], " ", "-"), c.Seed)
		silent := &Runner{Device: d, Builtin: r.Builtin, Version: r.Version, CheckpointEvery: r.CheckpointEvery}
		summary, err := silent.trainOrResume(ctx, c, filepath.Join(out, name))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		units[unit] = summary
		return nil
	}, func(done int) {
		if r.Watch.Score != nil {
			r.Watch.Score("trainings", done, len(units))
		}
	})
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil, &InterruptedError{Cause: err}
	}
	if err != nil {
		return nil, err
	}
	s := &Selection{}
	for i, name := range names {
		s.Candidates = append(s.Candidates, selected(name, units[i*seeds:(i+1)*seeds]))
	}
	s.rank()
	return s, nil
}

// trainOrResume trains in dir, or goes on with what is there.
func (r *Runner) trainOrResume(ctx context.Context, c Config, dir string) (*Summary, error) {
	if _, err := os.Stat(filepath.Join(dir, configName)); err != nil {
		return r.Train(ctx, c, dir)
	}
	written := Default()
	if err := readRunConfig(filepath.Join(dir, configName), &written); err != nil {
		return nil, err
	}
	if c.Epochs == 0 && c.Steps == 0 { // what the data's size decided
		c.Steps = written.Steps
	}
	return r.Resume(ctx, dir, c)
}

// distinguish names candidates by the settings in which they differ.
func distinguish(candidates []Config) ([]string, error) {
	if len(candidates) < 2 {
		return nil, &SettingError{"hidden", "", "one candidate; want at least 2 to choose from: repeat --hidden, --prior or --activation"}
	}
	names := make([]string, len(candidates))
	seen := map[string]bool{}
	for i, c := range candidates {
		if err := c.Validate(); err != nil {
			return nil, err
		}
		var words []string
		for _, s := range settings {
			for _, other := range candidates {
				if other.Text(s) != c.Text(s) {
					words = append(words, s.Key+" "+c.Text(s))
					break
				}
			}
		}
		names[i] = strings.Join(words, " ")
		if seen[names[i]] {
			return nil, &SettingError{"hidden", names[i], "the same candidate twice"}
		}
		seen[names[i]] = true
	}
	return names, nil
}

// selected averages a candidate's trainings.
func selected(name string, runs []*Summary) Selected {
	mean := func(value, own func(*Summary) float64) (float64, float64) {
		x := make([]float64, len(runs))
		for i, s := range runs {
			x[i] = value(s)
		}
		if len(x) == 1 {
			return x[0], own(runs[0])
		}
		m, sd := statistics.MeanSD(x)
		return m, sd / math.Sqrt(float64(len(x)))
	}
	none := func(*Summary) float64 { return 0 }
	c := Selected{Name: name}
	c.Lower, c.LowerSE = mean(func(s *Summary) float64 { return *s.Scores.Lower }, func(s *Summary) float64 { return *s.Scores.LowerSE })
	c.ELBO, c.ELBOSE = mean(func(s *Summary) float64 { return *s.Scores.ELBO }, func(s *Summary) float64 { return *s.Scores.ELBOSE })
	c.NLL, c.NLLSE = mean(func(s *Summary) float64 { return *s.Scores.NLL }, none)
	c.Upper, _ = mean(func(s *Summary) float64 { return *s.Scores.Upper }, none)
	c.InUse, _ = mean(func(s *Summary) float64 { return float64(s.Hidden - s.Collapsed) }, none)
	for _, s := range runs {
		c.Dirs = append(c.Dirs, s.Dir)
	}
	return c
}

// rank sorts the candidates and says what L_VI would have chosen.
func (s *Selection) rank() {
	byELBO := slices.MaxFunc(s.Candidates, func(a, b Selected) int { return cmp.Compare(a.ELBO, b.ELBO) })
	s.ByELBO = byELBO.Name
	slices.SortStableFunc(s.Candidates, func(a, b Selected) int { return cmp.Compare(b.Lower, a.Lower) })
	first, second := s.Candidates[0], s.Candidates[1]
	s.Clear = first.Lower-second.Lower > 2*math.Hypot(first.LowerSE, second.LowerSE)
}
