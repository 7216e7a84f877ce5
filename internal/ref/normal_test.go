package ref

import (
	"flag"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

var tails = flag.Bool("ref.tails", false, "draw 10⁹ normal numbers and count the tails")

// Frozen: a change of these is a change of every result.
func TestNormalsKnown(t *testing.T) {
	key := Key{Seed: 0x0123456789abcdef, Stream: 1, Step: 2, Sample: 3}
	for _, c := range []struct {
		e    int
		bits uint32
	}{{0, 0xbf0715f4}, {1, 0xbf61616a}, {16, 0xbeadc0f5}, {33, 0xbf01e306}, {63, 0xbe60e45d},
		{64, 0x3e67d8ee}, {1000, 0x3f5efa25}} {
		if got := math.Float32bits(key.Normal(c.e)); got != c.bits {
			t.Errorf("Normal(%d) has bits %#x, want %#x", c.e, got, c.bits)
		}
	}
}

// Any split of the vector gives the same elements.
func TestNormalsSplit(t *testing.T) {
	key := Key{Seed: 3, Sample: 9}
	var want [400]float32
	for e := range want {
		want[e] = key.Normal(e)
	}
	var buf [200]float32
	for first := range 200 {
		for n := range 200 {
			got := buf[:n]
			clear(buf[:])
			key.Normals(got, first)
			if !slices.Equal(got, want[first:first+n]) {
				t.Fatalf("Normals of %d from %d: got %v, want %v", n, first, got, want[first:first+n])
			}
			for _, v := range buf[n:] {
				if v != 0 {
					t.Fatalf("Normals of %d from %d wrote past its end", n, first)
				}
			}
		}
	}
}

func TestNormal4Extremes(t *testing.T) {
	words := []uint32{0, 1, 1 << 29, 1 << 30, 1 << 31, 3 << 30, math.MaxUint32 - 1, math.MaxUint32}
	var largest float32
	for _, a := range words {
		for _, b := range words {
			for _, z := range Normal4([4]uint32{a, b, b, a}) {
				if !(z > -7 && z < 7) {
					t.Errorf("Normal4(%#x, %#x) gives %v", a, b, z)
				}
				largest = max(largest, z)
			}
		}
	}
	if largest < 6.76 {
		t.Errorf("the largest number is %v, want 6.76", largest)
	}
}

func TestNormalsAllocs(t *testing.T) {
	var dst [1000]float32
	if n := testing.AllocsPerRun(10, func() { Key{Seed: 1}.Normals(dst[:], 7) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// sample draws the vector that a statistical test looks at.
func sample(key Key) []float32 {
	z := make([]float32, 1<<21)
	key.Normals(z, 0)
	return z
}

func TestNormalMoments(t *testing.T) {
	z := sample(Key{Seed: 11})
	var m [5]float64
	for _, v := range z {
		p := 1.0
		for k := range m {
			m[k] += p
			p *= float64(v)
		}
	}
	n := m[0]
	for k, c := range []struct{ mean, variance float64 }{{}, {0, 1}, {1, 2}, {0, 15}, {3, 96}} {
		if k == 0 {
			continue
		}
		checkScore(t, fmt.Sprintf("moment %d", k), (m[k]/n-c.mean)/math.Sqrt(c.variance/n))
	}
}

func TestNormalDistribution(t *testing.T) {
	z := sample(Key{Seed: 12, Stream: 1})
	slices.Sort(z)
	n := float64(len(z))
	var d float64
	for i, v := range z {
		p := distuv.UnitNormal.CDF(float64(v))
		d = max(d, p-float64(i)/n, float64(i+1)/n-p)
	}
	k := d * math.Sqrt(n)
	t.Logf("Kolmogorov–Smirnov: √n·D = %.3f", k)
	if !(k > 0.4 && k < 1.95) { // both tails below 0.003
		t.Errorf("Kolmogorov–Smirnov: √n·D = %.3f", k)
	}
}

// Numbers and their squares are uncorrelated along the vector and between keys that differ in
// one field.
func TestNormalCorrelation(t *testing.T) {
	base := Key{Seed: 13, Stream: 5, Step: 6, Sample: 7}
	z := sample(base)
	for _, lag := range []int{1, 2, 3, 16, 32, 48, 64, 1024} {
		checkUncorrelated(t, fmt.Sprint("lag ", lag), z[lag:], z[:len(z)-lag])
	}
	for _, next := range []Key{
		{14, 5, 6, 7}, {13 + 1<<32, 5, 6, 7}, {13, 6, 6, 7}, {13, 5, 7, 7}, {13, 5, 6, 8},
	} {
		checkUncorrelated(t, fmt.Sprint(next), z, sample(next))
	}
}

func checkUncorrelated(t *testing.T, name string, x, y []float32) {
	t.Helper()
	var xy, squares float64
	for i := range x {
		a, b := float64(x[i]), float64(y[i])
		xy += a * b
		squares += (a*a - 1) * (b*b - 1)
	}
	n := math.Sqrt(float64(len(x)))
	checkScore(t, name, xy/n)
	checkScore(t, name+", squares", squares/(2*n))
}

// checkScore fails if a standard normal statistic is improbably large.
func checkScore(t *testing.T, name string, score float64) {
	t.Helper()
	t.Logf("%s: %+.2fσ", name, score)
	if !(math.Abs(score) < 4) {
		t.Errorf("%s: %+.2fσ", name, score)
	}
}

func TestNormalTails(t *testing.T) {
	if !*tails {
		t.Skip("needs -ref.tails: 10⁹ draws")
	}
	const draws, chunk = 1_000_000_000, 8000
	beyond := []float32{3, 4, 5, 5.5, 6}
	var total [5]int
	var largest float32
	var mu sync.Mutex
	parallel(func(worker, workers int) {
		var count [5]int
		var top float32
		var z [chunk]float32
		for i := worker; i < draws/chunk; i += workers {
			Key{Seed: 15}.Normals(z[:], i*chunk)
			for _, v := range z {
				if v < 0 {
					v = -v
				}
				top = max(top, v)
				for k := 0; k < len(beyond) && v > beyond[k]; k++ {
					count[k]++
				}
			}
		}
		mu.Lock()
		defer mu.Unlock()
		largest = max(largest, top)
		for k, c := range count {
			total[k] += c
		}
	})
	t.Logf("largest |z| of %d: %v", draws, largest)
	for k, b := range beyond {
		p := distuv.Poisson{Lambda: draws * math.Erfc(float64(b)/math.Sqrt2)}
		low, high := p.CDF(float64(total[k])), 1-p.CDF(float64(total[k])-1)
		t.Logf("|z| > %v: %d, expected %.2f, P(≤) = %.3f, P(≥) = %.3f", b, total[k], p.Lambda, low, high)
		if !(low > 1e-4 && high > 1e-4) {
			t.Errorf("|z| > %v: %d, expected %.2f", b, total[k], p.Lambda)
		}
	}
	if total[4] == 0 {
		t.Error("nothing beyond 6σ")
	}
}

func BenchmarkNormals(b *testing.B) {
	var dst [4096]float32
	b.SetBytes(int64(4 * len(dst)))
	for b.Loop() {
		Key{}.Normals(dst[:], 0)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(dst)), "ns/normal")
}
