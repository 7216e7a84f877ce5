package bnn

import (
	"context"
	"math"

	"github.com/symvi/symvi/kernels"
)

// Metrics are scores of the posterior predictive distribution on a data set, means
// over its N inputs. Those that do not apply to the likelihood are 0.
type Metrics struct {
	N int
	// Accuracy is the fraction of inputs whose most probable class is the label.
	Accuracy float64
	// NLL is −log p(y|x, data) in nats, of the averaged predictive distribution.
	NLL float64
	// Brier is Σ_c (p_c − [c = y])².
	Brier float64
	// ECE is the expected calibration error: 15 equal bins of the largest probability,
	// |accuracy − confidence| weighted by the bins' sizes (Guo et al. 2017).
	ECE float64
	// RMSE is the root of the mean squared error of the predictive mean over inputs
	// and outputs, in the targets' units.
	RMSE float64
}

const eceBins = 15

// Evaluate predicts with posterior samples and scores the predictions against the
// labels or targets in d.
func (q *Posterior) Evaluate(ctx context.Context, device kernels.Device, d Data, o PredictOptions) (Metrics, error) {
	if err := q.check(); err != nil {
		return Metrics{}, err
	}
	if _, err := q.Model.check(d, true); err != nil {
		return Metrics{}, err
	}
	p, err := q.Predict(ctx, device, d, o)
	if err != nil {
		return Metrics{}, err
	}
	return p.Score(d), nil
}

// Score compares a prediction, made with targets, with them.
func (p *Prediction) Score(d Data) Metrics {
	s := Metrics{N: len(p.LogDensity)}
	for _, l := range p.LogDensity {
		s.NLL -= l
	}
	s.NLL /= float64(s.N)
	if d.Labels == nil {
		s.RMSE = rmse(p.Mean, d.Targets)
		return s
	}
	classes := len(p.Mean) / s.N
	var correct int
	var bins [eceBins]struct{ confidence, correct float64 }
	for i, label := range d.Labels {
		probs := p.Mean[i*classes : (i+1)*classes]
		best := 0
		for c, v := range probs {
			target := 0.0
			if c == int(label) {
				target = 1
			}
			r := v - target
			s.Brier += float64(r * r)
			if v > probs[best] {
				best = c
			}
		}
		bin := &bins[min(int(probs[best]*eceBins), eceBins-1)]
		bin.confidence += probs[best]
		if best == int(label) {
			correct++
			bin.correct++
		}
	}
	n := float64(s.N)
	for _, b := range bins {
		s.ECE += math.Abs(b.correct-b.confidence) / n
	}
	s.Accuracy, s.Brier = float64(correct)/n, s.Brier/n
	return s
}

func rmse(mean []float64, targets []float32) float64 {
	sum := 0.0
	for i, f := range mean {
		r := f - float64(targets[i])
		sum += float64(r * r)
	}
	return math.Sqrt(sum / float64(len(mean)))
}
