package bnn

import (
	"context"
	"fmt"
	"math"

	"github.com/symvi/symvi/kernels"
)

// PredictOptions says how predictions are averaged over the posterior and what of the
// predictive distribution is wanted. Zero values take the defaults given with the fields.
type PredictOptions struct {
	// Samples is the number of posterior samples (1000).
	Samples int
	// Seed decides the samples.
	Seed uint64
	// Memory bounds the working memory in bytes (64 MiB), at least one sample's
	// weights and one input's activations. It never changes the result.
	Memory int
	// Quantiles are the levels, between 0 and 1, of the quantiles of real targets.
	Quantiles []float64
	// Draws is the number of draws of the function and of the target, at most Samples.
	Draws int
	// Scores asks for what real targets are scored by beside their density: CRPS and PIT.
	Scores bool
	// TargetMean and TargetStd bring real targets to their own units: a value t of the
	// model stands for TargetMean + TargetStd·t. One of each per target; nil for 0 and 1.
	TargetMean, TargetStd []float64
	// Processes, if set, predict together: all make the same calls.
	Processes Communicator
	// OnSample, if set, is called with the samples done and to do: Samples for every
	// block of rows that the memory allows.
	OnSample func(done, total int)
}

const defaultPredictSamples = 1000

func (o PredictOptions) withDefaults(m Model) (PredictOptions, error) {
	set(&o.Samples, defaultPredictSamples)
	set(&o.Memory, 64<<20)
	if o.Samples < 1 || o.Samples > 1<<30 {
		return o, fmt.Errorf("posterior samples: %d, want at least 1", o.Samples)
	}
	if o.Memory < 0 {
		return o, fmt.Errorf("prediction memory: %d bytes, want at least 0", o.Memory)
	}
	if o.Draws < 0 || o.Draws > o.Samples {
		return o, fmt.Errorf("prediction draws: %d, want 0 to %d, the posterior samples",
			o.Draws, o.Samples)
	}
	for _, p := range o.Quantiles {
		if !(p > 0 && p < 1) {
			return o, fmt.Errorf("quantile level: %v, want a number between 0 and 1", p)
		}
	}
	if m.Likelihood.IsSoftmax() {
		if o.Quantiles != nil || o.TargetMean != nil || o.TargetStd != nil {
			return o, fmt.Errorf("prediction of classes: quantiles and units are for real targets")
		}
		return o, nil
	}
	return o, o.setUnits(m.targets())
}

// setUnits fills in the units of so many targets.
func (o *PredictOptions) setUnits(targets int) error {
	if o.TargetMean == nil && o.TargetStd == nil {
		o.TargetMean, o.TargetStd = make([]float64, targets), make([]float64, targets)
		for i := range o.TargetStd {
			o.TargetStd[i] = 1
		}
	}
	if len(o.TargetMean) != targets || len(o.TargetStd) != targets {
		return fmt.Errorf("target units: %d means and %d standard deviations, want %d of each",
			len(o.TargetMean), len(o.TargetStd), targets)
	}
	for i, std := range o.TargetStd {
		if mean := o.TargetMean[i]; !(std > 0) || math.IsInf(std, 0) || mean-mean != 0 {
			return fmt.Errorf("target units: mean %v and standard deviation %v, want finite "+
				"numbers, the latter positive",
				mean, std)
		}
	}
	return nil
}

// Prediction is the posterior predictive distribution at N inputs: of a class, or of T real
// targets in the units of PredictOptions. What does not apply is nil.
type Prediction struct {
	N int
	// Mean is N×classes probabilities, or N×T means of the targets.
	Mean []float64

	// NoiseSD and ModelSD, N×T, are the two parts of the standard deviation of a real
	// target: the noise's, root mean square over the posterior, and that of the network's
	// output over the posterior. Their squares add up to the variance.
	NoiseSD, ModelSD []float64
	// Quantiles, N×T×levels, are those of the mixture over posterior samples.
	Quantiles []float64

	// Entropy is that of the class, N, in nats. It is the sum of Aleatoric, the mean
	// entropy over the posterior, which more data would not remove, and Information, what
	// the class would tell about the weights (Gal 2016, Section 3.3; Depeweg et al. 2018).
	Entropy, Aleatoric, Information []float64

	// DrawsOfF are N×T×Draws draws of the network's output, or N×Draws×classes of the
	// probabilities, one for each of the first posterior samples, and DrawsOfY (N×T×Draws)
	// or DrawsOfLabel (N×Draws) draws of the target given those.
	DrawsOfF, DrawsOfY []float64
	DrawsOfLabel       []int32

	// LogDensity, when the targets were given, is log (1/S) Σ_s p(y|x, ω_s) of every
	// input: for a Gaussian likelihood a mixture of S Gaussians (nats).
	LogDensity []float64
	// CRPS and PIT, N×T, when targets and Scores were given, are the continuous ranked
	// probability score, in the targets' units, and the distribution function at the target.
	CRPS, PIT []float64
	// Error, N×T, when real targets were given, is Mean less the target.
	Error []float64
}

// Predict averages the predictions of samples from q. Symmetrising q would not
// change them: q and q^G give the same distribution over functions (paper,
// Appendix C). Targets in d, in the model's own scale, are optional. The result does not
// depend on how the samples and inputs are split into chunks, bit for bit.
func (q *Posterior) Predict(ctx context.Context, device kernels.Device, d Data,
	o PredictOptions) (*Prediction, error) {
	return Mixture{q}.Predict(ctx, device, d, o)
}

// check finds predictions that are not numbers.
func (r *Prediction) check() error {
	for i, v := range r.Mean {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			width := len(r.Mean) / r.N
			return fmt.Errorf("prediction: output %d of input %d is %v; the posterior or the "+
				"inputs are not usable",
				i%width, i/width, v)
		}
	}
	return nil
}
