package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

// randomClasses has rows whose labels come from their probabilities.
func randomClasses(r *rand.Rand, rows, classes int) Classes {
	c := Classes{Count: classes}
	for range rows {
		p := make([]float64, classes)
		sum := 0.0
		for k := range p {
			p[k] = r.ExpFloat64()
			sum += p[k]
		}
		label, u := 0, r.Float64()*sum
		for u > p[label] && label < classes-1 {
			u -= p[label]
			label++
		}
		for k := range p {
			p[k] /= sum
		}
		c.Probabilities = append(c.Probabilities, p...)
		c.Labels = append(c.Labels, int32(label))
	}
	return c
}

// The scores by their definitions, written differently: over the confusion matrix.
func TestClassesAgainstConfusionMatrix(t *testing.T) {
	c := randomClasses(rand.New(rand.NewPCG(1, 1)), 300, 4)
	var confusion [4][4]float64 // label, prediction
	brier := 0.0
	for i, label := range c.Labels {
		best, norm := 0, 0.0
		for k := range 4 {
			p := c.Probabilities[4*i+k]
			norm += p * p
			if p > c.Probabilities[4*i+best] {
				best = k
			}
		}
		brier += (norm - 2*c.Probabilities[4*i+int(label)] + 1) / 300
		confusion[label][best]++
	}
	hits, recalls, most, variance := 0.0, 0.0, 0.0, 0.0
	for k, s := range c.PerClass() {
		support, predicted := 0.0, 0.0
		for l := range 4 {
			support += confusion[k][l]
			predicted += confusion[l][k]
		}
		hits += confusion[k][k]
		recall := confusion[k][k] / support
		recalls += recall / 4
		variance += recall * (1 - recall) / support / 16
		most = max(most, support/300)
		near(t, "precision", s.Precision, confusion[k][k]/predicted, 1e-15)
		near(t, "recall", s.Recall, recall, 1e-15)
		indicator := func(ones, n float64) []float64 {
			x := make([]float64, int(n))
			for i := range int(ones) {
				x[i] = 1
			}
			return x
		}
		near(t, "precision's standard error", s.PrecisionSE,
			second(Mean(indicator(confusion[k][k], predicted))), 1e-15)
		near(t, "recall's standard error", s.RecallSE,
			second(Mean(indicator(confusion[k][k], support))), 1e-15)
		if float64(s.Support) != support || float64(s.Predicted) != predicted {
			t.Errorf("class %d: support %d and predicted %d, want %v and %v",
				k, s.Support, s.Predicted, support, predicted)
		}
	}
	a := hits / 300
	near(t, "accuracy", first(c.Accuracy()), a, 1e-15)
	near(t, "its standard error", second(c.Accuracy()), math.Sqrt(a*(1-a)/299), 1e-15)
	near(t, "balanced accuracy", first(c.BalancedAccuracy()), recalls, 1e-15)
	near(t, "its standard error", second(c.BalancedAccuracy()), math.Sqrt(variance), 1e-15)
	near(t, "majority", c.Majority(), most, 0)
	near(t, "Brier", first(c.Brier()), brier, 1e-14)
}

func TestClassWithoutRows(t *testing.T) {
	c := Classes{3, []float64{0.9, 0.1, 0, 0.2, 0.8, 0}, []int32{0, 0}}
	s := c.PerClass()
	if s[2].Support != 0 || s[2].Recall == s[2].Recall || s[2].Precision == s[2].Precision {
		t.Errorf("a class without rows and predictions has %+v, want NaN", s[2])
	}
	if s[1].Precision != 0 || s[1].Recall == s[1].Recall {
		t.Errorf("a class that was only predicted has %+v, want precision 0 and no recall", s[1])
	}
	if s[1].RecallSE == s[1].RecallSE || s[1].PrecisionSE == s[1].PrecisionSE {
		t.Errorf("%+v, want no standard errors of fewer than two rows", s)
	}
	near(t, "balanced accuracy", first(c.BalancedAccuracy()), 0.5, 0)
}

func TestECE(t *testing.T) {
	c := Classes{2, []float64{0.9, 0.1, 0.4, 0.6, 0.7, 0.3, 1, 0}, []int32{0, 1, 1, 0}}
	// Bins of width 1/15: 0.9 in 13, 0.6 in 9 (0.6·15 = 9), 0.7 in 10 (wrong), 1 in 14.
	near(t, "ECE", first(c.ECE()), (0.1+0.4+0.7+0)/4, 1e-15)
	random := randomClasses(rand.New(rand.NewPCG(2, 2)), 500, 3)
	want, rows := 0.0, 0
	for _, b := range random.Reliability() {
		rows += b.Rows
		if b.Rows > 0 {
			want += math.Abs(b.Accuracy-b.Confidence) * float64(b.Rows) / 500
		}
	}
	near(t, "ECE", first(random.ECE()), want, 1e-14)
	if rows != 500 {
		t.Errorf("the bins have %d rows of 500", rows)
	}
	// Its standard error is the spread over data sets, if the error is far from 0.
	r := rand.New(rand.NewPCG(3, 3))
	isSpread(t, "ECE", func() (value, se float64) {
		c := randomClasses(r, 400, 3)
		for i := range c.Labels { // labels that the probabilities say nothing about
			c.Labels[i] = int32(r.IntN(3))
		}
		return c.ECE()
	})
}
