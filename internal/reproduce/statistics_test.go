package reproduce

import (
	"math"
	"testing"
)

func TestStatistics(t *testing.T) {
	s := meanSD([]float64{1, 2, 3, 6})
	if s.mean != 3 || math.Abs(s.error-math.Sqrt(14./3)) > 1e-12 {
		t.Errorf("mean and standard deviation of 1, 2, 3, 6: %v", s)
	}
	d := pairedDifference([]float64{2, 4, 6}, []float64{1, 2, 3})
	if d.mean != 2 || math.Abs(d.error-1/math.Sqrt(3)) > 1e-12 || !d.significant() {
		t.Errorf("paired difference %v, significant %v; want 2 ± 0.577, which is", d, d.significant())
	}
	if same := pairedDifference([]float64{1, 2}, []float64{1, 2}); same != (spread{}) || same.significant() {
		t.Errorf("difference of equal values: %v", same)
	}
	for _, c := range []struct{ got, want string }{
		{number(-0.0004, 3), "0.000"}, {number(-0.25, 2), "−0.25"}, {number(1.5, 0), "2"}, {spread{-1, 0.5}.text(1), "−1.0 ± 0.5"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// TestRedrawSD: the estimate from pairs is unbiased for the variance.
func TestRedrawSD(t *testing.T) {
	results := []classified{{Accuracy: []float64{90, 92}}, {Accuracy: []float64{80, 80}}, {Accuracy: []float64{70}}}
	if got := redrawSD(results); got != 1 {
		t.Errorf("sd of pairs that differ by 2 and 0: %v, want 1", got)
	}
}
