package experiment

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/score"
	"github.com/symvi/symvi/internal/units"
	"github.com/symvi/symvi/kernels"
)

// Method is an estimator to compare and how many permutations it draws.
type Method struct {
	Estimator    bnn.Estimator
	Permutations int // 0: the settings' own
}

// String is the method as ParseMethods reads it.
func (m Method) String() string {
	if m.Permutations == 0 {
		return string(m.Estimator)
	}
	return fmt.Sprintf("%s:%d", m.Estimator, m.Permutations)
}

// ParseMethods reads a list like "none,uniform:5,auto".
func ParseMethods(list string) ([]Method, error) {
	var methods []Method
	for word := range strings.SplitSeq(list, ",") {
		m, problem := parseMethod(strings.TrimSpace(word))
		if problem == "" && slices.Contains(methods, m) {
			problem = "want each method once"
		}
		if problem != "" {
			return nil, &SettingError{"methods", list, fmt.Sprintf("%q: %s", word, problem)}
		}
		methods = append(methods, m)
	}
	return methods, nil
}

// parseMethod reads one, or says what is wrong with it.
func parseMethod(word string) (m Method, problem string) {
	name, count, counted := strings.Cut(word, ":")
	m.Estimator = bnn.Estimator(name)
	choices := Choices("symmetrize")
	switch k, err := strconv.Atoi(count); {
	case !slices.Contains(choices, name):
		return m, "want " + orList(choices)
	case !counted:
	case m.Estimator == bnn.EstimatorNone || m.Estimator == bnn.EstimatorExact:
		return m, name + " draws no permutations; leave out the number"
	case err != nil || k < 1 || k > maxCount:
		return m, fmt.Sprintf("want a number of permutations between 1 and %d after the colon", maxCount)
	default:
		m.Permutations = k
	}
	return m, ""
}

// checkSeeds reports a number of seeds, from c.Seed on, that cannot be.
func (c Config) checkSeeds(seeds, least, most int) error {
	if seeds < least || seeds > most {
		return &SettingError{"seeds", fmt.Sprint(seeds),
			fmt.Sprintf("want an integer between %d and %d", least, most)}
	}
	if c.Seed > math.MaxInt64-int64(seeds) {
		return c.problem("seed", fmt.Sprintf("the %d seeds from it on end above 2^63-1", seeds))
	}
	return nil
}

// Comparison is what Compare found: Trials[m][s] is method m with seed s.
type Comparison struct {
	Methods []Method
	Trials  [][]Trial
}

// Trial is one trained posterior's scores; those that do not apply are 0.
type Trial struct {
	Method   string  `json:"method"`
	Seed     int64   `json:"seed"`
	Accuracy float64 `json:"accuracy,omitempty"`
	RMSE     float64 `json:"rmse,omitempty"`
	NLL      float64 `json:"nll"`
	ELBO     float64 `json:"elbo"`
	Lower    float64 `json:"elbo_sym_lower"`
	Upper    float64 `json:"elbo_sym_upper"`
	// Used is the number of neurons that the next layer listens to, nil in older results.
	Used *int `json:"used_neurons"`
}

// Compare trains the same settings with several methods and seeds c.Seed, c.Seed+1, ….
// The methods are paired: with one seed they start from the same means and see the same
// minibatches, the same noise and the same posterior samples. What a training found is kept
// in out, and not done again.
func (r *Runner) Compare(ctx context.Context, c Config, methods []Method, seeds int,
	out string) (*Comparison, error) {
	c, err := r.resolve(c)
	if err != nil {
		return nil, err
	}
	// One does not tell differences from chance.
	if err := c.checkSeeds(seeds, 2, maxCount); err != nil {
		return nil, err
	}
	configs := make([]Config, len(methods))
	for i, m := range methods {
		configs[i] = c.with(m)
		if err := configs[i].Validate(); err != nil {
			return nil, err
		}
	}
	data, err := await(ctx, func() (*data, error) { return r.load(c) })
	if err != nil {
		return nil, err
	}
	if err := r.admitAll(configs, seeds, data); err != nil {
		return nil, err
	}
	start, err := startChecksum(c)
	if err != nil {
		return nil, err
	}
	r.understood(data)
	judge := c.with(Method{Estimator: bnn.EstimatorAuto}).judgement()
	store := units.Store{Dir: out}
	all := make([]units.Unit, seeds*len(methods))
	for i := range all {
		all[i] = r.trialUnit(data, start, methods[i%len(methods)], configs[i%len(methods)],
			i/len(methods))
	}
	list := units.List{Count: len(all), Shard: r.Shard, What: "trainings", Dir: out,
		File:     func(i int) string { return store.Path(all[i]) },
		Finished: func(i int) (bool, error) { return store.Finished(all[i]) }}
	fits := &fits{configs: configs, data: data, seeds: seeds, shard: r.Shard,
		finished: list.Finished, found: map[int]*bnn.Posterior{}}
	err = r.sideBySide(ctx, list, func(ctx context.Context, d kernels.Device, i int) error {
		config := configs[i%len(methods)]
		config.Seed += int64(i / len(methods))
		start := time.Now()
		trial, err := fits.trial(ctx, &Runner{Device: d}, i, judge)
		if err != nil {
			return fmt.Errorf("%v, seed %d: %w", methods[i%len(methods)], config.Seed, err)
		}
		trial.Method = methods[i%len(methods)].String()
		return store.Write(all[i], d.Name(), time.Since(start), trial)
	})
	if err != nil || r.Shard.N > 0 {
		return nil, err
	}
	return collect(store, all, methods)
}

// trialUnit is the training of a method with the seed-th seed, as the store knows it: its
// settings are the program's and its own, without places, and the data themselves and the
// checksum of what it starts from.
func (r *Runner) trialUnit(d *data, start uint32, m Method, c Config, seed int) units.Unit {
	first := c.Seed
	c.Seed += int64(seed)
	if c.SplitSeed < 0 { // all seeds share the split of the first
		c.SplitSeed = first
	}
	texts := map[string]string{}
	for _, s := range settings {
		if changesResult(s) {
			texts[s.Key] = c.Text(s)
		}
	}
	name := fmt.Sprintf("%s-seed%d", strings.ReplaceAll(m.String(), ":", ""), c.Seed)
	return units.Unit{Folder: d.Name, Name: name,
		Settings: map[string]any{"program": r.Version, "precision": r.Precision, "data": d.prints,
			"start": start, "method": m.String(), "settings": texts}}
}

// startChecksum is the checksum of the posterior that trainings start from, 0 without one.
func startChecksum(c Config) (uint32, error) {
	if c.InitFrom == "" {
		return 0, nil
	}
	path, err := modelPath(c.InitFrom)
	if err != nil {
		return 0, err
	}
	return dataset.Checksum(path)
}

// collect reads the trials of all units.
func collect(store units.Store, all []units.Unit, methods []Method) (*Comparison, error) {
	c := &Comparison{Methods: methods, Trials: make([][]Trial, len(methods))}
	for i, u := range all {
		trial, err := units.Load[Trial](store, u)
		if err != nil {
			return nil, err
		}
		m := i % len(methods)
		c.Trials[m] = append(c.Trials[m], trial)
	}
	return c, nil
}

// admitAll refuses trainings of all configurations with several seeds if the trainings that run
// side by side need too much memory.
func (r *Runner) admitAll(configs []Config, seeds int, d *data) error {
	for _, c := range configs {
		j := &job{Runner: r, config: c.forData(d.Schema.Task, d.Train.N), data: d, trainRows: d.Train}
		j.config.Members = min(len(configs)*seeds, runtime.GOMAXPROCS(0))
		var err error
		if j.model, err = c.model(d.Schema); err != nil {
			return err
		}
		account, err := j.account()
		if err != nil {
			return err
		}
		if err := r.admit(j.config, account); err != nil {
			return err
		}
	}
	return nil
}

// with are the settings for a method.
func (c Config) with(m Method) Config {
	c.Symmetrize = string(m.Estimator)
	if m.Permutations > 0 {
		c.Permutations, c.MaxPermutations = m.Permutations, m.Permutations
	}
	return c
}

// fits finds the posteriors of a comparison. Where a device runs several trainings as one, those of
// a method's next seeds are trained with the first.
type fits struct {
	configs  []Config // of the methods
	data     *data
	seeds    int
	shard    units.Shard
	finished func(i int) (bool, error)
	found    map[int]*bnn.Posterior // by the number of the training
}

// trial trains and judges the i-th training.
func (f *fits) trial(ctx context.Context, r *Runner, i int, judge bnn.Symmetrization) (*Trial,
	error) {
	c := f.configs[i%len(f.configs)]
	c.Members = 1
	posterior, rows, err := f.fit(ctx, r, c, i)
	if err != nil {
		return nil, err
	}
	c.Seed += int64(i / len(f.configs))
	s, _, err := r.score(ctx, scoring{posterior: posterior, test: f.data.Test, train: rows,
		schema:  f.data.Schema,
		samples: c.EvalSamples, elboSamples: max(c.EvalSamples, 2), symmetrize: judge,
		seed: uint64(c.Seed)})
	if err != nil {
		return nil, err
	}
	t := &Trial{Seed: c.Seed, NLL: *s.NLL, ELBO: *s.ELBO, Lower: *s.Lower, Upper: *s.Upper,
		Used: new(s.Used)}
	if s.Accuracy != nil {
		t.Accuracy = *s.Accuracy
	} else {
		t.RMSE = *s.RMSE
	}
	return t, nil
}

// fit is the posterior of the i-th training, c with another seed, and the rows that it learned from.
func (f *fits) fit(ctx context.Context, r *Runner, c Config, i int) (bnn.Mixture, *dataset.Table,
	error) {
	seed := i / len(f.configs)
	atOnce, err := f.atOnce(r, c)
	if err != nil {
		return nil, nil, err
	}
	if atOnce == 1 { // by itself: which rows are for validation depends on the seed
		c.Seed += int64(seed)
		return r.fit(ctx, c, f.data)
	}
	if f.found[i] == nil {
		numbers, err := f.next(i, atOnce)
		if err != nil {
			return nil, nil, err
		}
		found, _, err := r.fitMembers(ctx, c, f.data, numbers)
		if err != nil {
			return nil, nil, err
		}
		for k, number := range numbers {
			f.found[i+(number-seed)*len(f.configs)] = found[k]
		}
	}
	q := f.found[i]
	delete(f.found, i)
	return bnn.Mixture{q}, f.data.Train, nil
}

// atOnce is how many trainings run together.
func (f *fits) atOnce(r *Runner, c Config) (int, error) {
	if c.Validation > 0 {
		return 1, nil
	}
	m, err := c.model(f.data.Schema)
	n := f.data.Train.N
	return bnn.ReplicasAtOnce(r.Device, m, n, c.forData(f.data.Schema.Task, n).fitOptions()), err
}

// next are the seeds of the i-th training and of at most so many of its method that are not finished.
func (f *fits) next(i, most int) ([]int, error) {
	numbers := []int{i / len(f.configs)}
	for seed := numbers[0] + 1; seed < f.seeds && len(numbers) < most; seed++ {
		i += len(f.configs)
		if !f.shard.Has(i) {
			continue
		}
		done, err := f.finished(i)
		if err != nil {
			return nil, err
		}
		if !done {
			numbers = append(numbers, seed)
		}
	}
	return numbers, nil
}

// Column is one of a trial's scores.
type Column struct {
	Name, Format string
	Value        func(Trial) float64
}

// Columns are the scores that apply to the comparison.
func (c *Comparison) Columns() []Column {
	first := Column{"accuracy %", "%.2f", func(t Trial) float64 { return 100 * t.Accuracy }}
	if c.Trials[0][0].RMSE != 0 {
		first = Column{"RMSE", "%.4g", func(t Trial) float64 { return t.RMSE }}
	}
	return []Column{first,
		{"NLL", "%.4f", func(t Trial) float64 { return t.NLL }},
		{"L_VI", "%.2f", func(t Trial) float64 { return t.ELBO }},
		{"L^G from", "%.2f", func(t Trial) float64 { return t.Lower }},
		{"L^G to", "%.2f", func(t Trial) float64 { return t.Upper }},
		{"in use", "%.1f", func(t Trial) float64 {
			if t.Used == nil {
				return math.NaN()
			}
			return float64(*t.Used)
		}},
	}
}

// values are a column's over a method's seeds.
func (c *Comparison) values(method int, column Column) []float64 {
	x := make([]float64, len(c.Trials[method]))
	for s, t := range c.Trials[method] {
		x[s] = column.Value(t)
	}
	return x
}

// Mean is the mean of a column over a method's seeds and the standard deviation of one training.
func (c *Comparison) Mean(method int, column Column) (mean, sd float64) {
	return score.MeanSD(c.values(method, column))
}

// Difference is the mean paired difference to the first method and its standard error.
func (c *Comparison) Difference(method int, column Column) (mean, se float64) {
	return score.PairedDifference(c.values(method, column), c.values(0, column))
}
