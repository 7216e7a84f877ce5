package dataset

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// splitRows deals the rows of t into a training and a test table, each in shuffled order. The test part gets the nearest whole number
// to fraction·N rows, but at least one and not all of them; N must be at least 2.
func splitRows(t *Table, fraction float64, seed uint64) (train, test *Table) {
	order := permutation(t.N, seed)
	cut := min(max(int(math.Round(fraction*float64(t.N))), 1), t.N-1)
	return pick(t, order[cut:]), pick(t, order[:cut])
}

// permutation shuffles 0 … n−1 by Fisher–Yates from the top: position i swaps with ⌊u·(i+1)/2⁶⁴⌋, where u is the next output of
// the PCG-DXSM generator of math/rand/v2 with the state (seed, 0). Integers only, hence the same order on every platform.
func permutation(n int, seed uint64) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	source := rand.NewPCG(seed, 0)
	for i := n - 1; i > 0; i-- {
		j, _ := bits.Mul64(source.Uint64(), uint64(i+1))
		order[i], order[j] = order[j], order[i]
	}
	return order
}

// pick copies the given rows of t, which has at most one target column, into a new table, in the order given.
func pick(t *Table, rows []int) *Table {
	part := &Table{N: len(rows), Inputs: t.Inputs, X: make([]float32, 0, len(rows)*t.Inputs)}
	for _, i := range rows {
		part.X = append(part.X, t.Row(i)...)
	}
	part.Labels = gather(t.Labels, rows)
	part.Y = gather(t.Y, rows)
	return part
}

// gather returns column[rows[0]], column[rows[1]], …, or nil when the column is nil.
func gather[T any](column []T, rows []int) []T {
	if column == nil {
		return nil
	}
	out := make([]T, len(rows))
	for k, i := range rows {
		out[k] = column[i]
	}
	return out
}
