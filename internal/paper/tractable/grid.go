package tractable

import (
	"github.com/symvi/symvi/internal/plot"
	"github.com/symvi/symvi/internal/ref"
)

// Grid holds densities on a square, [row][column] with w₂ = Axis[row] and w₁ = Axis[column].
type Grid struct {
	Axis  []float64     `json:"axis"`
	Truth [][]float64   `json:"truth"` // p(w|D)
	Q     [][][]float64 `json:"q"`     // each q
	QG    [][][]float64 `json:"qg"`    // each q, symmetrised
}

// Grid evaluates the posterior and any number of q on n×n points, n ≥ 2, of [−bound, bound]².
func (p *Posterior) Grid(bound float64, n int, q ...Gaussian) Grid {
	g := Grid{Axis: make([]float64, n)}
	for i := range g.Axis {
		g.Axis[i] = float64(bound*float64(2*i-(n-1))) / float64(n-1)
	}
	g.Truth = g.density(p.LogDensity)
	for _, q := range q {
		g.Q = append(g.Q, g.density(q.LogDensity))
		g.QG = append(g.QG, g.density(q.LogSymmetrized))
	}
	return g
}

func (g *Grid) density(log func([2]float64) float64) [][]float64 {
	return plot.Tabulate(g.Axis, g.Axis, func(w1, w2 float64) float64 {
		return ref.Exp64(log([2]float64{w1, w2}))
	})
}
