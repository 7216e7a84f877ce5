// Package score holds proper scoring rules and measures of calibration, of selective
// prediction and of outlier detection, as functions of float64 predictions. It knows
// nothing of networks. Rows with no defined value give NaN, never a flattering number.
//
// Every sum is rounded term by term in the order of the rows, and exp, log and erf are
// sequences of IEEE operations, so that all platforms give the same bits.
package score

import "math"

// Estimate is a score and its standard error over rows, NaN where one row or none leaves
// it undefined.
type Estimate struct {
	Value float64 `json:"value"`
	SE    float64 `json:"stderr"`
}

// Mean is the arithmetic mean of rows that were drawn independently, with the standard
// error s/√n, s² = Σ(x − mean)²/(n − 1).
func Mean(x []float64) Estimate {
	n := float64(len(x))
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	mean := sum / n
	squares := 0.0
	for _, v := range x {
		d := v - mean
		squares += float64(d * d)
	}
	return Estimate{mean, math.Sqrt(squares / (n - 1) / n)}
}

// MeanByRow is the mean of rows of so many values that may depend on each other.
func MeanByRow(x []float64, width int) Estimate {
	rows := make([]float64, len(x)/width)
	for i := range rows {
		for _, v := range x[i*width : (i+1)*width] {
			rows[i] += v
		}
		rows[i] /= float64(width)
	}
	return Mean(rows)
}

// NLL is the mean of −log p(y|x), the logarithmic score (Good 1952), in nats per row.
func NLL(logDensity []float64) Estimate {
	e := Mean(logDensity)
	return Estimate{-e.Value, e.SE}
}
