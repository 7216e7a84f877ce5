package statistics

import (
	"math"
	"testing"
)

func TestMeanSD(t *testing.T) {
	mean, sd := MeanSD([]float64{1, 2, 3, 6})
	if mean != 3 || !(math.Abs(sd-math.Sqrt(14./3)) <= 1e-15) {
		t.Errorf("mean %v and standard deviation %v of 1, 2, 3, 6; want 3 and √(14/3)", mean, sd)
	}
}

func TestPairedDifference(t *testing.T) {
	mean, se := PairedDifference([]float64{2, 4, 6}, []float64{1, 2, 3})
	if mean != 2 || !(math.Abs(se-1/math.Sqrt(3)) <= 1e-15) {
		t.Errorf("mean %v ± %v of the differences 1, 2, 3; want 2 ± 1/√3", mean, se)
	}
}
