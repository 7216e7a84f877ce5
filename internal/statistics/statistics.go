// Package statistics holds what repeated trainings are judged by. Sums are rounded term by
// term in the order of the values, so that every platform gives the same bits.
package statistics

import "math"

// MeanSD is the mean and the standard deviation of one value; it wants two values or more.
func MeanSD(x []float64) (mean, sd float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		d := v - mean
		sd += float64(d*d) / (n - 1)
	}
	return mean, math.Sqrt(sd)
}

// PairedDifference is the mean of a − b and its standard error.
func PairedDifference(a, b []float64) (mean, se float64) {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	mean, sd := MeanSD(d)
	return mean, sd / math.Sqrt(float64(len(d)))
}
