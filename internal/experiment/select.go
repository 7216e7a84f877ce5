package experiment

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/symvi/symvi/internal/score"
	"github.com/symvi/symvi/internal/units"
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
	// InUse is the number of hidden neurons that the next layer listens to.
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

// maxSeeds is the most trainings of a candidate or method: the settings of all are held at once.
const maxSeeds = 10_000

// Select trains every candidate with seeds Seed, Seed+1, … in run directories below out, on one
// split of the data, and ranks them by their evidence: no validation rows are needed, because
// L^G is corrected for the log n! that L_VI withholds from wide networks (paper, Theorem 4.1).
// Trainings that out already holds are gone on with.
func (r *Runner) Select(ctx context.Context, candidates []Config, seeds int,
	out string) (*Selection, error) {
	names, err := distinguish(candidates)
	if err != nil {
		return nil, err
	}
	if err := candidates[0].checkSeeds(seeds, 1, maxSeeds); err != nil {
		return nil, err
	}
	runs, err := r.selectedRuns(candidates, names, seeds, out)
	if err != nil {
		return nil, err
	}
	shared, err := await(ctx, func() (*data, error) { return r.load(runs[0].config) })
	if err != nil {
		return nil, err
	}
	if err := r.admitAll(candidates, seeds, shared); err != nil {
		return nil, err
	}
	err = r.trainSelected(ctx, runs, r.atOnce(candidates, shared), shared, out)
	if err != nil || r.Shard.N > 0 {
		return nil, err
	}
	summaries := make([]*Summary, len(runs))
	for i := range runs {
		if summaries[i], err = runs[i].dir.readSummary(); err != nil {
			return nil, err
		}
	}
	s := &Selection{}
	for i, name := range names {
		s.Candidates = append(s.Candidates, selected(name, summaries[i*seeds:(i+1)*seeds]))
	}
	s.rank()
	return s, nil
}

// selectedRuns are the trainings: the seeds of the first candidate, those of the second, ….
func (r *Runner) selectedRuns(candidates []Config, names []string, seeds int,
	out string) ([]selectedRun, error) {
	runs := make([]selectedRun, len(candidates)*seeds)
	for i := range runs {
		c := candidates[i/seeds]
		if c.SplitSeed < 0 {
			c.SplitSeed = c.Seed
		}
		c.Seed += int64(i % seeds)
		c, err := r.resolve(c)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("%s-seed%d", strings.ReplaceAll(names[i/seeds], " ", "-"), c.Seed)
		runs[i] = selectedRun{c, runDir{path: filepath.Join(out, name)}}
	}
	return runs, nil
}

// trainSelected trains those that are not finished, side by side or, of each candidate, so many at
// once in the launches of one.
func (r *Runner) trainSelected(ctx context.Context, runs []selectedRun, atOnce []int, shared *data,
	out string) error {
	seeds := len(runs) / len(atOnce)
	silent := func(d kernels.Device) *Runner {
		return &Runner{Device: d, Builtin: r.Builtin, Version: r.Version,
			CheckpointEvery: r.CheckpointEvery, Memory: r.Memory, shared: shared}
	}
	list := units.List{Count: len(runs), Shard: r.Shard, What: "trainings", Dir: out,
		File:     func(i int) string { return runs[i].dir.path },
		Finished: func(i int) (bool, error) { return runs[i].finished() },
		Mates: func(i int) []int {
			if runs[i].config.Members > 1 {
				return nil
			}
			return r.mates(i, 1, i-i%seeds+seeds, atOnce[i/seeds])
		},
		Together: func(ctx context.Context, _ int, numbers []int) error {
			return trainRuns(ctx, silent(r.Device), runs, numbers)
		}}
	return r.sideBySide(ctx, list, func(ctx context.Context, d kernels.Device, i int) error {
		if err := runs[i].train(ctx, silent(d)); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(runs[i].dir.path), err)
		}
		return nil
	})
}

// selectedRun is a training of Select.
type selectedRun struct {
	config Config
	dir    runDir
}

// finished reports whether the run is, with these settings.
func (s *selectedRun) finished() (bool, error) {
	if !s.dir.has(summaryName) {
		return false, nil
	}
	if s.dir.has(lockName) { // perhaps of a process that was killed at the very end
		if d, err := reserve(s.dir.path); err == nil {
			d.unlock()
		}
	}
	c, written, err := s.settled()
	return err == nil && c.differences(written, changesResult) == "", err
}

// settled are the settings, with what the data's size decided, and those in the run's directory.
func (s *selectedRun) settled() (c, written Config, err error) {
	c, written = s.config, Default()
	err = readRunConfig(s.dir.file(configName), &written)
	if c.Epochs == 0 && c.Steps == 0 {
		c.Steps = written.Steps
	}
	return c.decidedAs(written), written, err
}

// train trains in the run's directory, or goes on with what is there.
func (s *selectedRun) train(ctx context.Context, r *Runner) error {
	if !s.dir.has(configName) {
		_, err := r.Train(ctx, s.config, s.dir.path)
		return err
	}
	c, _, err := s.settled()
	if err != nil {
		return err
	}
	_, err = r.Resume(ctx, s.dir.path, c)
	return err
}

// open is the run before its next step, its directory locked; nil if it is finished.
func (s *selectedRun) open(ctx context.Context, r *Runner) (*job, error) {
	c := s.config
	if s.dir.has(configName) {
		var err error
		if c, _, err = s.settled(); err != nil {
			return nil, err
		}
	}
	c, err := r.resolve(c)
	if err != nil {
		return nil, err
	}
	if !s.dir.has(configName) {
		return r.openNew(ctx, c, s.dir.path)
	}
	d, err := openRun(s.dir.path)
	if err != nil {
		return nil, err
	}
	j, _, err := r.reopen(ctx, d, c)
	if j == nil {
		d.unlock()
	}
	return j, err
}

// trainRuns trains some of the runs, of one candidate, together.
func trainRuns(ctx context.Context, r *Runner, runs []selectedRun, numbers []int) error {
	var trainings []*training
	for _, i := range numbers {
		j, err := runs[i].open(ctx, r)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(runs[i].dir.path), err)
		}
		if j == nil {
			continue
		}
		defer j.leave()
		j.close() // its trainer: it has one with the others
		if err := j.begin(); err != nil {
			return err
		}
		trainings = append(trainings, &training{job: j, device: r.Device})
	}
	if len(trainings) == 0 {
		return nil
	}
	if err := trainReplicas(ctx, trainings); err != nil {
		return err
	}
	for _, t := range trainings {
		if _, err := t.judgeMembers(ctx); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(t.job.dir.path), err)
		}
	}
	return nil
}

// leave unlocks the directory of a run; one in which nothing was trained goes away.
func (j *job) leave() {
	if !j.dir.has(modelName) {
		j.dir.discard()
	}
	j.dir.unlock()
}

// distinguish names candidates by the settings in which they differ.
func distinguish(candidates []Config) ([]string, error) {
	if len(candidates) < 2 {
		return nil, &SettingError{"hidden", candidates[0].Text(settingOf("hidden")),
			"one candidate; want at least 2 to choose from: repeat --hidden, --prior, --activation or " +
				"--noise"}
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
			return nil, &SettingError{"hidden", c.Text(settingOf("hidden")), "the same candidate twice"}
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
		m, sd := score.MeanSD(x)
		return m, sd / math.Sqrt(float64(len(x)))
	}
	none := func(*Summary) float64 { return 0 }
	c := Selected{Name: name}
	c.Lower, c.LowerSE = mean(func(s *Summary) float64 {
		return *s.Scores.Lower
	}, func(s *Summary) float64 { return *s.Scores.LowerSE })
	c.ELBO, c.ELBOSE = mean(func(s *Summary) float64 {
		return *s.Scores.ELBO
	}, func(s *Summary) float64 { return *s.Scores.ELBOSE })
	c.NLL, c.NLLSE = mean(func(s *Summary) float64 { return *s.Scores.NLL }, none)
	c.Upper, _ = mean(func(s *Summary) float64 { return *s.Scores.Upper }, none)
	c.InUse, _ = mean(func(s *Summary) float64 { return float64(s.Used) }, none)
	for _, s := range runs {
		c.Dirs = append(c.Dirs, s.Dir)
	}
	return c
}

// rank sorts the candidates and says what L_VI would have chosen.
func (s *Selection) rank() {
	byELBO := slices.MaxFunc(s.Candidates, func(a, b Selected) int {
		return cmp.Compare(a.ELBO, b.ELBO)
	})
	s.ByELBO = byELBO.Name
	slices.SortStableFunc(s.Candidates, func(a, b Selected) int {
		return cmp.Compare(b.Lower, a.Lower)
	})
	first, second := s.Candidates[0], s.Candidates[1]
	s.Clear = first.Lower-second.Lower > 2*math.Hypot(first.LowerSE, second.LowerSE)
}
