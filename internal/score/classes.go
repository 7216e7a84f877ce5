package score

import "math"

// Classes are predicted probabilities of Count classes for rows with known labels.
type Classes struct {
	Count         int
	Probabilities []float64 // rows×Count
	Labels        []int32   // one per row, in 0 … Count−1
}

// row is the probabilities of row i.
func (c Classes) row(i int) []float64 {
	return c.Probabilities[i*c.Count : (i+1)*c.Count]
}

// Best is the most probable class, the first of equals.
func Best[T float32 | float64](probabilities []T) int {
	best := 0
	for c, p := range probabilities {
		if p > probabilities[best] {
			best = c
		}
	}
	return best
}

// Correct is 1 for every row whose most probable class is its label, else 0.
func (c Classes) Correct() []float64 {
	correct := make([]float64, len(c.Labels))
	for i, label := range c.Labels {
		if Best(c.row(i)) == int(label) {
			correct[i] = 1
		}
	}
	return correct
}

// Confidence is every row's largest probability.
func (c Classes) Confidence() []float64 {
	confidence := make([]float64, len(c.Labels))
	for i := range confidence {
		row := c.row(i)
		confidence[i] = row[Best(row)]
	}
	return confidence
}

// Accuracy is the share of rows whose most probable class is their label.
func (c Classes) Accuracy() (value, se float64) { return Mean(c.Correct()) }

// ClassScores are the scores of one class.
type ClassScores struct {
	// Support is the number of rows with this label, Predicted that of rows for which it
	// is the most probable class.
	Support, Predicted int
	// Precision is the share of Predicted with this label, Recall the share of Support
	// that was found; NaN where there is nothing to share. SE are standard errors, NaN where
	// fewer than two rows share.
	Precision, PrecisionSE, Recall, RecallSE float64
}

// PerClass scores every class by itself.
func (c Classes) PerClass() []ClassScores {
	scores := make([]ClassScores, c.Count)
	hits := make([]int, c.Count)
	for i, label := range c.Labels {
		best := Best(c.row(i))
		scores[label].Support++
		scores[best].Predicted++
		if best == int(label) {
			hits[best]++
		}
	}
	for k := range scores {
		s := &scores[k]
		s.Precision, s.PrecisionSE = share(hits[k], s.Predicted)
		s.Recall, s.RecallSE = share(hits[k], s.Support)
	}
	return scores
}

// share is the mean of n rows of which so many are 1 and the others 0.
func share(ones, n int) (value, se float64) {
	value = float64(ones) / float64(n)
	return value, math.Sqrt(float64(value*(1-value)) / float64(n-1))
}

// BalancedAccuracy is the mean recall of the K classes that have rows (Brodersen et al.
// 2010). Its standard error takes the rows of a class as independent:
// √(Σ_k r_k(1 − r_k)/n_k)/K.
func (c Classes) BalancedAccuracy() (value, se float64) {
	sum, variance, present := 0.0, 0.0, 0.0
	for _, s := range c.PerClass() {
		if s.Support > 0 {
			sum += s.Recall
			variance += float64(s.Recall*(1-s.Recall)) / float64(s.Support)
			present++
		}
	}
	return sum / present, math.Sqrt(variance) / present
}

// Majority is the share of the most frequent label: the accuracy of a constant answer.
func (c Classes) Majority() float64 {
	most := 0
	for _, s := range c.PerClass() {
		most = max(most, s.Support)
	}
	return float64(most) / float64(len(c.Labels))
}

// Brier is the mean of Σ_c (p_c − [c = y])² (Brier 1950), between 0 and 2.
func (c Classes) Brier() (value, se float64) {
	scores := make([]float64, len(c.Labels))
	for i, label := range c.Labels {
		for k, p := range c.row(i) {
			d := p
			if k == int(label) {
				d = p - 1
			}
			scores[i] += float64(d * d)
		}
	}
	return Mean(scores)
}
