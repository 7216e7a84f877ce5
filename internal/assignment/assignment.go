// Package assignment finds the best assignment of the rows of a matrix to its columns.
package assignment

import "math"

// Scratch is the number of float64 values and of int32 values that Solve needs as scratch for an
// n×n matrix.
func Scratch(n int) (floats, ints int) { return n + 1, 3 * (n + 1) }

// Solve writes ref.Assignment's potentials of the n×n matrix c to u and v,
//
//	c[i,j] ≤ u[i] + v[j], with equality along one permutation,
//
// and that permutation to ints: ints[j] is the row that belongs to column j. It reports false
// when every assignment contains a −∞. NaN and +∞ are not allowed. It allocates nothing.
func Solve(c, u, v []float64, n int, floats []float64, ints []int32) bool {
	slack := floats[:n+1]
	match, parent, visited := ints[:n+1], ints[n+1:2*(n+1)], ints[2*(n+1):3*(n+1)]
	for j := range n + 1 {
		match[j] = -1
	}
	for i := range n {
		u[i], v[i] = 0, 0
	}
	// Column n is the virtual column from which every augmenting path starts.
	for row := range n {
		match[n] = int32(row)
		for j := range n + 1 {
			slack[j], visited[j], parent[j] = math.Inf(1), 0, int32(n)
		}
		j0 := n
		for match[j0] >= 0 {
			visited[j0] = 1
			i0 := int(match[j0])
			delta, j1 := math.Inf(1), -1
			for j := range n {
				if visited[j] != 0 {
					continue
				}
				if s := u[i0] + v[j] - c[i0*n+j]; s < slack[j] {
					slack[j], parent[j] = s, int32(j0)
				}
				if slack[j] < delta {
					delta, j1 = slack[j], j
				}
			}
			if j1 < 0 {
				return false
			}
			for j := range n + 1 {
				if visited[j] == 0 {
					slack[j] -= delta
					continue
				}
				u[match[j]] -= delta
				if j < n {
					v[j] += delta
				}
			}
			j0 = j1
		}
		for j0 != n {
			previous := int(parent[j0])
			match[j0] = match[previous]
			j0 = previous
		}
	}
	return true
}
