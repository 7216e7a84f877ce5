package experiment

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/memory"
	"github.com/symvi/symvi/kernels"
)

// Account says what a training needs of memory, in bytes, at its peak.
type Account struct {
	Parts []Part
	// Available is the most that it may be.
	Available memory.Limit
}

// Part is one purpose of memory.
type Part struct {
	What  string
	Bytes float64
	key   string // the setting that lowers it
	hint  string
}

// Total is the sum of the parts.
func (a *Account) Total() float64 {
	total := 0.0
	for _, p := range a.Parts {
		total += p.Bytes
	}
	return total
}

// program is what the program itself takes, its threads and their scratch memory among it.
const program = 32 << 20

// Account computes the memory of a training with settings c, without training.
func (r *Runner) Account(ctx context.Context, c Config) (*Account, error) {
	c, err := r.resolve(c)
	if err != nil {
		return nil, err
	}
	j := &job{Runner: r, config: c}
	if j.data, err = await(ctx, func() (*data, error) { return r.load(c) }); err != nil {
		return nil, err
	}
	r.understood(j.data)
	j.setApart()
	j.config = c.forData(&j.data.Schema, j.trainRows.N)
	if j.model, err = j.config.model(j.data.Schema); err != nil {
		return nil, err
	}
	return j.account()
}

// account adds up what a training holds while it trains and what it holds while it is scored,
// and takes the larger.
func (j *job) account() (*Account, error) {
	train, err := j.trainingParts()
	if err != nil {
		return nil, err
	}
	rows := rowBytes(j.data.Train) + rowBytes(j.data.Test)
	if j.valid != nil {
		rows += rowBytes(j.data.Train)
	}
	if j.data.Schema.IsTable() {
		rows *= 2 // what reading leaves behind until it is collected
	}
	onDevice := 0.0
	if _, ok := j.Device.(kernels.HostMemory); !ok {
		onDevice = 4 * float64(j.trainRows.N*j.trainRows.Inputs)
	}
	a := &Account{Available: j.available(), Parts: []Part{{"the program", program, "", ""},
		{"data", rows + j.workers()*onDevice, "data", "fewer rows or columns"}}}
	if score := j.scoringParts(); sum(score) > sum(train) {
		train = score
	}
	a.Parts = append(a.Parts, train...)
	return a, nil
}

// workers is how many members train side by side.
func (j *job) workers() float64 {
	if j.Divide == nil {
		return 1
	}
	atOnce := min(j.config.Members, runtime.GOMAXPROCS(0))
	if j.config.Threads > 0 {
		atOnce = min(atOnce, j.config.Threads)
	}
	return float64(atOnce)
}

// found is what the members hold that are trained.
func (j *job) found() float64 {
	return 8 * float64(j.model.Network.Parameters()) * float64(j.config.Members)
}

// trainingParts are those of the trainings that run side by side.
func (j *job) trainingParts() ([]Part, error) {
	c, workers := j.config, j.workers()
	o := c.fitOptions()
	o.Validation = j.valid
	training, err := bnn.TrainingMemory(j.model, j.trainRows.N, o)
	if err != nil {
		return nil, err
	}
	vectors := 6.0 // posterior and moments
	if j.valid != nil {
		vectors += 2 // and the best posterior
	}
	return []Part{
		{"parameters, their gradients and moments", workers*training.Parameters + j.found(), "hidden",
			"fewer neurons"},
		{"networks: sampled weights and activations", workers * training.Networks, smaller(c),
			"smaller minibatches, fewer samples or neurons"},
		{"symmetrization", workers * training.Symmetrization, symmetrizeKey(c),
			"fewer permutations or neurons"},
		// Vectors and their bytes, and those of the save before until they are collected.
		{"copies for the checkpoint",
			workers * 4 * vectors * float64(j.model.Network.Parameters()) * 2 * 2, "hidden",
			"fewer neurons"},
	}, nil
}

// scoringParts are those of scoring what was found.
func (j *job) scoringParts() []Part {
	c, m := j.config, j.model
	scoring := bnn.ELBOMemory(m, j.trainRows.N,
		bnn.ELBOOptions{Symmetrize: j.judge(), Samples: max(c.EvalSamples, 2)})
	return []Part{
		{"parameters", scoring.Parameters + j.found(), "hidden", "fewer neurons"},
		{"networks: sampled weights and activations",
			scoring.Networks + predictorBytes(m, j.data.Test.N, c.EvalSamples), "hidden", "fewer neurons"},
		{"symmetrization", scoring.Symmetrization, symmetrizeKey(c), "fewer permutations or neurons"},
		{"predictions of the test rows", predictionBytes(m, j.data.Test), "test-fraction",
			"fewer test rows"},
	}
}

func sum(parts []Part) float64 { return (&Account{Parts: parts}).Total() }

// smaller is the setting to which networks owe most of their memory.
func smaller(c Config) string {
	if c.Samples > 1 {
		return "samples"
	}
	if c.Batch > 1000 {
		return "batch"
	}
	return "hidden"
}

// symmetrizeKey is the setting that lowers what the estimator takes: it grows with the square of
// the width, and with the permutations.
func symmetrizeKey(c Config) string {
	if len(c.Hidden) > 0 && slices.Max(c.Hidden) > max(c.Permutations, c.MaxPermutations) {
		return "hidden"
	}
	switch bnn.Estimator(c.Symmetrize) {
	case bnn.EstimatorAuto:
		return "max-permutations"
	case bnn.EstimatorUniform, bnn.EstimatorImportance:
		return "permutations"
	}
	return "hidden"
}

// rowBytes is what a table holds.
func rowBytes(t *dataset.Table) float64 {
	if t == nil {
		return 0
	}
	return 4*float64(len(t.X)+len(t.Labels)+len(t.Y)) + float64(len(t.Bytes))
}

// predictorBytes is what bnn.Predictor works with for so many rows and samples: weights and
// activations of a chunk, the inputs of a block of rows and what all samples make of them, and the
// weights of all samples if they fit; each up to a quarter of its limit.
func predictorBytes(m bnn.Model, rows, samples int) float64 {
	const quarter = 64 << 20 / 4
	const together = 256 // rows that go through the network at once
	widths := m.Network.Widths
	weights := 4 * float64(m.Network.Parameters())
	activations := 0.0
	for _, w := range widths[1:] {
		activations += 4 * float64(w*min(rows, together))
	}
	held := 4 * float64(widths[len(widths)-1]) * float64(rows)
	if !m.Likelihood.IsSoftmax() {
		held *= float64(samples)
	}
	total := 2*weights + activations + min(quarter, held) + min(quarter, 4*float64(widths[0]*rows))
	if all := weights * float64(samples); all <= quarter {
		total += all
	}
	return total
}

// predictionBytes is what the predictions of rows hold.
func predictionBytes(m bnn.Model, t *dataset.Table) float64 {
	if t == nil {
		return 0
	}
	widths := m.Network.Widths
	outputs := float64(widths[len(widths)-1])
	return 8 * float64(t.N) * (outputs + 10)
}

// limitFlag names what sets Runner.Memory.
const limitFlag = "--memory"

// available is what --memory says, else what there is.
func (r *Runner) available() memory.Limit {
	if r.Memory > 0 {
		return memory.Limit{Bytes: r.Memory, By: limitFlag}
	}
	return memory.Available()
}

// admit refuses a job that needs more memory than there is, and lets the garbage collector keep
// a large one to its account.
func (r *Runner) admit(c Config, a *Account) error {
	if a.Total() > float64(a.Available.Bytes) {
		return c.tooMuch(a)
	}
	a.keep()
	return nil
}

// keep lets the garbage collector keep a large job to its account.
func (a *Account) keep() {
	const large = 128 << 20
	if total := a.Total(); total > large {
		debug.SetMemoryLimit(int64(total * 1.1))
	}
}

// tooMuch is the error of a job that is not admitted.
func (c Config) tooMuch(a *Account) error {
	most, problem := a.tooMuch()
	if most.key == "" {
		return a.refuse(problem)
	}
	return c.problem(most.key, problem+"; "+most.hint+" need less")
}

// tooMuch is the largest part, and the problem in words.
func (a *Account) tooMuch() (most Part, problem string) {
	most = a.Parts[0]
	for _, p := range a.Parts {
		if p.Bytes > most.Bytes {
			most = p
		}
	}
	return most, fmt.Sprintf("this needs about %s of memory, %s of it for %s, but %s is %s",
		memory.Format(a.Total()), memory.Format(most.Bytes), most.What, a.Available.By,
		memory.Format(float64(a.Available.Bytes)))
}

// admitRows refuses data whose rows alone need more memory than there is, before they are read.
func (r *Runner) admitRows(bytes float64) error {
	return r.purpose("the data's rows", bytes).check("fewer rows or columns")
}

// Admit is admit for work that needs so many bytes for one purpose, of at most so many or, where
// that is 0, of what there is. It says what would need less.
func Admit(most int64, what string, bytes float64, less string) error {
	a := (&Runner{Memory: most}).purpose(what, bytes)
	if err := a.check(less); err != nil {
		return err
	}
	a.keep()
	return nil
}

// purpose is the account of one purpose beside the program.
func (r *Runner) purpose(what string, bytes float64) *Account {
	return &Account{Available: r.available(),
		Parts: []Part{{"the program", program, "", ""}, {what, bytes, "", ""}}}
}

// check refuses the job if there is too little memory, and says what would need less.
func (a *Account) check(less string) error {
	if a.Total() <= float64(a.Available.Bytes) {
		return nil
	}
	_, problem := a.tooMuch()
	return a.refuse(problem + "; " + less + " need less")
}

// admitScoring refuses to judge a posterior where that needs more memory than there is.
func (r *Runner) admitScoring(s scoring) error {
	m := s.posterior[0].Model
	rows := rowBytes(s.test) + rowBytes(s.outliers)
	var bounds bnn.Memory
	if s.train != nil {
		bounds = bnn.ELBOMemory(m, s.train.N, bnn.ELBOOptions{Symmetrize: s.symmetrize,
			Samples: s.elboSamples})
		if s.train != s.test {
			rows += rowBytes(s.train)
		}
	}
	outputs := float64(m.Network.Widths[len(m.Network.Widths)-1])
	quantiles := 8 * outputs * float64(len(s.quantiles)*s.test.N)
	a := &Account{Available: r.available(), Parts: []Part{{"the program", program, "", ""},
		{"data", rows, "", "fewer rows"},
		{"parameters", bounds.Parameters + 8*float64(m.Network.Parameters()*len(s.posterior)), "", ""},
		{"networks: sampled weights and activations",
			bounds.Networks + predictorBytes(m, s.test.N, s.samples), "", ""},
		{"symmetrization", bounds.Symmetrization, "permutations", "fewer permutations"},
		{"predictions", predictionBytes(m, s.test) + predictionBytes(m, s.outliers) + quantiles, "",
			"fewer rows"}}}
	if a.Total() <= float64(a.Available.Bytes) {
		return nil
	}
	most, problem := a.tooMuch()
	if most.key != "" {
		return &SettingError{most.key, fmt.Sprint(s.symmetrize.Permutations),
			problem + "; " + most.hint + " need less"}
	}
	if most.hint != "" {
		problem += "; " + most.hint + " need less"
	}
	return a.refuse(problem)
}

// refuse is the error of a job of which no setting is to blame but, where it is given, --memory.
func (a *Account) refuse(problem string) error {
	if a.Available.By != limitFlag {
		return fmt.Errorf("memory: %s", problem)
	}
	return &SettingError{"memory", memory.Format(float64(a.Available.Bytes)), problem}
}
