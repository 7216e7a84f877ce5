package dataset

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The orders are pinned: a data set split by a seed in a paper must split the same way for ever, on
// every platform.
// They come from an implementation of PCG-DXSM in exact integers, written apart from Go's.
func TestShuffleIsPinned(t *testing.T) {
	for seed, want := range map[uint64][]int32{
		0:              {4, 8, 1, 5, 0, 7, 3, 9, 6, 2},
		1:              {7, 6, 1, 3, 2, 4, 8, 9, 0, 5},
		math.MaxUint64: {0, 5, 7, 9, 3, 6, 4, 1, 8, 2},
	} {
		got := []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
		if shuffle(got, seed); !slices.Equal(got, want) {
			t.Errorf("seed %d: %v, want %v", seed, got, want)
		}
	}
}

// Every position must be able to receive every row: over many seeds each of the n! orders of 4 rows
// is about as frequent.
func TestShuffleIsUniform(t *testing.T) {
	const seeds = 24000
	count := map[[4]int32]int{}
	for seed := range uint64(seeds) {
		rows := [4]int32{0, 1, 2, 3}
		shuffle(rows[:], seed)
		count[rows]++
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

// TestDealStratifies checks that every used row goes to one place of one part, that the parts have
// the sizes they should, every class its share of the test part within one row, and that no class
// is without a training row.
func TestDealStratifies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		classes := rapid.IntRange(1, 5).Draw(t, "classes")
		rows := rapid.SliceOfN(rapid.Int32Range(-1, int32(classes)-1), 2, 200).Draw(t, "rows")
		fraction := rapid.Float64Range(1e-9, 1-1e-9).Draw(t, "fraction")
		counts, used := make([]int, classes), 0
		for _, class := range rows {
			if class != leftOut {
				counts[class]++
				used++
			}
		}
		if used < 2 {
			return
		}
		d := deal(rows, classes, fraction, rapid.Uint64().Draw(t, "seed"))
		train, test := make([]int, d.train), make([]int, d.test)
		testCounts := make([]int, classes)
		for i, class := range rows {
			place, isTest := d.tests(i)
			switch {
			case class == leftOut:
				if d.trains(i) || isTest {
					t.Fatalf("row %d is left out and used", i)
				}
			case isTest:
				test[place]++
				testCounts[class]++
			default:
				train[d.place[i]]++
			}
		}
		for _, n := range slices.Concat(train, test) {
			if n != 1 {
				t.Fatalf("places taken %v and %v times", train, test)
			}
		}
		most := used
		for c, n := range counts {
			if n > 0 {
				most--
			}
			if n > 0 && testCounts[c] >= n {
				t.Fatalf("class %d has %d rows, all for testing", c, n)
			}
			// where single rows cannot give their share, others give more
			if share := fraction * float64(n); math.Abs(float64(testCounts[c])-share) > 1 &&
				testCounts[c] != n-1 && !slices.Contains(counts, 1) {
				t.Fatalf("class %d: %d of %d rows for a fraction of %g", c, testCounts[c], n, fraction)
			}
		}
		want := min(max(int(math.Round(fraction*float64(used))), 1), most)
		if d.train+d.test != used || d.test > want || d.test < want-classes {
			t.Fatalf("%d + %d rows of %d, want %d to test", d.train, d.test, used, want)
		}
	})
}
