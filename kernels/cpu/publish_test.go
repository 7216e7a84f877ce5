package cpu

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/kerneltest"
)

// TestPublishing: stores past the caches, and those through them, have the same results.
func TestPublishing(t *testing.T) {
	for _, isa := range ISAsToTest() {
		t.Run(isa, func(t *testing.T) {
			d, err := New(Options{ISA: isa, Threads: 2})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			m := kernelcase.NewMemory(d)
			a, b, c := m.F32(normals(100*784, 1)), m.F32(normals(30*784, 2)), d.Float32(100*30)
			product := func(past int) []float32 {
				d.publish.past = past
				d.Gemm(kernels.Gemm{Transpose: kernels.NT, Batch: 1, M: 100, N: 30, K: 784, A: a, LDA: 784,
					B: b, LDB: 784, C: c, LDC: 30})
				return kernelcase.Read(t, c)
			}
			if want, got := product(0), product(1); !slices.Equal(want, got) {
				t.Error("a product whose second factor is packed past the caches is another one")
			}
			d.publish.past = math.MaxInt32
			kerneltest.RunSteps(t, d) // which gather minibatches
			if d.publish.past == math.MaxInt32 {
				t.Error("no minibatch was gathered past the caches")
			}
		})
	}
}

func normals(n int, seed uint64) []float32 {
	x := make([]float32, n)
	kernels.Key{Seed: seed}.Normals(x, 0)
	return x
}

// TestPublishingLearns: stores that take too long go past the caches for a while, then are timed
// again.
func TestPublishingLearns(t *testing.T) {
	const lines = 1000
	slow, fast := 2*lines*dearLine, lines*dearLine/2
	for _, parts := range [][]time.Duration{nil, {fast}, {slow, fast, slow}} {
		var p publishing
		for _, took := range parts {
			p.timed(took, 16*lines)
		}
		p.timed(time.Hour, 0)
		if p.next() {
			t.Errorf("after parts of %v stores go past the caches", parts)
		}
	}
	var p publishing
	for range 2 {
		p.timed(slow, 16*lines)
		p.timed(slow, 16*lines)
		for i := range timesPast {
			if !p.next() {
				t.Fatalf("time %d goes through the caches, want %d past them", i, timesPast)
			}
		}
		if p.next() {
			t.Error("stores through the caches are not timed again")
		}
	}
	one := publishing{alone: true}
	if one.timed(slow, 16*lines); one.next() {
		t.Error("a worker alone stores past the caches")
	}
}
