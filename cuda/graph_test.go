//go:build cuda

package cuda

import (
	"slices"
	"testing"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// TestRepeat runs steps whose shapes, arguments and sequences of kernels change, and some
// in which f does what a graph cannot hold. The results must be those of the CPU.
func TestRepeat(t *testing.T) {
	const n = 300
	run := func(d kernels.Device) (results [][]float32) {
		x, y := d.Float32(n), d.Float32(n)
		sum := d.Float64(1)
		defer x.Free()
		defer y.Free()
		defer sum.Free()
		start := make([]float32, n)
		for i := range start {
			start[i] = float32(i) / n
		}
		x.Upload(start)
		for step := range 24 {
			kernels.Repeat(d, func() {
				length := n - step%5 // another shape
				kernels.Repeat(d, func() {
					d.Unary(kernels.Unary{Function: kernels.TanhFunction, N: length, Src: x, Dst: y})
				})
				d.Sum(kernels.Sum{Batch: 1, N: length, Src: y, Dst: sum, Scale: float64(step),
					Accumulate: true})
				switch {
				case step%7 == 3:
					extra := d.Float32(n)
					d.Copy2D(kernels.Copy2D{Batch: 1, Rows: 1, Cols: n, Src: y, SrcRow: n,
						SrcCol: 1, Dst: extra, DstRow: n, DstCol: 1})
					results = append(results, read(t, extra))
					extra.Free()
				case step%7 == 5:
					x.Upload(slices.Clone(start[:n]))
				case step%3 == 0:
					d.Unary(kernels.Unary{Function: kernels.Exp, N: length, Src: y, Dst: y})
				case step%3 == 1: // as many kernels, others
					d.Unary(kernels.Unary{Function: kernels.Softplus, N: length, Src: y, Dst: y})
				}
				d.Copy2D(kernels.Copy2D{Batch: 1, Rows: 1, Cols: length, Src: y, SrcRow: n,
					SrcCol: 1, Dst: x, DstRow: n, DstCol: 1, Accumulate: true, Scale: float32(step)})
			})
		}
		total, err := kernels.Read(sum)
		if err != nil {
			t.Fatal(err)
		}
		return append(results, read(t, x), read(t, y), []float32{float32(total[0])})
	}
	host, err := cpu.New(cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	d := newDevice(t)
	got, want := run(d), run(host)
	if !slices.EqualFunc(got, want, slices.Equal[[]float32]) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if d.replays.Load() == 0 {
		t.Error("no step was replayed as a graph")
	}
}

// TestManySequences goes round more sequences of kernels than are kept as graphs.
func TestManySequences(t *testing.T) {
	d := newDevice(t)
	x := d.Float32(64)
	defer x.Free()
	for range 3 {
		for i := range maxGraphs + 3 {
			d.Repeat(func() {
				for k := range smallestGraph + i {
					d.Unary(kernels.Unary{Function: kernels.TanhFunction, N: 64 - k, Src: x, Dst: x})
				}
			})
		}
	}
	if err := d.Sync(); err != nil {
		t.Error(err)
	}
}

// TestRepeatPanics: a panic in a step leaves the device usable.
func TestRepeatPanics(t *testing.T) {
	d := newDevice(t)
	x := d.Float32(64)
	defer x.Free()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		d.Repeat(func() { d.Unary(kernels.Unary{N: -1}) })
	}()
	d.Unary(kernels.Unary{Function: kernels.Exp, N: 64, Src: x, Dst: x})
	if got := read(t, x); got[63] != 1 {
		t.Errorf("exp(0) = %v", got[63])
	}
}

func read(t *testing.T, b kernels.F32) []float32 {
	t.Helper()
	got, err := kernels.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
