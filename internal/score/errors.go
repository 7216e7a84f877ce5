package score

import "math"

// Errors are the differences of predictions and targets, one or several per row.
type Errors struct {
	Width  int       // differences per row
	Values []float64 // rows×Width
}

// perRow is the mean of f over the differences of each row.
func (e Errors) perRow(f func(float64) float64) []float64 {
	rows := make([]float64, len(e.Values)/e.Width)
	for i := range rows {
		for _, v := range e.Values[i*e.Width : (i+1)*e.Width] {
			rows[i] += f(v)
		}
		rows[i] /= float64(e.Width)
	}
	return rows
}

// Squared is every row's mean squared error.
func (e Errors) Squared() []float64 {
	return e.perRow(func(v float64) float64 { return v * v })
}

// RMSE is the root of the mean squared error; its standard error is that of the mean
// squared error carried through the root, SE(MSE)/(2·RMSE).
func (e Errors) RMSE() Estimate {
	mse := Mean(e.Squared())
	root := math.Sqrt(mse.Value)
	if root == 0 {
		return Estimate{0, mse.SE}
	}
	return Estimate{root, mse.SE / (2 * root)}
}

// MAE is the mean absolute error.
func (e Errors) MAE() Estimate { return Mean(e.perRow(math.Abs)) }
