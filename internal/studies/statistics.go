package studies

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/internal/score"
)

// Spread is what a table shows as mean ± error: of repeated trainings their standard deviation, of
// a difference its standard error.
type Spread struct{ Mean, Error float64 }

// MeanSD is the mean and the standard deviation of one value.
func MeanSD(x []float64) Spread {
	mean, sd := score.MeanSD(x)
	return Spread{mean, sd}
}

// PairedDifference is the mean of a − b and its standard error.
func PairedDifference(a, b []float64) Spread {
	mean, se := score.PairedDifference(a, b)
	return Spread{mean, se}
}

// Significant reports whether a difference is more than two standard errors from 0.
func (s Spread) Significant() bool { return math.Abs(s.Mean) > 2*s.Error }

// Text writes both with the same number of decimals.
func (s Spread) Text(decimals int) string {
	return Number(s.Mean, decimals) + " ± " + fmt.Sprintf("%.*f", decimals, s.Error)
}

// Number writes a number with a proper minus, and no minus before a zero.
func Number(x float64, decimals int) string {
	text := fmt.Sprintf("%.*f", decimals, math.Abs(x))
	if x < 0 && text != fmt.Sprintf("%.*f", decimals, 0.0) {
		return "−" + text
	}
	return text
}

// Column extracts one value of every result.
func Column[T any](results []T, value func(T) float64) []float64 {
	x := make([]float64, len(results))
	for i, r := range results {
		x[i] = value(r)
	}
	return x
}

// Range is the smallest and the largest of some values.
type Range struct{ Low, High float64 }

// NewRange holds no values.
func NewRange() *Range { return &Range{Low: math.Inf(1), High: math.Inf(-1)} }

// Add takes a value in.
func (r *Range) Add(x float64) { r.Low, r.High = min(r.Low, x), max(r.High, x) }

// Text writes both ends.
func (r *Range) Text(decimals int) string {
	return Number(r.Low, decimals) + " to " + Number(r.High, decimals)
}

// Blank leaves a cell of a CSV file empty where there is no number.
func Blank(x float64) any {
	if math.IsNaN(x) {
		return ""
	}
	return x
}
