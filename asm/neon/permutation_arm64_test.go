package neon

import (
	"math"
	"slices"
	"testing"

	"github.com/symvi/symvi/internal/ref"
)

func TestPermutations(t *testing.T) {
	for _, n := range append(upTo(66), 256, 257, 258, 1023, 2000)[1:] {
		for _, count := range []int{0, 1, 2, 7, 70} {
			key := ref.Key{Seed: 0x123456789abcdef, Stream: uint32(n), Step: 3, Sample: 4}
			for _, first := range []uint32{0, 5, math.MaxUint32 - 3} {
				const zone, guard = 5, -7
				b := make([]int32, count*n+2*zone)
				for i := range b {
					b[i] = guard
				}
				want := slices.Clone(b)
				Permutations(b[zone:zone+count*n], n, key.Seed, key.Stream, key.Step, key.Sample, first)
				ref.Permutations(want[zone:zone+count*n], n, key, first)
				if !slices.Equal(b, want) {
					t.Fatalf("n=%d count=%d first=%d: wrong permutations or guards overwritten", n, count, first)
				}
			}
		}
	}
}
