package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestMean(t *testing.T) {
	e := Mean([]float64{1, 2, 3, 6})
	near(t, "mean", e.Value, 3, 0)
	near(t, "standard error", e.SE, math.Sqrt(14./3)/2, 1e-15)
	if one := Mean([]float64{2}); one.Value != 2 || one.SE == one.SE {
		t.Errorf("mean of one value %+v, want 2 and no standard error", one)
	}
	if none := Mean(nil); none.Value == none.Value {
		t.Errorf("mean of no value %+v, want NaN", none)
	}
	n := NLL([]float64{-1, -2, -3, -6})
	near(t, "NLL", n.Value, 3, 0)
	near(t, "standard error", n.SE, math.Sqrt(14./3)/2, 1e-15)
}

func TestErrors(t *testing.T) {
	e := Errors{1, []float64{0, -2, 2}}
	near(t, "RMSE", e.RMSE().Value, math.Sqrt(8.0/3), 1e-15)
	near(t, "MAE", e.MAE().Value, 4./3, 1e-15)
	near(t, "RMSE of perfect predictions", Errors{1, []float64{0, 0}}.RMSE().Value, 0, 0)
	wide := Errors{2, []float64{1, 3, -1, 1}}
	near(t, "RMSE of two targets", wide.RMSE().Value, math.Sqrt(3), 1e-15)
	near(t, "MAE of two targets", wide.MAE().Value, 1.5, 1e-15)
	// The standard error of RMSE is its spread over data sets.
	r := rand.New(rand.NewPCG(1, 1))
	var all []float64
	se := 0.0
	for range 400 {
		e := Errors{1, make([]float64, 200)}
		for i := range e.Values {
			e.Values[i] = r.NormFloat64()
		}
		x := e.RMSE()
		all = append(all, x.Value)
		se += x.SE / 400
	}
	if spread := Mean(all).SE * 20; !(math.Abs(se/spread-1) < 0.15) {
		t.Errorf("standard error %v of RMSE, spread over data sets %v", se, spread)
	}
}

func TestCoverage(t *testing.T) {
	pit := []float64{0, 0.02, 0.03, 0.25, 0.5, 0.75, 0.76, 0.999}
	near(t, "coverage of 50 %", Coverage(pit, 1, 0.5).Value, 3./8, 0)
	near(t, "coverage of 95 %", Coverage(pit, 1, 0.95).Value, 5./8, 0)
	histogram := PITHistogram(append(pit, 1, 1), 4)
	for i, want := range []float64{0.3, 0.1, 0.1, 0.5} {
		near(t, "share", histogram[i], want, 1e-16)
	}
	// The interval by its ends: between the quantiles of 5 % and 95 %.
	r := rand.New(rand.NewPCG(2, 2))
	lower, upper := NewLevel(0.05), NewLevel(0.95)
	var transforms []float64
	inside := 0.0
	for range 300 {
		m, y := randomMixture(r, 7, 0.1)
		transforms = append(transforms, m.CDF(y))
		if m.Quantile(lower) <= y && y <= m.Quantile(upper) {
			inside += 1. / 300
		}
	}
	near(t, "coverage of 90 %", Coverage(transforms, 1, 0.9).Value, inside, 1e-12)
}
