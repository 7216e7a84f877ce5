package plot

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/plot/plotter"
)

// nodes are n values from lo to hi.
func nodes(n int, lo, hi float64) []float64 { return floats.Span(make([]float64, n), lo, hi) }

// area is a loop's area, positive when it runs counterclockwise.
func area(loop plotter.XYs) float64 {
	sum := 0.0
	for i, v := range loop {
		w := loop[(i+1)%len(loop)]
		sum += (v.X*w.Y - w.X*v.Y) / 2
	}
	return sum
}

func TestIsolines(t *testing.T) {
	x, y := nodes(201, -2, 2), nodes(161, -1.5, 1.5)
	for _, c := range []struct {
		name  string
		f     func(x, y float64) float64
		areas []float64 // of the loops at level 0, in any order; their sum is the region's
	}{
		{"disc", func(x, y float64) float64 { return 1 - math.Hypot(x, y) }, []float64{math.Pi}},
		{"ring: the hole runs clockwise", func(x, y float64) float64 {
			return 0.25 - math.Abs(math.Hypot(x, y)-1)
		},
			[]float64{math.Pi * 1.25 * 1.25, -math.Pi * 0.75 * 0.75}},
		{"half plane: closed along the border", func(x, _ float64) float64 {
			return x - 0.303
		}, []float64{(2 - 0.303) * 3}},
		{"everything", func(x, y float64) float64 { return 1 }, []float64{12}},
		{"nothing", func(x, y float64) float64 { return -1 }, nil},
	} {
		loops := new(Panel).isolines(x, y, Tabulate(x, y, c.f), 0)
		if len(loops) != len(c.areas) {
			t.Errorf("%s: %d loops, want %d", c.name, len(loops), len(c.areas))
			continue
		}
		for _, want := range c.areas {
			found := false
			for _, loop := range loops {
				found = found || math.Abs(area(loop)-want) <= 2e-3*math.Abs(want)
			}
			if !found {
				t.Errorf("%s: no loop has the area %g", c.name, want)
			}
		}
	}
}

// On a saddle the middle of the cell decides: two corners above are one region when their
// mean is above the level, and two when it is below.
func TestIsolinesSaddle(t *testing.T) {
	x := []float64{0, 1}
	for _, c := range []struct {
		z     [][]float64
		loops int
	}{
		{[][]float64{{3, -1}, {-1, 3}}, 1},
		{[][]float64{{1, -3}, {-3, 1}}, 2},
		{[][]float64{{-1, 3}, {3, -1}}, 1},
		{[][]float64{{-3, 1}, {1, -3}}, 2},
	} {
		loops := new(Panel).isolines(x, x, c.z, 0)
		if len(loops) != c.loops {
			t.Errorf("%v: %d loops, want %d", c.z, len(loops), c.loops)
		}
		for _, loop := range loops {
			if !(area(loop) > 0) {
				t.Errorf("%v: a loop with the area %g runs clockwise", c.z, area(loop))
			}
		}
	}
}
