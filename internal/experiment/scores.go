package experiment

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
)

// Scores are a posterior's metrics on the test part and its bounds on the training
// part. Those that do not apply are nil. Their JSON keys are stable; KEY_se is a standard
// error over rows.
type Scores struct {
	// Accuracy, BalancedAccuracy, NLL, Brier and ECE are of the test rows, as are RMSE, MAE
	// and CRPS of a regression. NLL is in nats per row; with RMSE, MAE and CRPS it is in the
	// target's units.
	Accuracy           *float64 `json:"accuracy,omitempty"`
	AccuracySE         *float64 `json:"accuracy_se,omitempty"`
	BalancedAccuracy   *float64 `json:"balanced_accuracy,omitempty"`
	BalancedAccuracySE *float64 `json:"balanced_accuracy_se,omitempty"`
	// Majority is the accuracy of the most frequent class for all rows, AURC the area under
	// the risk-coverage curve by the largest probability.
	Majority *float64 `json:"majority,omitempty"`
	NLL      *float64 `json:"nll,omitempty"`
	NLLSE    *float64 `json:"nll_se,omitempty"`
	Brier    *float64 `json:"brier,omitempty"`
	BrierSE  *float64 `json:"brier_se,omitempty"`
	ECE      *float64 `json:"ece,omitempty"`
	ECESE    *float64 `json:"ece_se,omitempty"`
	AURC     *float64 `json:"aurc,omitempty"`
	RealScores
	// Classes are the scores of every class, Targets of every target where there are several.
	Classes []ClassScores  `json:"classes,omitempty"`
	Targets []TargetScores `json:"targets,omitempty"`
	// OOD says how well the uncertainty tells other rows from the test rows.
	OOD *OODScores `json:"ood,omitempty"`
	// Noise is of every target the noise's standard deviation where it depends on no input, in
	// the target's units; nil for mixtures, whose members have learned their own.
	Noise []float64 `json:"noise_sd,omitempty"`
	// ELBO is L_VI, and Lower and Upper bound L^G, in nats for the whole training
	// set (of a regression: with the standardised target, as trained).
	ELBO          *float64 `json:"elbo,omitempty"`
	ELBOSE        *float64 `json:"elbo_se,omitempty"`
	Lower         *float64 `json:"elbo_sym_lower,omitempty"`
	LowerSE       *float64 `json:"elbo_sym_lower_se,omitempty"`
	Upper         *float64 `json:"elbo_sym_upper,omitempty"`
	UpperSE       *float64 `json:"elbo_sym_upper_se,omitempty"`
	Information   *float64 `json:"information,omitempty"`
	InformationSE *float64 `json:"information_se,omitempty"`
	LogGroupOrder *float64 `json:"log_group_order,omitempty"`
	// Samples is the number of posterior samples behind the test metrics.
	Samples int     `json:"samples"`
	Seconds float64 `json:"seconds"`
	// Device is where the scores were computed, with its precision if that is not float32.
	Device string `json:"device"`

	// What the table says beside the numbers.
	TestRows        int                `json:"-"`
	On              string             `json:"-"` // which rows these are: "test rows", …
	ELBOSamples     int                `json:"-"`
	Symmetrize      bnn.Symmetrization `json:"-"`
	LogPermutations float64            `json:"-"`
	// Permutations is the number of draws of importance and ESS what they are worth.
	Permutations int     `json:"-"`
	ESS          float64 `json:"-"`
	// Used is how many of Hidden neurons the next layer listens to, -1 where an older summary
	// does not tell.
	Used   int `json:"-"`
	Hidden int `json:"-"`
	// Members is the number of posteriors in a mixture, whose neurons are counted together.
	Members int `json:"members,omitempty"`
	// Modes says how different a mixture's members are after matching their neurons; nil for
	// one member, and for layers that are too wide to be matched in reasonable time.
	Modes *bnn.Modes `json:"modes,omitempty"`
	// Explanation says in words what symmetrisation does; Warning that auto fell short.
	Explanation string `json:"-"`
	Warning     string `json:"-"`
}

// ClassScores are one class's. Precision and Recall are nil where nothing was predicted to
// be of the class, or nothing is, and their standard errors where only one row was.
type ClassScores struct {
	Class       string   `json:"class"`
	Support     int      `json:"support"`
	Predicted   int      `json:"predicted"`
	Precision   *float64 `json:"precision"`
	PrecisionSE *float64 `json:"precision_se,omitempty"`
	Recall      *float64 `json:"recall"`
	RecallSE    *float64 `json:"recall_se,omitempty"`
}

// RealScores are those of real targets, in their units.
type RealScores struct {
	RMSE   *float64 `json:"rmse,omitempty"`
	RMSESE *float64 `json:"rmse_se,omitempty"`
	// Baseline is the RMSE of the training rows' mean as the answer to all inputs.
	Baseline *float64 `json:"rmse_baseline,omitempty"`
	MAE      *float64 `json:"mae,omitempty"`
	MAESE    *float64 `json:"mae_se,omitempty"`
	CRPS     *float64 `json:"crps,omitempty"`
	CRPSSE   *float64 `json:"crps_se,omitempty"`
	// Coverage is the share of test rows in the central intervals of 50, 90 and 95 %, PIT
	// the shares of their probability integral transforms in bins of equal width.
	Coverage50   *float64  `json:"coverage_50,omitempty"`
	Coverage50SE *float64  `json:"coverage_50_se,omitempty"`
	Coverage90   *float64  `json:"coverage_90,omitempty"`
	Coverage90SE *float64  `json:"coverage_90_se,omitempty"`
	Coverage95   *float64  `json:"coverage_95,omitempty"`
	Coverage95SE *float64  `json:"coverage_95_se,omitempty"`
	PIT          []float64 `json:"pit,omitempty"`
}

// TargetScores are one target's.
type TargetScores struct {
	Target string `json:"target"`
	RealScores
}

// PlusMinus writes an estimate and its standard error, if there is one, each in a format; a dash
// where there is neither.
func PlusMinus(format string, value, se *float64) string {
	switch {
	case value == nil:
		return "–"
	case se == nil:
		return fmt.Sprintf(format, *value)
	}
	return fmt.Sprintf(format+" ± "+format, *value, *se)
}

// take takes an estimate.
func take(value, se **float64, e bnn.Estimate) {
	*value = new(e.Value)
	if !math.IsNaN(e.SE) { // of a single row
		*se = new(e.SE)
	}
}

// metrics takes what applies of m.
func (s *Scores) metrics(m bnn.Metrics, schema dataset.Schema) {
	take(&s.NLL, &s.NLLSE, m.NLL)
	if m.Classes != nil {
		take(&s.Accuracy, &s.AccuracySE, m.Accuracy)
		take(&s.BalancedAccuracy, &s.BalancedAccuracySE, m.BalancedAccuracy)
		take(&s.Brier, &s.BrierSE, m.Brier)
		take(&s.ECE, &s.ECESE, m.ECE)
		s.Majority, s.AURC = new(m.Majority), new(m.AURC)
		s.classes(m.Classes, schema)
		return
	}
	s.take(bnn.TargetMetrics{RMSE: m.RMSE, MAE: m.MAE, CRPS: m.CRPS, Coverage: m.Coverage, PIT: m.PIT})
	if len(m.Targets) == 1 {
		return
	}
	for j, m := range m.Targets {
		t := TargetScores{Target: schema.Targets[j].Name}
		t.take(m)
		s.Targets = append(s.Targets, t)
	}
}

func (s *RealScores) take(m bnn.TargetMetrics) {
	take(&s.RMSE, &s.RMSESE, m.RMSE)
	take(&s.MAE, &s.MAESE, m.MAE)
	take(&s.CRPS, &s.CRPSSE, m.CRPS)
	take(&s.Coverage50, &s.Coverage50SE, m.Coverage[0])
	take(&s.Coverage90, &s.Coverage90SE, m.Coverage[1])
	take(&s.Coverage95, &s.Coverage95SE, m.Coverage[2])
	s.PIT = m.PIT
}

// baseline adds what the training rows' mean scores on real targets, which are standardised by it
// and these deviations.
func (s *Scores) baseline(y []float32, std []float64) {
	if len(y) == 0 {
		return
	}
	squares, all := make([]float64, len(std)), 0.0
	for i, v := range y {
		d := float64(v) * std[i%len(std)]
		squares[i%len(std)] += float64(d * d)
	}
	rows := float64(len(y) / len(std))
	for j, sum := range squares {
		all += sum
		if s.Targets != nil {
			s.Targets[j].Baseline = new(math.Sqrt(sum / rows))
		}
	}
	s.Baseline = new(math.Sqrt(all / float64(len(y))))
}

func (s *Scores) classes(classes []bnn.ClassMetrics, schema dataset.Schema) {
	known := func(x float64) *float64 {
		if math.IsNaN(x) {
			return nil
		}
		return &x
	}
	for c, m := range classes {
		name := fmt.Sprint(c)
		if schema.ClassNames != nil {
			name = schema.ClassNames[c]
		}
		s.Classes = append(s.Classes, ClassScores{name, m.Support, m.Predicted, known(m.Precision),
			known(m.PrecisionSE), known(m.Recall), known(m.RecallSE)})
	}
}

// scoring is what score needs beside the posterior.
type scoring struct {
	posterior   bnn.Mixture
	test, train *dataset.Table // train may be nil: no bounds
	outliers    *dataset.Table // rows of another kind, nil for none
	foreign     bool           // targets are as they are, not standardised by the training rows
	schema      dataset.Schema
	on          string    // which rows test holds, in words
	quantiles   []float64 // of the predictions, for real targets
	samples     int
	elboSamples int
	symmetrize  bnn.Symmetrization
	seed        uint64
}

// score measures a posterior and returns its predictions of the test rows as well.
func (r *Runner) score(ctx context.Context, s scoring) (*Scores, *bnn.Prediction, error) {
	start := time.Now()
	o := bnn.PredictOptions{Samples: s.samples, Seed: s.seed, Processes: r.Processes,
		OnSample: r.scoreWatcher("test rows")}
	o.TargetMean, o.TargetStd = s.schema.TargetScale()
	o.Scores, o.Quantiles = true, s.quantiles
	p, err := s.posterior.Predict(ctx, r.Device, Tensors(s.test), o)
	if err != nil {
		return nil, nil, fmt.Errorf("scoring the test part: %w", err)
	}
	m := p.Score(Tensors(s.test))
	out := &Scores{Samples: s.samples, TestRows: m.N, On: cmp.Or(s.on, "test rows"),
		ELBOSamples: s.elboSamples, Symmetrize: s.symmetrize}
	out.metrics(m, s.schema)
	if !s.foreign {
		out.baseline(s.test.Y, o.TargetStd)
	}
	if q := s.posterior[0]; len(s.posterior) == 1 && !q.Model.Likelihood.IsSoftmax() {
		for j, sd := range q.NoiseStds() {
			out.Noise = append(out.Noise, sd*o.TargetStd[j])
		}
	}
	if s.outliers != nil {
		o.Scores, o.Quantiles = false, nil
		other, err := s.posterior.Predict(ctx, r.Device, inputs(s.outliers), o)
		if err != nil {
			return nil, nil, fmt.Errorf("predicting the outliers: %w", err)
		}
		out.OOD = detect(p, other)
	}
	if s.train != nil {
		if err := r.bounds(ctx, s, out); err != nil {
			return nil, nil, err
		}
	}
	if len(s.posterior) > 1 && matchingWork(s.posterior) <= mostMatching {
		if out.Modes, err = s.posterior.Modes(ctx); err != nil {
			return nil, nil, fmt.Errorf("matching the members' neurons: %w", err)
		}
	}
	out.Device = r.Device.Name()
	out.Seconds = time.Since(start).Seconds()
	return out, p, nil
}

// mostMatching is the most that matching the members' neurons may take: half a minute of
// one core.
const mostMatching = 2.5e9

// matchingWork is about how many pairs of parameters matching compares, over all pairs of members:
// those of every neuron with those of every neuron of its layer, and where there are several hidden
// layers some ten times, because they are matched by turns.
func matchingWork(m bnn.Mixture) float64 {
	const turns = 10
	widths, work := m[0].Model.Network.Widths, 0.0
	for i := 1; i < len(widths)-1; i++ {
		n := float64(widths[i])
		work += n * n * float64(widths[i-1]+1+widths[i+1])
	}
	if len(widths) > 3 {
		work *= turns
	}
	return work * float64(len(m)*(len(m)-1)/2)
}

func (r *Runner) bounds(ctx context.Context, s scoring, out *Scores) error {
	mixture, err := s.posterior.ELBO(ctx, r.Device, Tensors(s.train),
		bnn.ELBOOptions{Symmetrize: s.symmetrize, Samples: s.elboSamples, Seed: s.seed,
			Processes: r.Processes, OnSample: r.scoreWatcher("bounds")})
	if err != nil {
		return fmt.Errorf("estimating the bounds: %w", err)
	}
	_, std := s.schema.TargetScale()
	mixture = mixture.InUnits(std)
	out.ELBO, out.ELBOSE = new(mixture.LVI.Value), new(mixture.LVI.SE)
	out.Lower, out.LowerSE = new(mixture.Lower.Value), new(mixture.Lower.SE)
	out.Upper, out.UpperSE = new(mixture.Upper.Value), new(mixture.Upper.SE)
	single := len(mixture.Members) == 1
	if !single {
		out.Members = len(mixture.Members)
	}
	for _, e := range mixture.Members {
		for i, n := range s.posterior[0].Model.Network.Hidden() {
			out.Hidden, out.Used = out.Hidden+n, out.Used+e.Used[i]
		}
	}
	e := mixture.Members[0]
	out.LogGroupOrder, out.LogPermutations = new(e.LogGroupOrder), e.LogPermutations
	if s.symmetrize.Estimator != bnn.EstimatorNone && single {
		out.Information, out.InformationSE = new(e.Information.Value), new(e.Information.SE)
		out.Permutations, out.ESS, out.Warning = e.Permutations, e.ESS, e.Warning
		out.Explanation = e.Explain()
	}
	return nil
}

func (r *Runner) scoreWatcher(what string) func(done, total int) {
	if r.Watch.Score == nil {
		return nil
	}
	return func(done, total int) { r.Watch.Score(what, done, total) }
}

func firstLine(err error) string {
	line, rest, more := strings.Cut(err.Error(), "\n")
	if more {
		return line + "; " + strings.ReplaceAll(rest, "\n", "; ")
	}
	return line
}
