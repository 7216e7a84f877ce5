// Package score holds proper scoring rules and measures of calibration, of selective
// prediction and of outlier detection, as functions of float64 predictions. It knows
// nothing of networks. Rows with no defined value give NaN, never a flattering number.
//
// Every sum is rounded term by term in the order of the rows, and exp, log and erf are
// sequences of IEEE operations, so that all platforms give the same bits. Where two numbers are
// returned the second is the first's standard error over rows, NaN where one row or none leaves it
// undefined.
package score

import "math"

// Mean is the arithmetic mean of rows that were drawn independently, with the standard
// error s/√n, s² = Σ(x − mean)²/(n − 1).
func Mean(x []float64) (mean, se float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v
	}
	mean /= n
	squares := 0.0
	for _, v := range x {
		d := v - mean
		squares += float64(d * d)
	}
	return mean, math.Sqrt(squares / (n - 1) / n)
}

// MeanByRow is the mean of rows of so many values that may depend on each other.
func MeanByRow(x []float64, width int) (mean, se float64) {
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
func NLL(logDensity []float64) (nll, se float64) {
	mean, se := Mean(logDensity)
	return -mean, se
}

// MeanSD is the mean and the standard deviation of one value; it wants two values or more.
func MeanSD(x []float64) (mean, sd float64) {
	mean, se := Mean(x)
	return mean, se * math.Sqrt(float64(len(x)))
}

// PairedDifference is the mean of a − b and its standard error.
func PairedDifference(a, b []float64) (mean, se float64) {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	return Mean(d)
}
