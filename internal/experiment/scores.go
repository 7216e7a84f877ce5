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
// part. Those that do not apply are nil. Their JSON keys are stable.
type Scores struct {
	// Accuracy, NLL, Brier and ECE are means over the test rows; NLL and RMSE of a
	// regression are in the units of the target.
	Accuracy *float64 `json:"accuracy,omitempty"`
	NLL      *float64 `json:"nll,omitempty"`
	Brier    *float64 `json:"brier,omitempty"`
	ECE      *float64 `json:"ece,omitempty"`
	RMSE     *float64 `json:"rmse,omitempty"`
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
	// Collapsed is the number of hidden neurons that have fallen back to the prior, of Hidden.
	Collapsed int `json:"-"`
	Hidden    int `json:"-"`
	// Explanation says in words what symmetrisation does; Warning that auto fell short.
	Explanation string `json:"-"`
	Warning     string `json:"-"`
}

// scoring is what score needs beside the posterior.
type scoring struct {
	posterior   *bnn.Posterior
	test, train *dataset.Table // train may be nil: no bounds
	schema      dataset.Schema
	on          string // which rows test holds, in words
	samples     int
	elboSamples int
	symmetrize  bnn.Symmetrization
	seed        uint64
}

// score measures a posterior.
func (r *Runner) score(ctx context.Context, s scoring) (*Scores, error) {
	start := time.Now()
	m, err := s.posterior.Evaluate(ctx, r.Device, Tensors(s.test),
		bnn.PredictOptions{Samples: s.samples, Seed: s.seed, OnSample: r.scoreWatcher("test rows")})
	if err != nil {
		return nil, fmt.Errorf("scoring the test part: %w", err)
	}
	out := &Scores{Samples: s.samples, TestRows: m.N, On: cmp.Or(s.on, "test rows"), ELBOSamples: s.elboSamples, Symmetrize: s.symmetrize, NLL: new(m.NLL)}
	if s.posterior.Model.Likelihood.IsSoftmax() {
		out.Accuracy, out.Brier, out.ECE = new(m.Accuracy), new(m.Brier), new(m.ECE)
	} else {
		_, scale := s.schema.TargetScale()
		out.RMSE, out.NLL = new(m.RMSE*scale[0]), new(m.NLL+math.Log(scale[0]))
	}
	if s.train != nil {
		if err := r.bounds(ctx, s, out); err != nil {
			return nil, err
		}
	}
	out.Device = r.Device.Name()
	out.Seconds = time.Since(start).Seconds()
	return out, nil
}

func (r *Runner) bounds(ctx context.Context, s scoring, out *Scores) error {
	e, err := s.posterior.ELBO(ctx, r.Device, Tensors(s.train),
		bnn.ELBOOptions{Symmetrize: s.symmetrize, Samples: s.elboSamples, Seed: s.seed, OnSample: r.scoreWatcher("bounds")})
	if err != nil {
		return fmt.Errorf("estimating the bounds: %w", err)
	}
	out.ELBO, out.ELBOSE = new(e.LVI.Value), new(e.LVI.SE)
	out.Lower, out.LowerSE = new(e.Lower.Value), new(e.Lower.SE)
	out.Upper, out.UpperSE = new(e.Upper.Value), new(e.Upper.SE)
	if s.symmetrize.Estimator != bnn.EstimatorNone {
		out.Information, out.InformationSE = new(e.Information.Value), new(e.Information.SE)
	}
	out.LogGroupOrder, out.LogPermutations = new(e.LogGroupOrder), e.LogPermutations
	out.Permutations, out.ESS, out.Warning = e.Permutations, e.ESS, e.Warning
	for i, n := range e.Collapsed {
		out.Collapsed += n
		out.Hidden += s.posterior.Model.Network.Hidden()[i]
	}
	if s.symmetrize.Estimator != bnn.EstimatorNone {
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
