package dataset

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The orders are pinned: a data set split by a seed in a paper must split the same way for ever, on every platform.
// They come from an implementation of PCG-DXSM in exact integers, written apart from Go's.
func TestPermutationIsPinned(t *testing.T) {
	for seed, want := range map[uint64][]int{
		0:              {4, 8, 1, 5, 0, 7, 3, 9, 6, 2},
		1:              {7, 6, 1, 3, 2, 4, 8, 9, 0, 5},
		math.MaxUint64: {0, 5, 7, 9, 3, 6, 4, 1, 8, 2},
	} {
		if got := permutation(10, seed); !slices.Equal(got, want) {
			t.Errorf("seed %d: %v, want %v", seed, got, want)
		}
	}
}

// Every position must be able to receive every row: over many seeds each of the n! orders of 4 rows is about as frequent.
func TestPermutationIsUniform(t *testing.T) {
	const seeds = 24000
	count := map[[4]int]int{}
	for seed := range uint64(seeds) {
		count[[4]int(permutation(4, seed))]++
	}
	var chi2 float64
	for _, c := range count {
		d := float64(c) - seeds/24.
		chi2 += d * d / (seeds / 24.)
	}
	if len(count) != 24 || !(chi2 < 49.7) { // 99.9 % point with 23 degrees of freedom
		t.Errorf("%d orders, χ² = %.1f", len(count), chi2)
	}
}

func TestSplitRowsPartitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, width := rapid.IntRange(2, 60).Draw(t, "n"), rapid.IntRange(1, 3).Draw(t, "width")
		fraction := rapid.Float64Range(1e-9, 1-1e-9).Draw(t, "fraction")
		seed := rapid.Uint64().Draw(t, "seed")
		all := &Table{N: n, Inputs: width, X: make([]float32, n*width), Labels: make([]int32, n), Y: make([]float32, n)}
		for i := range n {
			all.Labels[i], all.Y[i] = int32(i), float32(i)
			for j := range width {
				all.Row(i)[j] = float32(100*i + j)
			}
		}
		train, test := splitRows(all, fraction, seed)
		if train.N+test.N != n || train.N < 1 || test.N < 1 {
			t.Fatalf("%d + %d of %d rows", train.N, test.N, n)
		}
		if off := float64(test.N) - fraction*float64(n); (off > 0.5 || off < -0.5) && test.N != 1 && train.N != 1 {
			t.Fatalf("%d test rows of %d for a fraction of %g", test.N, n, fraction)
		}
		seen := slices.Concat(train.Labels, test.Labels)
		slices.Sort(seen)
		if !slices.Equal(seen, all.Labels) {
			t.Fatalf("rows %v of %d", seen, n)
		}
		for _, part := range []*Table{train, test} {
			for i, label := range part.Labels {
				if !slices.Equal(part.Row(i), all.Row(int(label))) || part.Y[i] != float32(label) {
					t.Fatalf("row %d is %v → %v, want row %d of the whole", i, part.Row(i), part.Y[i], label)
				}
			}
		}
		again, _ := splitRows(all, fraction, seed)
		if !slices.Equal(again.Labels, train.Labels) {
			t.Fatal("the same seed gave another split")
		}
	})
}

func TestSplitRowsDependsOnTheSeed(t *testing.T) {
	all := &Table{N: 100, Inputs: 1, X: make([]float32, 100), Labels: make([]int32, 100)}
	for i := range all.Labels {
		all.Labels[i] = int32(i)
	}
	first, _ := splitRows(all, 0.5, rand.Uint64()|1)
	second, _ := splitRows(all, 0.5, rand.Uint64()&^1)
	if slices.Equal(first.Labels, second.Labels) {
		t.Error("two seeds gave the same split")
	}
	if first.Y != nil {
		t.Error("a split of a table without Y has Y")
	}
}
