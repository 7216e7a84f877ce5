package reproduce

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/internal/statistics"
)

// spread is a mean with a standard deviation or, for a difference, a standard error.
type spread struct{ mean, error float64 }

// meanSD is the mean and the standard deviation of one value.
func meanSD(x []float64) spread {
	mean, sd := statistics.MeanSD(x)
	return spread{mean, sd}
}

// pairedDifference is the mean of a − b and its standard error.
func pairedDifference(a, b []float64) spread {
	mean, se := statistics.PairedDifference(a, b)
	return spread{mean, se}
}

// significant reports whether a difference is more than two standard errors from 0.
func (s spread) significant() bool { return math.Abs(s.mean) > 2*s.error }

// text writes both with the same number of decimals.
func (s spread) text(decimals int) string {
	return number(s.mean, decimals) + " ± " + fmt.Sprintf("%.*f", decimals, s.error)
}

// number writes a number with a proper minus, and no minus before a zero.
func number(x float64, decimals int) string {
	text := fmt.Sprintf("%.*f", decimals, math.Abs(x))
	if x < 0 && text != fmt.Sprintf("%.*f", decimals, 0.0) {
		return "−" + text
	}
	return text
}

// column extracts one value of every result.
func column[T any](results []T, value func(T) float64) []float64 {
	x := make([]float64, len(results))
	for i, r := range results {
		x[i] = value(r)
	}
	return x
}

// valueRange is the smallest and the largest of some values.
type valueRange struct{ low, high float64 }

func newRange() *valueRange { return &valueRange{math.Inf(1), math.Inf(-1)} }

func (r *valueRange) add(x float64) { r.low, r.high = min(r.low, x), max(r.high, x) }

func (r *valueRange) text(decimals int) string {
	return number(r.low, decimals) + " to " + number(r.high, decimals)
}
