//go:build cuda

package cuda

import (
	"testing"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/kerneltest"
)

// newDevice starts the first GPU, or the simulator's, or ends the test. The test fails
// if it leaves memory behind.
func newDevice(t testing.TB) *Device {
	t.Helper()
	d, err := New(Options{})
	if err != nil {
		t.Fatalf("%v (run this test with cuda/sim/run, or on a machine with a GPU)", err)
	}
	t.Cleanup(func() {
		d.remember()
		if n := d.leaked(); n > 0 && !t.Failed() {
			t.Errorf("%d buffers were not freed", n)
		}
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return d
}

// TestConformance holds every operation to the specification, bit for bit.
func TestConformance(t *testing.T) {
	kerneltest.Run(t, func(t testing.TB) kernels.Device { return newDevice(t) })
}

// TestUpload: the source may be reused at once, whatever the size and however many
// uploads are on their way; downloads larger than the staging memory arrive whole.
func TestUpload(t *testing.T) {
	d := newDevice(t)
	for _, n := range []int{1, 1000, largeUpload/4 - 1, largeUpload / 4, stagingSize/4 - 3,
		stagingSize/4 + 5, 3*stagingSize/4 + 1} {
		src := make([]int32, n)
		buffers := make([]kernels.I32, 5)
		for k := range buffers {
			for i := range src {
				src[i] = int32(i*7 + k)
			}
			buffers[k] = d.Int32(n)
			buffers[k].Upload(src)
			clear(src)
		}
		for k, b := range buffers {
			got, err := kernels.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range got {
				if v != int32(i*7+k) {
					t.Fatalf("%d elements, buffer %d: element %d is %d, want %d", n, k, i, v, i*7+k)
				}
			}
			b.Free()
		}
	}
}

// TestFreeInRepeat: memory freed in a step may be wanted by another allocation while
// kernels that use it are recorded but not launched; under the address sanitizer a
// release that comes too early ends the test.
func TestFreeInRepeat(t *testing.T) {
	simulated(t)
	t.Setenv("SYMVI_SIM_MEMORY", "100000")
	d := newDevice(t)
	x := d.Float32(100)
	defer x.Free()
	for step := range 6 {
		d.Repeat(func() {
			a := d.Float32(15_000)
			d.Unary(kernels.Unary{Function: kernels.Exp, N: 15_000, Src: a, Dst: a})
			d.Copy2D(kernels.Copy2D{Batch: 1, Rows: 1, Cols: 100, Src: a, SrcRow: 1, SrcCol: 1,
				Dst: x, DstRow: 1, DstCol: 1, Accumulate: true, Scale: 1})
			a.Free()
			d.Float32(17_000 + 300*step).Free()
		})
	}
	for i, v := range read(t, x) {
		if v != 6 {
			t.Fatalf("element %d is %v, want 6", i, v)
		}
	}
}
