package tractable

import (
	"github.com/symvi/symvi/internal/ref"
)

// sides are sums over points: f is linear on either side of x = 0, so the squared errors of any
// weights follow from
//
//	Σ (α|x| − f(x))² = right·(α − a₊)² + left·(α − a₋)²,  a₊ = Σ max(w, 0),  a₋ = Σ max(−w, 0).
type sides struct {
	right, left float64 // Σ x² over x > 0 and over x < 0
}

// uniform draws n points from U[−bound, bound].
func uniform(n int, bound float64, key ref.Key) []float64 {
	x := make([]float64, n)
	for i := range x {
		w := key.Words(uint32(i / 4))[i%4]
		x[i] = float64(bound * ((float64(w)+0.5)*0x1p-31 - 1))
	}
	return x
}

func sumSides(x []float64) (s sides) {
	for _, v := range x {
		if v > 0 {
			s.right += float64(v * v)
		} else {
			s.left += float64(v * v)
		}
	}
	return s
}

// slopes returns a₊ and a₋, the slopes of f right and left of 0 (f(x) = a₊·max(x,0) +
// a₋·max(−x,0)).
func slopes(w [2]float64) (right, left float64) {
	for _, v := range w {
		if v > 0 {
			right += v
		} else {
			left -= v
		}
	}
	return right, left
}

// squares is the sum of squared errors on y = α|x|.
func (s sides) squares(alpha float64, w [2]float64) float64 {
	a, b := slopes(w)
	return float64(s.right*float64((alpha-a)*(alpha-a))) + float64(s.left*float64((alpha-b)*(alpha-b)))
}

// gradient is the derivative of −½·squares by the weights; a weight of 0 counts as negative.
func (s sides) gradient(alpha float64, w [2]float64) (g [2]float64) {
	a, b := slopes(w)
	for k, v := range w {
		if v > 0 {
			g[k] = float64(s.right * (alpha - a))
		} else {
			g[k] = -float64(s.left * (alpha - b))
		}
	}
	return g
}
