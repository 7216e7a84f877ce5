package paper

import (
	"cmp"
	"fmt"
	"slices"
)

// hdrLevels are the values of a density above which lie its highest-density regions of
// these masses, which must be given in decreasing order (0.99, 0.9, 0.5) and give
// increasing levels. The density z[j][i] at (x[i], y[j]) need not be normalised; its mass
// outside the grid is taken to be nothing.
func hdrLevels(x, y []float64, z [][]float64, masses ...float64) ([]float64, error) {
	type node struct{ density, mass float64 }
	var nodes []node
	total := 0.0
	for j, row := range z {
		for i, v := range row {
			if v < 0 {
				return nil, fmt.Errorf("density %g at (%g, %g): want at least 0", v, x[i], y[j])
			}
			mass := v * weight(x, i) * weight(y, j)
			total += mass
			nodes = append(nodes, node{v, mass})
		}
	}
	if total <= 0 {
		return nil, fmt.Errorf("the density is 0 on the whole grid")
	}
	slices.SortFunc(nodes, func(a, b node) int { return cmp.Compare(b.density, a.density) })
	levels := make([]float64, len(masses))
	for k, mass := range masses {
		if !(mass > 0 && mass < 1) || k > 0 && mass >= masses[k-1] {
			return nil, fmt.Errorf("masses %v: want decreasing numbers between 0 and 1", masses)
		}
		inside := 0.0
		for _, n := range nodes {
			inside += n.mass
			levels[k] = n.density
			if inside >= mass*total {
				break
			}
		}
	}
	for i := range levels {
		if i > 0 && levels[i] <= levels[i-1] {
			return nil, fmt.Errorf("the grid is too coarse for the masses %v", masses)
		}
	}
	return levels, nil
}

// weight is the width that the trapezoid rule gives node i of a grid.
func weight(x []float64, i int) float64 {
	return (x[min(i+1, len(x)-1)] - x[max(i-1, 0)]) / 2
}
