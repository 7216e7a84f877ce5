package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

// twoKinds are scores with many ties.
func twoKinds(r *rand.Rand, n, p int) (negative, positive []float64) {
	for range n {
		negative = append(negative, math.Round(4*r.NormFloat64()))
	}
	for range p {
		positive = append(positive, math.Round(4*r.NormFloat64()+3))
	}
	return negative, positive
}

// Every pair and every threshold by brute force.
func TestDetectionByBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, size := range [][2]int{{1, 1}, {5, 3}, {60, 40}} {
		negative, positive := twoKinds(r, size[0], size[1])
		auroc := 0.0
		for _, p := range positive {
			for _, n := range negative {
				if p > n {
					auroc++
				} else if p == n {
					auroc += 0.5
				}
			}
		}
		pairs := float64(len(negative) * len(positive))
		near(t, "AUROC", first(AUROC(negative, positive)), auroc/pairs, 1e-14)
		rates := func(threshold float64) (recall, precision, fpr float64) {
			tp, fp := 0.0, 0.0
			for _, v := range positive {
				if v >= threshold {
					tp++
				}
			}
			for _, v := range negative {
				if v >= threshold {
					fp++
				}
			}
			return tp / float64(len(positive)), tp / (tp + fp), fp / float64(len(negative))
		}
		area, before, fpr95 := 0.0, 0.0, math.NaN()
		for threshold := 40.0; threshold >= -40; threshold-- {
			recall, precision, fpr := rates(threshold)
			if recall > before {
				area += (recall - before) * precision
			}
			if before = recall; recall >= 0.95 && fpr95 != fpr95 {
				fpr95 = fpr
			}
		}
		near(t, "AUPR", AUPR(negative, positive), area, 1e-14)
		near(t, "FPR95", first(FPR95(negative, positive)), fpr95, 1e-15)
	}
}

// DeLong's standard error is the spread over data sets.
func TestAUROCStandardError(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	isSpread(t, "AUROC", func() (value, se float64) { return AUROC(twoKinds(r, 80, 50)) })
}

func TestDetectionAtTheEnds(t *testing.T) {
	low, high := []float64{1, 2, 3}, []float64{4, 5}
	near(t, "AUROC of perfect scores", first(AUROC(low, high)), 1, 0)
	near(t, "AUPR of perfect scores", AUPR(low, high), 1, 0)
	near(t, "FPR95 of perfect scores", first(FPR95(low, high)), 0, 0)
	near(t, "AUROC of reversed scores", first(AUROC(high, low)), 0, 0)
	near(t, "FPR95 of reversed scores", first(FPR95(high, low)), 1, 0)
	same := []float64{1, 1, 1, 1}
	near(t, "AUROC of equal scores", first(AUROC(same, same[:2])), 0.5, 0)
	near(t, "AUPR of equal scores", AUPR(same, same[:2]), 1./3, 1e-16)
	if area, _ := AUROC(nil, high); !math.IsNaN(area) {
		t.Errorf("AUROC without negatives is %v, want NaN", area)
	}
}

func TestAURC(t *testing.T) {
	uncertainty, loss := []float64{0.3, 0.1, 0.2, 0.4}, []float64{1, 0, 1, 0}
	// Risks at coverage 1/4 … 1: 0, 1/2, 2/3, 1/2.
	near(t, "AURC", AURC(uncertainty, loss), (0+1./2+2./3+1./2)/4, 1e-15)
	// Of equal uncertainty: the risk is the mean loss at every coverage.
	near(t, "AURC of ties", AURC([]float64{1, 1, 1, 1}, loss), 0.5, 1e-15)
	// Ties are the average over the orders of their rows.
	r := rand.New(rand.NewPCG(1, 1))
	u, l := []float64{0, 1, 1, 1, 2, 2}, []float64{0, 1, 0, 3, 1, 5}
	mean := 0.0
	const orders = 20000
	for range orders {
		jittered := make([]float64, len(u))
		for i := range u {
			jittered[i] = u[i] + r.Float64()/2
		}
		mean += AURC(jittered, l) / orders
	}
	near(t, "AURC", AURC(u, l), mean, 0.02)
}
