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
	if err := c.checkSeeds(seeds, 2, maxSeeds); err != nil {
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
	trials := &trials{configs: configs, methods: methods, data: data, judge: judge, store: store,
		units: all}
	atOnce := r.atOnce(configs, data)
	list.Mates = func(i int) []int {
		return r.mates(i, len(methods), len(all), atOnce[i%len(methods)])
	}
	list.Together = func(ctx context.Context, _ int, numbers []int) error {
		return trials.train(ctx, r.Device, numbers)
	}
	err = r.sideBySide(ctx, list, func(ctx context.Context, d kernels.Device, i int) error {
		return trials.train(ctx, d, []int{i})
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
		j := &job{Runner: r, config: c.forData(&d.Schema, d.Train.N), data: d, trainRows: d.Train}
		j.config.Members = min(len(configs)*seeds, runtime.GOMAXPROCS(0))
		var err error
		if j.model, err = j.config.model(d.Schema); err != nil {
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

// trials are the trainings of a comparison.
type trials struct {
	configs []Config // of the methods
	methods []Method
	data    *data
	judge   bnn.Symmetrization
	store   units.Store
	units   []units.Unit
}

// train trains one, or several of a method together, scores them and stores what they found.
func (t *trials) train(ctx context.Context, d kernels.Device, numbers []int) error {
	r, methods, start := &Runner{Device: d}, len(t.configs), time.Now()
	method := numbers[0] % methods
	c := t.configs[method]
	c.Members = 1
	c.Seed += int64(numbers[0] / methods)
	found, rows, err := r.fitMembers(ctx, c, t.data, seedsAfter(numbers, methods))
	for k, i := range numbers {
		var trial *Trial
		c.Seed = t.configs[method].Seed + int64(i/methods)
		if err == nil {
			trial, err = r.trial(ctx, c, t.judge, t.data, found[k], rows)
		}
		if err != nil {
			return fmt.Errorf("%v, seed %d: %w", t.methods[method], c.Seed, err)
		}
		trial.Method = t.methods[method].String()
		if err := t.store.Write(t.units[i], d.Name(), time.Since(start), trial); err != nil {
			return err
		}
		start = time.Now()
	}
	return nil
}

// atOnce says for each configuration how many of its trainings with several seeds share
// launches: one where the device runs each by itself, and where the rows that they learn from
// depend on the seed.
func (r *Runner) atOnce(configs []Config, d *data) []int {
	most := make([]int, len(configs))
	for m, c := range configs {
		most[m] = 1
		c = c.forData(&d.Schema, d.Train.N)
		model, err := c.model(d.Schema)
		if err != nil || c.Validation > 0 || r.Divide != nil { // the training says an error
			continue
		}
		o := c.fitOptions()
		o.Processes = r.Processes
		most[m] = bnn.ReplicasAtOnce(r.Device, model, d.Train.N, o)
	}
	return most
}

// mates are the units after the i-th, each so many further, up to a number and at most so many with
// the i-th, that are this process's.
func (r *Runner) mates(i, step, until, most int) (mates []int) {
	for k := i + step; k < until && len(mates) < most-1; k += step {
		if r.Shard.Has(k) {
			mates = append(mates, k)
		}
	}
	return mates
}

// seedsAfter are the seeds of trainings of one of so many methods, counted from the first of them.
func seedsAfter(numbers []int, methods int) []int {
	seeds := make([]int, len(numbers))
	for k, i := range numbers {
		seeds[k] = (i - numbers[0]) / methods
	}
	return seeds
}

// trial scores what a training has found; judge estimates the bounds of all methods alike.
func (r *Runner) trial(ctx context.Context, c Config, judge bnn.Symmetrization, d *data,
	q *bnn.Posterior, rows *dataset.Table) (*Trial, error) {
	s, _, err := r.score(ctx, scoring{posterior: bnn.Mixture{q}, test: d.Test, train: rows,
		schema:  d.Schema,
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
		{"in use", "%.1f", func(t Trial) float64 { return Count(t.Used) }},
	}
}

// Count is a number that older results lack: NaN for nil.
func Count(n *int) float64 {
	if n == nil {
		return math.NaN()
	}
	return float64(*n)
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
