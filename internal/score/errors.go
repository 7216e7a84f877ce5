package score

import "math"

// Errors are the differences of predictions and targets, one or several per row.
type Errors struct {
	Width  int       // differences per row
	Values []float64 // rows×Width
}

// RMSE is the root of the mean squared error; its standard error is that of the mean
// squared error carried through the root, SE(MSE)/(2·RMSE).
func (e Errors) RMSE() (root, se float64) {
	mse, se := e.mean(func(v float64) float64 { return v * v })
	root = math.Sqrt(mse)
	if root == 0 {
		return 0, se
	}
	return root, se / (2 * root)
}

// MAE is the mean absolute error.
func (e Errors) MAE() (value, se float64) { return e.mean(math.Abs) }

// mean is the mean of f over the differences.
func (e Errors) mean(f func(float64) float64) (value, se float64) {
	values := make([]float64, len(e.Values))
	for i, v := range e.Values {
		values[i] = f(v)
	}
	return MeanByRow(values, e.Width)
}
