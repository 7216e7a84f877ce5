package neon

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// testRand draws what eachLength does not.
var testRand = rand.New(rand.NewPCG(5, 6))

// special holds the bits of float32 at which implementations go wrong.
var special = []uint32{
	0, 1, 0x100, 0x7fffff, 0x800000, // 0, subnormal numbers, the least normal one
	0x0c000000, 0x1e000000, 0x2b800000, 0x33800000, // 2⁻¹⁰³, …, 2⁻⁴⁰, 2⁻²⁴
	0x3f000000, 0x3f1fffff, 0x3f200000, 0x3f2aaaab, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3faaaaab,
	0x3f317218, 0x40490fdb, 0x41100000, 0x41a00000,
	0x42aeac50, 0x42b17218, 0x42b20000, 0x42cff1b5, 0x42d20000, // where exp overflows and underflows
	0x47800000, 0x4b000000, 0x5f000000, 0x7f000000, 0x7f7fffff, 0x7f800000,
	0x7fc00000, 0x7f800001, // NaNs, quiet and signalling
}

// wildBits draws special numbers, arbitrary bits and everyday numbers.
func wildBits(rng *rand.Rand) uint32 {
	switch rng.IntN(4) {
	case 0:
		return special[rng.IntN(len(special))] | uint32(rng.IntN(2))<<31
	case 1:
		return rng.Uint32()
	}
	return math.Float32bits(float32(rng.NormFloat64() * 5))
}

func wild(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = math.Float32frombits(wildBits(rng))
	}
	return x
}

func everyday(rng *rand.Rand, n int, std float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64() * std)
	}
	return x
}

func same32(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

func same64(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// eachLength runs f for every tail of every vector width and some longer vectors,
// with everyday and with wild inputs: draw makes an input of n elements.
func eachLength(t *testing.T, f func(t testing.TB, n int, draw func() []float32)) {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range append(upTo(131), 1000, 4096, 4099) {
		for range 2 {
			f(t, n, func() []float32 { return everyday(rng, n, 2) })
			f(t, n, func() []float32 { return wild(rng, n) })
		}
		if t.Failed() {
			return
		}
	}
}

func upTo(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

const guardBits = 0x7fedcba9

// guarded returns a copy of x, as a slice at an odd place between two guard zones, and a
// check that the zones are untouched.
func guarded(t testing.TB, name string, x []float32) (s []float32, check func()) {
	const zone = 17
	b := make([]float32, len(x)+2*zone)
	for i := range b {
		b[i] = math.Float32frombits(guardBits)
	}
	s = b[zone : zone+len(x) : zone+len(x)]
	copy(s, x)
	return s, func() {
		t.Helper()
		for i, v := range b {
			if (i < zone || i >= zone+len(x)) && math.Float32bits(v) != guardBits {
				t.Errorf("%s (%d elements): wrote at element %d", name, len(x), i-zone)
			}
		}
	}
}

func equal32(t testing.TB, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if !same32(got[i], want[i]) {
			t.Errorf("%s: element %d of %d is %v (%#08x), want %v (%#08x)", what, i, len(want),
				got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
			return
		}
	}
}

// compare runs a kernel and its specification on copies of the same slices, between
// guard zones, and compares every slice and the returned numbers.
func compare(t testing.TB, name string, in [][]float32, kernel, spec func(s [][]float32) []float64) {
	t.Helper()
	got, want := make([][]float32, len(in)), make([][]float32, len(in))
	for i, x := range in {
		var check func()
		got[i], check = guarded(t, name, x)
		defer check()
		want[i] = append([]float32(nil), x...)
	}
	g, w := kernel(got), spec(want)
	for i := range in {
		equal32(t, fmt.Sprintf("%s: slice %d", name, i), got[i], want[i])
	}
	for i := range w {
		if !same64(g[i], w[i]) {
			t.Errorf("%s: result %d is %v (%#x), want %v (%#x) (%d elements)", name, i,
				g[i], math.Float64bits(g[i]), w[i], math.Float64bits(w[i]), len(in[0]))
		}
	}
}
