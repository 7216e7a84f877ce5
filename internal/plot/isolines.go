package plot

import (
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"
)

// isolines traces where z, given at the nodes of a grid, passes a level, by marching
// squares with linear interpolation. The lines are closed, along the border of the grid
// where need be, and have the larger values on their left, so that filling them by the
// non-zero rule fills the region above the level. Their order depends on the grid alone.
func (p *Panel) isolines(x, y []float64, z [][]float64, level float64) []plotter.XYs {
	// A frame of nodes of −∞, which lie on the outermost grid lines.
	frame := func(v []float64) []float64 { return slices.Concat(v[:1], v, v[len(v)-1:]) }
	least := slices.Repeat([]float64{math.Inf(-1)}, len(x)+2)
	t := &tracer{panel: p, level: level, x: frame(x), y: frame(y), z: [][]float64{least}}
	for _, row := range z {
		t.z = append(t.z, slices.Concat(least[:1], row, least[:1]))
	}
	t.z = append(t.z, least)
	t.next = slices.Repeat([]int{-1}, 2*len(t.x)*len(t.y))
	for j := range len(t.y) - 1 {
		for i := range len(t.x) - 1 {
			t.cell(i, j)
		}
	}
	var loops []plotter.XYs
	for start := range t.next {
		var loop plotter.XYs
		for e := start; t.next[e] >= 0; {
			loop = append(loop, t.vertex(e))
			e, t.next[e] = t.next[e], -1
		}
		if loop != nil {
			loops = append(loops, loop)
		}
	}
	return loops
}

// tracer works on a grid in a frame. An edge is numbered after its lower left node, twice,
// plus 1 when it is vertical; next[e] is the edge at which the line that enters a cell through
// e leaves it, or −1.
type tracer struct {
	panel *Panel
	x, y  []float64
	z     [][]float64
	level float64
	next  []int
}

func (t *tracer) edge(i, j, vertical int) int { return 2*(j*len(t.x)+i) + vertical }

// cell joins the crossings of the cell whose lower left node is (i, j).
func (t *tracer) cell(i, j int) {
	z := [4]float64{t.z[j][i], t.z[j][i+1], t.z[j+1][i+1], t.z[j+1][i]}
	// Edge k runs from corner k to corner k+1, counterclockwise.
	edges := [4]int{t.edge(i, j, 0), t.edge(i+1, j, 1), t.edge(i, j+1, 0), t.edge(i, j, 1)}
	above := func(k int) bool { return z[k%4] >= t.level }
	// In a saddle the middle decides which pair of corners belongs together.
	saddle := above(0) == above(2) && above(1) == above(3) && above(0) != above(1)
	joined := saddle && z[0]+z[1]+z[2]+z[3] >= 4*t.level
	for k := range 4 {
		if !above(k) || above(k+1) {
			continue // want an edge where the region is left
		}
		to := (k + 1) % 4 // and the one where it is entered
		if !joined {
			for to = (k + 3) % 4; above(to) || !above(to+1); to = (to + 3) % 4 {
			}
		}
		t.next[edges[k]] = edges[to]
	}
}

// vertex is where the level is passed on an edge.
func (t *tracer) vertex(edge int) plotter.XY {
	i, j, vertical := edge/2%len(t.x), edge/2/len(t.x), edge%2
	k, l := i+1-vertical, j+vertical
	a, b := t.z[j][i], t.z[l][k]
	part := 0.0
	if !math.IsInf(a, -1) && !math.IsInf(b, -1) { // else both ends lie in one place
		part = (t.level - a) / (b - a)
	}
	return plotter.XY{X: t.panel.X.Scale.to(t.x[i] + part*(t.x[k]-t.x[i])),
		Y: t.panel.Y.Scale.to(t.y[j] + part*(t.y[l]-t.y[j]))}
}
