package dataset

import (
	"errors"
	"fmt"
	"math"
)

// Standardisation is the affine map z = (x − mean)/std of every column, fitted on training rows, that gives each of them mean 0 and
// variance 1. The slices are plain so that a checkpoint can keep them. Every operation is IEEE-754 float64 in a fixed order and
// rounded by itself, so the result is the same on every platform.
type Standardisation struct {
	Mean, Std             []float32 // Inputs long, in the original units of each input; Std > 0
	TargetMean, TargetStd []float32 // Outputs long, in the original units of each target; empty for classification
}

// FitStandardisation returns the standardisation of the rows of t. Std is the population value (division by N); a column without
// spread gets 1, so it maps to 0.
func FitStandardisation(t *Table) *Standardisation {
	s := &Standardisation{}
	s.Mean, s.Std = columnMoments(t.X, t.N)
	s.TargetMean, s.TargetStd = columnMoments(t.Y, t.N)
	return s
}

// columnMoments returns the mean and standard deviation of every column of x, row-major with n rows: the mean first, then the
// squares around it. Both are nil when x is empty.
func columnMoments(x []float32, n int) (mean, std []float32) {
	if len(x) == 0 {
		return nil, nil
	}
	width := len(x) / n
	centre := make([]float64, width)
	for i, v := range x {
		centre[i%width] += float64(v)
	}
	for j := range centre {
		centre[j] /= float64(n)
	}
	squares := make([]float64, width)
	for i, v := range x {
		d := float64(v) - centre[i%width]
		squares[i%width] += float64(d * d)
	}
	mean, std = make([]float32, width), make([]float32, width)
	for j := range mean {
		mean[j] = float32(centre[j])
		std[j] = spread(math.Sqrt(squares[j] / float64(n)))
	}
	return mean, std
}

// spread rounds a standard deviation to float32, and to 1 where nothing is left to divide by.
func spread(sd float64) float32 {
	if s := float32(sd); s > 0 {
		return s
	}
	return 1
}

// Apply standardises the inputs of t, and its targets if it has any, in place. It fails when t has another number of columns than
// the fitted table, or a value so far from the training rows that float32 cannot hold the result; t is of no use after the latter.
func (s *Standardisation) Apply(t *Table) error {
	if err := standardise(t.X, t.N, s.Mean, s.Std); err != nil {
		return fmt.Errorf("input %w", err)
	}
	if err := standardise(t.Y, t.N, s.TargetMean, s.TargetStd); err != nil {
		return fmt.Errorf("target %w", err)
	}
	return nil
}

// standardise maps the n rows of x in place; every error starts with a noun's attribute, for Apply to say whose columns they are.
func standardise(x []float32, n int, mean, std []float32) error {
	width := len(mean)
	if len(x) != n*width {
		return fmt.Errorf("columns: expected %d, found %d", width, len(x)/n)
	}
	for i, v := range x {
		j := i % width
		z := float32((float64(v) - float64(mean[j])) / float64(std[j]))
		if math.IsInf(float64(z), 0) {
			return fmt.Errorf("column %d of row %d: expected a value that (value-%g)/%g keeps within float32, found %g", j, i/width, mean[j], std[j], v)
		}
		x[i] = z
	}
	return nil
}

// UnscaleTargets maps standardised targets or predicted means y, row-major n×Outputs, back to the original units in place:
// y·TargetStd + TargetMean, the product rounded before the sum. It leaves y alone for classification.
func (s *Standardisation) UnscaleTargets(y []float32) {
	width := len(s.TargetMean)
	if width == 0 {
		return
	}
	for i, v := range y {
		j := i % width
		y[i] = float32(float64(float64(v)*float64(s.TargetStd[j])) + float64(s.TargetMean[j]))
	}
}

// UnscaleSpreads maps predicted standard deviations sd, row-major n×Outputs, back to the original units in place: sd·TargetStd.
// It leaves sd alone for classification.
func (s *Standardisation) UnscaleSpreads(sd []float32) {
	width := len(s.TargetStd)
	if width == 0 {
		return
	}
	for i := range sd {
		sd[i] *= s.TargetStd[i%width]
	}
}

// Standardise fits a standardisation on the training part, applies it to both parts in place and keeps it in s.Standardisation.
// It fails where Apply does, after which s is of no use, and on a split that is standardised already.
func (s *Split) Standardise() error {
	if s.Standardisation != nil {
		return errors.New("standardise: expected a split in its original units, found one standardised already")
	}
	fitted := FitStandardisation(s.Train)
	for _, part := range []struct {
		name string
		*Table
	}{{"training", s.Train}, {"test", s.Test}} {
		if err := fitted.Apply(part.Table); err != nil {
			return fmt.Errorf("standardise %s part: %w", part.name, err)
		}
	}
	s.Standardisation = fitted
	return nil
}
