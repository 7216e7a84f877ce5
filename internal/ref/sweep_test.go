package ref

import (
	"flag"
	"math"
	"runtime"
	"sync"
	"testing"
)

var exhaustive = flag.Bool("ref.exhaustive", false,
	"test every float32 input, and more of the other inputs")

// sweepStride is prime, so the default sweep meets every exponent and every low bit pattern.
const sweepStride = 251

// parallel calls f once for each of the goroutines that share a test's work.
func parallel(f func(worker, workers int)) {
	n := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i, n) })
	}
	wg.Wait()
}

// worst is the largest error seen and the input it was seen at.
type worst struct {
	err float64
	at  uint32
}

func (w *worst) add(err float64, at uint32) {
	if !(err <= w.err) {
		*w = worst{err, at}
	}
}

// sweep returns the worst errors over all 2³² words, or over every 251st and the neighbours of
// every power of two. Each of the n errors that errs may give has its own worst.
func sweep(n int, errs func(w uint32) [4]float64) [4]worst {
	var total [4]worst
	var mu sync.Mutex
	parallel(func(worker, workers int) {
		var local [4]worst
		visit := func(w uint32) {
			e := errs(w)
			for i := range n {
				local[i].add(e[i], w)
			}
		}
		stride := uint64(sweepStride)
		if *exhaustive {
			stride = 1
		}
		for w := stride * uint64(worker); w < 1<<32; w += stride * uint64(workers) {
			visit(uint32(w))
		}
		for e := range uint32(512) {
			for d := range uint32(64) {
				visit(e<<23 + d - 32)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		for i, l := range local {
			total[i].add(l.err, l.at)
		}
	})
	return total
}

// testUlps fails if f is ever further than limit from the oracle, or differs in a NaN or in the
// sign of a zero.
func testUlps(t *testing.T, f func(float32) float32, oracle func(float64) float64, limit float64) {
	t.Helper()
	w := sweep(1, func(w uint32) [4]float64 {
		x := math.Float32frombits(w)
		return [4]float64{ulps32(f(x), oracle(float64(x)))}
	})[0]
	x := math.Float32frombits(w.at)
	t.Logf("worst error %.4f ulp at %x: got %v, want %v", w.err, x, f(x), oracle(float64(x)))
	if !(w.err <= limit) {
		t.Errorf("worst error %.4f ulp > %v", w.err, limit)
	}
}

// ulps32 is the distance of got from want in units of the float32 grid at want; +Inf where one
// is NaN and the other is not, or where zeros differ in sign.
func ulps32(got float32, want float64) float64 {
	d := math.Abs(float64(got) - want)
	exp := int(math.Float64bits(want) >> 52 & 0x7ff)
	if d-d == 0 && exp >= 1023-126 && exp <= 1023+127 {
		return d * math.Float64frombits(uint64(2*1023+23-exp)<<52)
	}
	return ulps32Special(got, want)
}

// ulps32Special is ulps32 for every input. An infinity counts as 2¹²⁸, which is where the grid
// would go on.
func ulps32Special(got float32, want float64) float64 {
	g := float64(got)
	if want != want && g != g {
		return 0
	}
	if want == 0 && g == 0 && math.Signbit(want) == math.Signbit(g) {
		return 0
	}
	if want != want || g != g || want == 0 {
		return math.Inf(1)
	}
	const top = 0x1p128
	g = math.Max(-top, math.Min(top, g))
	want = math.Max(-top, math.Min(top, want))
	exp := math.Ilogb(want)
	return math.Abs(g-want) * math.Ldexp(1, 23-max(-126, min(127, exp)))
}

func BenchmarkScalar(b *testing.B) {
	var x [1024]float32
	Key{Seed: 1}.Normals(x[:], 0)
	var pos [1024]float32
	for i, v := range x {
		pos[i] = v*v + 0x1p-20
	}
	run := func(name string, in []float32, f func(x float32) float32) {
		b.Run(name, func(b *testing.B) {
			var s float32
			for i := 0; b.Loop(); i++ {
				s += f(in[i%1024])
			}
			sink = s
		})
	}
	run("FMA", x[:], func(x float32) float32 { return FMA(x, 1.25, 0.3) })
	run("Exp", x[:], Exp)
	run("Log", pos[:], Log)
	run("Log1p", pos[:], Log1p)
	run("Tanh", x[:], Tanh)
	run("Softplus", x[:], Softplus)
	run("Sigmoid", x[:], Sigmoid)
	run("SinCos2Pi", x[:], func(x float32) float32 {
		s, c := SinCos2Pi(math.Float32bits(x))
		return s + c
	})
	run("Exp64", x[:], func(x float32) float32 { return float32(Exp64(float64(x))) })
	run("Log64", pos[:], func(x float32) float32 { return float32(Log64(float64(x))) })
	run("Philox", x[:], func(x float32) float32 {
		return float32(Key{}.Words(math.Float32bits(x))[0])
	})
}

var sink float32
