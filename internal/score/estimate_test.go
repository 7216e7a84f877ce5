package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestMean(t *testing.T) {
	mean, se := Mean([]float64{1, 2, 3, 6})
	near(t, "mean", mean, 3, 0)
	near(t, "standard error", se, math.Sqrt(14./3)/2, 1e-15)
	if one, se := Mean([]float64{2}); one != 2 || !math.IsNaN(se) {
		t.Errorf("mean of one value %v ± %v, want 2 and no standard error", one, se)
	}
	if none, _ := Mean(nil); !math.IsNaN(none) {
		t.Errorf("mean of no value %v, want NaN", none)
	}
	nll, se := NLL([]float64{-1, -2, -3, -6})
	near(t, "NLL", nll, 3, 0)
	near(t, "standard error", se, math.Sqrt(14./3)/2, 1e-15)
	mean, sd := MeanSD([]float64{1, 2, 3, 6})
	near(t, "mean", mean, 3, 0)
	near(t, "standard deviation", sd, math.Sqrt(14./3), 1e-15)
	mean, se = PairedDifference([]float64{2, 4, 6}, []float64{1, 2, 3})
	near(t, "mean difference", mean, 2, 0)
	near(t, "standard error", se, 1/math.Sqrt(3), 1e-15)
}

func first(value, _ float64) float64 { return value }

func second(_, se float64) float64 { return se }

func TestErrors(t *testing.T) {
	e := Errors{1, []float64{0, -2, 2}}
	near(t, "RMSE", first(e.RMSE()), math.Sqrt(8.0/3), 1e-15)
	near(t, "MAE", first(e.MAE()), 4./3, 1e-15)
	near(t, "RMSE of perfect predictions", first(Errors{1, []float64{0, 0}}.RMSE()), 0, 0)
	wide := Errors{2, []float64{1, 3, -1, 1}}
	near(t, "RMSE of two targets", first(wide.RMSE()), math.Sqrt(3), 1e-15)
	near(t, "MAE of two targets", first(wide.MAE()), 1.5, 1e-15)
	// The standard error of RMSE is its spread over data sets.
	r := rand.New(rand.NewPCG(1, 1))
	isSpread(t, "RMSE", func() (value, se float64) {
		e := Errors{1, make([]float64, 200)}
		for i := range e.Values {
			e.Values[i] = r.NormFloat64()
		}
		return e.RMSE()
	})
}

// isSpread holds the standard error that a score gives against its spread over data sets.
func isSpread(t *testing.T, name string, score func() (value, se float64)) {
	t.Helper()
	var all []float64
	mean := 0.0
	for range 400 {
		value, se := score()
		all = append(all, value)
		mean += se / 400
	}
	if spread := second(Mean(all)) * 20; !(math.Abs(mean/spread-1) < 0.15) {
		t.Errorf("standard error %v of %s, spread over data sets %v", mean, name, spread)
	}
}

func TestCoverage(t *testing.T) {
	pit := []float64{0, 0.02, 0.03, 0.25, 0.5, 0.75, 0.76, 0.999}
	near(t, "coverage of 50 %", first(Coverage(pit, 1, 0.5)), 3./8, 0)
	near(t, "coverage of 95 %", first(Coverage(pit, 1, 0.95)), 5./8, 0)
	histogram := PITHistogram(append(pit, 1, 1), 4)
	for i, want := range []float64{0.3, 0.1, 0.1, 0.5} {
		near(t, "share", histogram[i], want, 1e-16)
	}
	// The interval by its ends: between the quantiles of 5 % and 95 %.
	r := rand.New(rand.NewPCG(2, 2))
	var transforms []float64
	inside := 0.0
	for range 300 {
		m, y := randomMixture(r, 7, 0.1)
		transforms = append(transforms, m.CDF(y))
		if quantile(m, 0.05) <= y && y <= quantile(m, 0.95) {
			inside += 1. / 300
		}
	}
	near(t, "coverage of 90 %", first(Coverage(transforms, 1, 0.9)), inside, 1e-12)
}
