package assignment

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"gonum.org/v1/gonum/stat/combin"
	"pgregory.net/rapid"
)

func solve(c []float64, n int) (u, v []float64, rows []int32, found bool) {
	floats, ints := Scratch(n)
	u, v, rows = make([]float64, n), make([]float64, n), make([]int32, ints)
	found = Solve(c, u, v, n, make([]float64, floats), rows)
	return u, v, rows[:n], found
}

// The potentials have the specification's bits, and where it finds none, neither does Solve.
func TestSpecification(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for trial := range 300 {
		n := trial % 40
		c := make([]float64, n*n)
		for i := range c {
			switch c[i] = r.NormFloat64(); {
			case trial%3 == 1:
				c[i] = math.Round(c[i]) // ties
			case trial%3 == 2 && r.IntN(3) > 0:
				c[i] = math.Inf(-1)
			}
		}
		u, v, _, found := solve(c, n)
		wantU, wantV, want := ref.Assignment(c, n)
		if found != want {
			t.Fatalf("trial %d: found = %v, want %v", trial, found, want)
		}
		if found && !(slices.Equal(u, wantU) && slices.Equal(v, wantV)) {
			t.Errorf("trial %d: potentials %v, %v, want %v, %v", trial, u, v, wantU, wantV)
		}
	}
}

// The potentials bound c, and by duality touch it along a best permutation.
func TestSolve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		scale := rapid.SampledFrom([]float64{1e-8, 1, 1e5}).Draw(t, "scale")
		entry := rapid.OneOf(
			rapid.Map(rapid.Float64Range(-1, 1), func(x float64) float64 { return x * scale }),
			rapid.Map(rapid.IntRange(-2, 2), func(x int) float64 { return float64(x) * scale }), // ties
			rapid.Just(math.Inf(-1)))
		c := rapid.SliceOfN(entry, n*n, n*n).Draw(t, "c")
		best := math.Inf(-1)
		for _, tau := range combin.Permutations(n, n) {
			sum := 0.0
			for i, j := range tau {
				sum += c[i*n+j]
			}
			best = math.Max(best, sum)
		}
		u, v, columns, found := solve(c, n)
		if found != !math.IsInf(best, -1) {
			t.Fatalf("found = %v, but the best assignment has %v", found, best)
		}
		if !found {
			return
		}
		tolerance := 1e-14 * float64(n) * scale
		bound := 0.0
		for i := range n {
			bound += u[i] + v[i]
			for j := range n {
				if !(c[i*n+j] <= u[i]+v[j]+tolerance) {
					t.Fatalf("c[%d, %d] = %v > %v + %v", i, j, c[i*n+j], u[i], v[j])
				}
			}
		}
		if !(math.Abs(bound-best) <= float64(n)*tolerance) {
			t.Fatalf("Σ u + v = %v, want that of the best assignment, %v", bound, best)
		}
		total := 0.0
		for j, i := range columns {
			total += c[int(i)*n+j]
		}
		if !(math.Abs(total-best) <= float64(n)*tolerance) {
			t.Fatalf("the assignment %v has %v, want %v", columns, total, best)
		}
	})
}
