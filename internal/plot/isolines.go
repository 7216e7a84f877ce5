package plot

import "math"

// vertex is a point of an isoline and the sides of the grid, a bit each, that it lies on.
type vertex struct {
	x, y  float64
	sides uint8
}

// isolines traces where z, given at the nodes of a grid, passes a level, by marching
// squares with linear interpolation. The lines are closed, along the border of the grid
// where need be, and have the larger values on their left, so that filling them by the
// non-zero rule fills the region above the level. Their order depends on the grid alone.
func isolines(x, y []float64, z [][]float64, level float64) [][]vertex {
	t := tracer{x, y, z, level, make([]int, 2*(len(x)+2)*(len(y)+2))}
	for i := range t.next {
		t.next[i] = -1
	}
	for j := -1; j < len(y); j++ {
		for i := -1; i < len(x); i++ {
			t.cell(i, j)
		}
	}
	var loops [][]vertex
	for start := range t.next {
		var loop []vertex
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

// tracer works on the grid framed by nodes at −∞, which lie on the outermost grid lines.
// An edge is numbered after its lower left node, twice, plus 1 when it is vertical; next[e]
// is the edge at which the line that enters a cell through e leaves it, or −1.
type tracer struct {
	x, y  []float64
	z     [][]float64
	level float64
	next  []int
}

func (t *tracer) value(i, j int) float64 {
	if i < 0 || j < 0 || i == len(t.x) || j == len(t.y) {
		return math.Inf(-1)
	}
	return t.z[j][i]
}

func (t *tracer) edge(i, j, vertical int) int {
	return 2*((j+1)*(len(t.x)+2)+i+1) + vertical
}

// cell joins the crossings of the cell whose lower left node is (i, j).
func (t *tracer) cell(i, j int) {
	z := [4]float64{t.value(i, j), t.value(i+1, j), t.value(i+1, j+1), t.value(i, j+1)}
	// Edge k runs from corner k to corner k+1, counterclockwise.
	edges := [4]int{t.edge(i, j, 0), t.edge(i+1, j, 1), t.edge(i, j+1, 0), t.edge(i, j, 1)}
	var above [4]bool
	crossings := 0
	for k := range 4 {
		above[k] = z[k] >= t.level
	}
	for k := range 4 {
		if above[k] != above[(k+1)%4] {
			crossings++
		}
	}
	// In a saddle the middle decides which pair of corners belongs together.
	joined := crossings == 4 && z[0]+z[1]+z[2]+z[3] >= 4*t.level
	for k := range 4 {
		if !above[k] || above[(k+1)%4] {
			continue // want an edge where the region is left
		}
		to := k // and the one where it is entered
		for step := 1; step < 4; step++ {
			to = (k + step) % 4
			if joined {
				break
			}
			to = (k + 4 - step) % 4
			if !above[to] && above[(to+1)%4] {
				break
			}
		}
		t.next[edges[k]] = edges[to]
	}
}

// vertex is where the level is passed on an edge.
func (t *tracer) vertex(edge int) vertex {
	node, vertical := edge/2, edge%2
	i, j := node%(len(t.x)+2)-1, node/(len(t.x)+2)-1
	a, b := t.value(i, j), t.value(i+1-vertical, j+vertical)
	x0, y0 := t.place(i, j)
	x1, y1 := t.place(i+1-vertical, j+vertical)
	part := 0.0
	if !math.IsInf(a, -1) && !math.IsInf(b, -1) { // else both ends lie in one place
		part = (t.level - a) / (b - a)
	}
	v := vertex{x: x0 + part*(x1-x0), y: y0 + part*(y1-y0)}
	for bit, on := range []bool{v.x == t.x[0], v.x == t.x[len(t.x)-1], v.y == t.y[0], v.y == t.y[len(t.y)-1]} {
		if on {
			v.sides |= 1 << bit
		}
	}
	return v
}

// place is where a node lies; those of the frame lie on the outermost grid lines.
func (t *tracer) place(i, j int) (x, y float64) {
	return t.x[min(max(i, 0), len(t.x)-1)], t.y[min(max(j, 0), len(t.y)-1)]
}
