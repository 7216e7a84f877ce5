package stream

import (
	"math"
	"testing"
)

// TestCopy copies every length at every alignment, between guards.
func TestCopy(t *testing.T) {
	src := make([]float32, 400)
	for i := range src {
		src[i] = math.Float32frombits(uint32(0x7f8fffff + 77*i)) // NaNs among them
	}
	for at := range 20 {
		for n := range 200 {
			for from := range 3 {
				dst := make([]float32, at+n+20)
				Copy(dst[at:at+n], src[from:from+n])
				for i, x := range dst {
					want := uint32(0)
					if i >= at && i < at+n {
						want = math.Float32bits(src[from+i-at])
					}
					if got := math.Float32bits(x); got != want {
						t.Fatalf("%d elements from %d to %d: element %d is %#x, want %#x", n, from, at, i-at, got,
							want)
					}
				}
			}
		}
	}
}
