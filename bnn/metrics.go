package bnn

import (
	"context"
	"math"

	"github.com/symvi/symvi/internal/score"
	"github.com/symvi/symvi/kernels"
)

// Metrics are scores of the posterior predictive distribution on a data set, with standard
// errors over its N inputs. Those that do not apply to the likelihood are 0 or nil.
type Metrics struct {
	N int
	// NLL is −log p(y|x, data) in nats, of the averaged predictive distribution.
	NLL Estimate

	// Accuracy is the fraction of inputs whose most probable class is the label,
	// BalancedAccuracy the mean of that over the classes.
	Accuracy, BalancedAccuracy Estimate
	// Majority is the fraction of the most frequent label, which the same answer for all
	// inputs reaches.
	Majority float64
	// Brier is Σ_c (p_c − [c = y])².
	Brier Estimate
	// ECE is the expected calibration error: 15 equal bins of the largest probability,
	// |accuracy − confidence| weighted by the bins' sizes (Guo et al. 2017).
	ECE Estimate
	// AURC is the area under the risk-coverage curve: the error rate among the most
	// confident inputs, averaged over how many of them are answered (Geifman and El-Yaniv 2017).
	AURC float64
	// Classes are the scores of every class.
	Classes []ClassMetrics

	// RMSE is the root of the mean squared error of the predictive mean over inputs
	// and outputs, MAE the mean absolute error, CRPS the continuous ranked probability score;
	// in the targets' units.
	RMSE, MAE, CRPS Estimate
	// Coverage is of the central intervals of CoverageLevels.
	Coverage []Estimate
	// PIT are the shares of the probability integral transforms in PITBins equal bins.
	PIT []float64
	// Targets are the scores of every real target by itself.
	Targets []TargetMetrics
}

// CoverageLevels are the probabilities of the central intervals whose coverage is scored.
var CoverageLevels = []float64{0.5, 0.9, 0.95}

// PITBins is the number of bins of the histogram of probability integral transforms.
const PITBins = 20

// ClassMetrics are the scores of one class.
type ClassMetrics struct {
	// Support is the number of inputs with this label, Predicted that of inputs for which
	// it is the most probable class.
	Support, Predicted int
	// Precision is the share of Predicted with this label, Recall the share of Support
	// that was found; NaN where there is nothing to share. SE are standard errors, NaN where
	// fewer than two inputs share.
	Precision, PrecisionSE, Recall, RecallSE float64
}

// TargetMetrics are the scores of one real target, in its unit.
type TargetMetrics struct {
	RMSE, MAE, CRPS Estimate
	Coverage        []Estimate
	PIT             []float64
}

// Evaluate predicts with posterior samples and scores the predictions against the
// labels or targets in d.
func (q *Posterior) Evaluate(ctx context.Context, device kernels.Device, d Data,
	o PredictOptions) (Metrics, error) {
	if err := q.check(); err != nil {
		return Metrics{}, err
	}
	if _, err := q.Model.check(d, true); err != nil {
		return Metrics{}, err
	}
	o.Scores = true
	p, err := q.Predict(ctx, device, d, o)
	if err != nil {
		return Metrics{}, err
	}
	return p.Score(d), nil
}

// Score compares a prediction, made with targets and Scores, with them. Of one that was made
// without targets, or of other rows than d, nothing is known: N is 0 and NLL is NaN.
func (p *Prediction) Score(d Data) Metrics {
	if len(p.LogDensity) == 0 || p.Error == nil && len(d.Labels) != len(p.LogDensity) ||
		p.Error != nil && len(d.Targets) != len(p.Error) {
		return Metrics{NLL: Estimate{math.NaN(), math.NaN()}}
	}
	m := Metrics{N: len(p.LogDensity), NLL: estimated(score.NLL(p.LogDensity))}
	if p.Error == nil {
		m.scoreClasses(score.Classes{Count: len(p.Mean) / m.N, Probabilities: p.Mean, Labels: d.Labels})
		return m
	}
	m.scoreTargets(p)
	return m
}

func (m *Metrics) scoreClasses(c score.Classes) {
	m.Accuracy, m.BalancedAccuracy = estimated(c.Accuracy()), estimated(c.BalancedAccuracy())
	m.Majority = c.Majority()
	m.Brier, m.ECE = estimated(c.Brier()), estimated(c.ECE())
	doubt, wrong := c.Confidence(), c.Correct()
	for i := range doubt {
		doubt[i], wrong[i] = -doubt[i], 1-wrong[i]
	}
	m.AURC = score.AURC(doubt, wrong)
	for _, s := range c.PerClass() {
		m.Classes = append(m.Classes, ClassMetrics(s))
	}
}

func (m *Metrics) scoreTargets(p *Prediction) {
	width := len(p.Error) / m.N
	all := scoreTarget(width, p.Error, p.CRPS, p.PIT)
	m.RMSE, m.MAE, m.CRPS, m.Coverage, m.PIT = all.RMSE, all.MAE, all.CRPS, all.Coverage, all.PIT
	for j := range width {
		m.Targets = append(m.Targets, scoreTarget(1, column(p.Error, j, width),
			column(p.CRPS, j, width), column(p.PIT, j, width)))
	}
}

// scoreTarget scores rows of so many targets as one.
func scoreTarget(width int, errors, crps, pit []float64) TargetMetrics {
	e := score.Errors{Width: width, Values: errors}
	t := TargetMetrics{RMSE: estimated(e.RMSE()), MAE: estimated(e.MAE()),
		CRPS: estimated(score.MeanByRow(crps, width)), PIT: score.PITHistogram(pit, PITBins)}
	for _, level := range CoverageLevels {
		t.Coverage = append(t.Coverage, estimated(score.Coverage(pit, width, level)))
	}
	return t
}

// column is column j of rows of the given width.
func column(x []float64, j, width int) []float64 {
	c := make([]float64, len(x)/width)
	for i := range c {
		c[i] = x[i*width+j]
	}
	return c
}
