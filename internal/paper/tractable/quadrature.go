package tractable

import (
	"math"
	"sync"
)

// order is the number of Gauss–Legendre nodes in a panel.
const order = 12

// rule holds the nodes and weights of ∫ over [−1, 1].
type rule struct{ node, weight [order]float64 }

// legendre finds the nodes by bisection between those of the polynomial of one degree less,
// which needs no trigonometry and is the same on every platform.
var legendre = sync.OnceValue(func() (r rule) {
	roots := []float64{}
	for n := 1; n <= order; n++ {
		edges := append(append([]float64{-1}, roots...), 1)
		roots = roots[:0:0]
		for k := range n {
			roots = append(roots, legendreRoot(n, edges[k], edges[k+1]))
		}
	}
	for k, x := range roots {
		_, d := legendrePolynomial(order, x)
		r.node[k] = x
		r.weight[k] = 2 / float64(float64((1-float64(x*x))*d)*d)
	}
	return r
})

func legendreRoot(n int, lo, hi float64) float64 {
	rising, _ := legendrePolynomial(n, hi)
	for range 60 {
		mid := (lo + hi) / 2
		if p, _ := legendrePolynomial(n, mid); p == 0 {
			return mid
		} else if (p > 0) == (rising > 0) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return (lo + hi) / 2
}

// legendrePolynomial is P_n and its derivative at |x| < 1 (the derivative is not defined at ±1).
func legendrePolynomial(n int, x float64) (p, derivative float64) {
	before, p := 1.0, x
	for k := 2; k <= n; k++ {
		next := (float64(float64(float64(2*k-1)*x)*p) - float64(float64(k-1)*before)) / float64(k)
		before, p = p, next
	}
	return p, float64(float64(n)*(float64(x*p)-before)) / (float64(x*x) - 1)
}

// axis is a quadrature rule along a line.
type axis struct{ x, weight []float64 }

// panels cuts [lo, hi] into pieces of at most width, and at 0, where the ReLU has its kink.
func panels(lo, hi, width float64) (a axis) {
	if lo < 0 && hi > 0 {
		a.cut(lo, 0, width)
		a.cut(0, hi, width)
		return a
	}
	a.cut(lo, hi, width)
	return a
}

func (a *axis) cut(lo, hi, width float64) {
	r := legendre()
	n := int(math.Ceil((hi - lo) / width))
	half := (hi - lo) / float64(2*n)
	for i := range n {
		mid := lo + float64(half*float64(2*i+1))
		for k, x := range r.node {
			a.x = append(a.x, mid+float64(half*x))
			a.weight = append(a.weight, float64(half*r.weight[k]))
		}
	}
}

// integrate is ∫ f over [lo, hi] from panels of a width and of half that width; it returns the
// finer value and the difference.
func integrate(lo, hi, width float64, f func(float64) float64) (value, difference float64) {
	if !(hi > lo) {
		return 0, 0
	}
	sum := func(width float64) (s float64) {
		a := panels(lo, hi, width)
		for i, x := range a.x {
			s += float64(a.weight[i] * f(x))
		}
		return s
	}
	coarse := sum(width)
	value = sum(width / 2)
	return value, math.Abs(value - coarse)
}
