package kerneltest

import (
	"math"
	"sync"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

func testBuffers(t *testing.T, d kernels.Device) {
	if d.Name() == "" {
		t.Error("the device has no name")
	}
	for _, n := range []int{0, 1, 17, 4096, 100_003} {
		testBuffer(t, d.Float32, n, math.Float32frombits(0x80000001))
		testBuffer(t, d.Float64, n, math.SmallestNonzeroFloat64)
		testBuffer(t, d.Int32, n, math.MinInt32)
	}
}

func testBuffer[T kernels.Element](t *testing.T, alloc func(int) kernels.Buffer[T], n int, x T) {
	t.Helper()
	for range 2 { // the second is likely to get the first one's memory, which must be zeroed again
		b := alloc(n)
		if b.Len() != n {
			t.Fatalf("Len() = %d, want %d", b.Len(), n)
		}
		for i, v := range kernelcase.Read(t, b) {
			if v != 0 {
				t.Fatalf("element %d of a new buffer is %v", i, v)
			}
		}
		b.Upload(repeat(x, n))
		lo, hi := n/3, n-n/4
		inner := b.Slice(lo, hi).Slice(0, hi-lo)
		if inner.Len() != hi-lo {
			t.Fatalf("Len() of a slice = %d, want %d", inner.Len(), hi-lo)
		}
		inner.Upload(make([]T, hi-lo))
		for i, v := range kernelcase.Read(t, b) {
			want := x
			if i >= lo && i < hi {
				want = 0
			}
			if bits(v) != bits(want) {
				t.Fatalf("after Upload to [%d:%d) element %d is %v, want %v", lo, hi, i, v, want)
			}
		}
		for i, v := range kernelcase.Read(t, b.Slice(lo/2, hi)) {
			want := x
			if i >= lo-lo/2 {
				want = 0
			}
			if bits(v) != bits(want) {
				t.Fatalf("Download of [%d:%d): element %d is %v, want %v", lo/2, hi, i, v, want)
			}
		}
		b.Free()
	}
}

// testConcurrent lets several goroutines queue operations, each on its own buffers
// and each operation needing the result of the one before.
func testConcurrent(t *testing.T, d kernels.Device) {
	const goroutines, n, steps = 4, 9001, 8
	in := newInputs()
	var wg sync.WaitGroup
	calls := make([]*call, goroutines)
	for i := range calls {
		c := newCall(t, d, "goroutine %d of %d", i, goroutines)
		calls[i] = c
		x, wantX := c.in32("X", in.normal(n, 1))
		sum, wantSum := c.in64("Sum", make([]float64, 1))
		for range steps {
			ref.UnarySlice(wantX, wantX, int(kernels.TanhFunction))
			wantSum[0] += ref.Chunked(n, func(lo, hi int) float64 { return ref.Sum(wantX[lo:hi]) })
		}
		wg.Go(func() {
			for range steps {
				d.Unary(kernels.Unary{Function: kernels.TanhFunction, N: n, Src: x, Dst: x})
				d.Sum(kernels.Sum{Batch: 1, N: n, Src: x, Dst: sum, Scale: 1, Accumulate: true})
			}
		})
	}
	wg.Wait()
	for _, c := range calls {
		c.check()
	}
}
