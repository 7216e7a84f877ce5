package ref

import (
	"math"
	"slices"
)

// Assignment returns potentials u, v of the best assignment of the n×n matrix c
// (Hungarian algorithm with shortest augmenting paths, Jonker & Volgenant 1987):
//
//	c[i,j] ≤ u[i] + v[j], with equality along one permutation.
//
// So e^{c − u − v} has entries in [0, 1] and a permanent in [1, n!]: no scaling
// by iteration can promise that, because Sinkhorn's need not converge.
// It reports false when every assignment contains a −∞. NaN and +∞ are not allowed.
func Assignment(c []float64, n int) (u, v []float64, found bool) {
	u, v = make([]float64, n), make([]float64, n)
	match := slices.Repeat([]int{-1}, n+1) // the row of a column, −1 for none
	for row := range n {
		match[n] = row // the virtual column from which every augmenting path starts
		slack := slices.Repeat([]float64{math.Inf(1)}, n+1)
		parent, visited := make([]int, n), make([]bool, n+1)
		end := n
		for match[end] >= 0 {
			visited[end] = true
			i, least, next := match[end], math.Inf(1), -1
			for j := range n {
				if visited[j] {
					continue
				}
				if s := u[i] + v[j] - c[i*n+j]; s < slack[j] {
					slack[j], parent[j] = s, end
				}
				if slack[j] < least {
					least, next = slack[j], j
				}
			}
			if next < 0 {
				return nil, nil, false
			}
			for j := range n + 1 {
				switch {
				case !visited[j]:
					slack[j] -= least
				case j == n:
					u[match[j]] -= least
				default:
					u[match[j]] -= least
					v[j] += least
				}
			}
			end = next
		}
		for end != n {
			match[end], end = match[parent[end]], parent[end]
		}
	}
	return u, v, true
}
