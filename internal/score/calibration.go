package score

import "math"

// Bins is how many bins of equal width ECE and Reliability use.
const Bins = 15

// Bin is one bin of a reliability diagram.
type Bin struct {
	Rows int
	// Confidence and Accuracy are means over the bin's rows, NaN for none; SE is the
	// accuracy's standard error.
	Confidence, Accuracy, SE float64
}

// binOf is the bin of a confidence in 0 … 1; the last one includes 1.
func binOf(confidence float64) int { return min(int(confidence*Bins), Bins-1) }

// Reliability sorts rows by their confidence into Bins bins (Guo et al. 2017, Figure 1).
func (c Classes) Reliability() []Bin {
	bins := make([]Bin, Bins)
	correct := c.Correct()
	for i, p := range c.Confidence() {
		b := &bins[binOf(p)]
		b.Rows++
		b.Confidence += p
		b.Accuracy += correct[i]
	}
	for i := range bins {
		b := &bins[i]
		n := float64(b.Rows)
		b.Confidence /= n
		b.Accuracy /= n
		b.SE = math.Sqrt(float64(b.Accuracy*(1-b.Accuracy)) / n)
	}
	return bins
}

// ECE is the expected calibration error Σ_b |Σ_{i∈b} (correct_i − confidence_i)|/n (Guo et
// al. 2017, eq. 3; Naeini et al. 2015). With the sign s_b of every bin held fixed it is the mean
// of s_b(correct_i − confidence_i), whose standard error is given. Chance alone makes an
// ECE of the order of √(Bins/n), so a small one is biased upwards.
func (c Classes) ECE() (value, se float64) {
	gaps := c.Correct()
	confidence := c.Confidence()
	var sums [Bins]float64
	for i, p := range confidence {
		gaps[i] -= p
		sums[binOf(p)] += gaps[i]
	}
	for i, p := range confidence {
		if sums[binOf(p)] < 0 {
			gaps[i] = -gaps[i]
		}
	}
	return Mean(gaps)
}

// Coverage is the share of targets, width per row, that lie in the central interval of the
// given probability of their predictive distribution. With the probability integral
// transforms PIT_i = F_i(y_i) of continuous distributions that is α/2 ≤ PIT_i ≤ 1 − α/2,
// α = 1 − probability.
func Coverage(pit []float64, width int, probability float64) (share, se float64) {
	inside := make([]float64, len(pit))
	for i, u := range pit {
		if math.Abs(u-0.5) <= probability/2 {
			inside[i] = 1
		}
	}
	return MeanByRow(inside, width)
}

// PITHistogram is the share of rows whose probability integral transform lies in each of
// so many bins of equal width (Dawid 1984). A calibrated forecast has equal shares; a ∪
// means intervals that are too narrow, a ∩ ones that are too wide.
func PITHistogram(pit []float64, bins int) []float64 {
	shares := make([]float64, bins)
	for _, u := range pit {
		shares[min(int(u*float64(bins)), bins-1)]++
	}
	for i := range shares {
		shares[i] /= float64(len(pit))
	}
	return shares
}
