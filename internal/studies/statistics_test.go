package studies

import (
	"math"
	"testing"
)

func TestStatistics(t *testing.T) {
	s := MeanSD([]float64{1, 2, 3, 6})
	if s.Mean != 3 || math.Abs(s.Error-math.Sqrt(14./3)) > 1e-12 {
		t.Errorf("mean and standard deviation of 1, 2, 3, 6: %v", s)
	}
	d := PairedDifference([]float64{2, 4, 6}, []float64{1, 2, 3})
	if d.Mean != 2 || math.Abs(d.Error-1/math.Sqrt(3)) > 1e-12 || !d.Significant() {
		t.Errorf("paired difference %v, significant %v; want 2 ± 0.577, which is", d, d.Significant())
	}
	if same := PairedDifference([]float64{1, 2}, []float64{1, 2}); same != (Spread{}) ||
		same.Significant() {
		t.Errorf("difference of equal values: %v", same)
	}
	for _, c := range []struct{ got, want string }{
		{Number(-0.0004, 3), "0.000"}, {Number(-0.25, 2), "−0.25"}, {Number(1.5, 0), "2"},
		{Spread{-1, 0.5}.Text(1), "−1.0 ± 0.5"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
