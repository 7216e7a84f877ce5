package ref

import (
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

func TestPermutationIsOne(t *testing.T) {
	for n := range 130 {
		p := make([]int32, n)
		for index := range uint32(20) {
			Key{Seed: 5}.Permutation(p, index)
			q := slices.Clone(p)
			slices.Sort(q)
			for i, v := range q {
				if int(v) != i {
					t.Fatalf("n = %d: %v is no permutation", n, p)
				}
			}
		}
	}
}

func TestPermutationUniform(t *testing.T) {
	const draws = 480_000
	count := map[[4]int32]float64{}
	for index := range uint32(draws) {
		var p [4]int32
		Key{Seed: 6, Stream: 1}.Permutation(p[:], index)
		count[p]++
	}
	var chi2 float64
	for _, c := range count {
		d := c - draws/24
		chi2 += d * d / (draws / 24)
	}
	checkChi2(t, chi2, len(count)-1, 23)
}

// Every element of a longer permutation is equally often in every place.
func TestPermutationPlaces(t *testing.T) {
	const n, draws = 30, 30_000
	var count [n][n]float64
	var p [n]int32
	for index := range uint32(draws) {
		Key{Seed: 7, Sample: 3}.Permutation(p[:], index)
		for i, v := range p {
			count[i][v]++
		}
	}
	var chi2 float64
	for i := range count {
		for _, c := range count[i] {
			d := c - draws/n
			chi2 += d * d / (draws / n)
		}
	}
	// Rows and columns have fixed sums; the counts' covariance makes chi2·(n−1)/n a χ² with
	// (n−1)² degrees of freedom.
	checkChi2(t, chi2*(n-1)/n, (n-1)*(n-1), (n-1)*(n-1))
}

func checkChi2(t *testing.T, chi2 float64, freedom, want int) {
	t.Helper()
	if freedom != want {
		t.Fatalf("%d degrees of freedom, want %d", freedom, want)
	}
	p := distuv.ChiSquared{K: float64(freedom)}.Survival(chi2)
	t.Logf("χ² = %.2f with %d degrees of freedom, p = %.4f", chi2, freedom, p)
	if !(p > 1e-4 && p < 1-1e-4) {
		t.Errorf("χ² = %.2f with %d degrees of freedom: p = %g", chi2, freedom, p)
	}
}

// Frozen: a change of these is a change of every result.
func TestPermutationKnown(t *testing.T) {
	var p [9]int32
	Key{Seed: 1 << 40, Stream: 2, Step: 3, Sample: 4}.Permutation(p[:], 5)
	if want := [9]int32{0, 1, 7, 6, 8, 4, 3, 2, 5}; p != want {
		t.Errorf("got %v, want %v", p, want)
	}
}

func BenchmarkPermutation(b *testing.B) {
	p := make([]int32, 64)
	for i := uint32(0); b.Loop(); i++ {
		Key{}.Permutation(p, i)
	}
}
