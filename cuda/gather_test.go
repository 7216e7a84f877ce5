//go:build cuda

package cuda

import (
	"math"
	"slices"
	"testing"

	"github.com/symvi/symvi/kernels"
)

// TestIndexOutside: an index outside the data set, which the CPU answers with a panic,
// shows as NaN and −1, and the device works on.
func TestIndexOutside(t *testing.T) {
	d := newDevice(t)
	index, labels, picked := d.Int32(3), d.Int32(2), d.Int32(3)
	src, dst := d.Float32(4), d.Float32(6)
	index.Upload([]int32{1, -1, 2})
	labels.Upload([]int32{1, 0})
	src.Upload([]float32{1, 2, 3, 4})
	d.GatherRows(kernels.GatherRows{Rows: 3, Cols: 2, SrcRows: 2, Index: index, Src: src, Dst: dst})
	d.GatherLabels(kernels.GatherLabels{N: 3, Index: index, Src: labels, Dst: picked})
	rows, err := kernels.Read(dst)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows[:2], []float32{3, 4}) {
		t.Errorf("row 1 is %v, want [3 4]", rows[:2])
	}
	for i, v := range rows[2:] {
		if !math.IsNaN(float64(v)) {
			t.Errorf("element %d of the rows outside is %v, want NaN", i, v)
		}
	}
	if got, err := kernels.Read(picked); err != nil || !slices.Equal(got, []int32{0, -1, -1}) {
		t.Errorf("labels %v, %v, want [0 -1 -1]", got, err)
	}

	logits, loss, grad := d.Float32(6), d.Float32(3), d.Float32(6)
	d.SoftmaxCrossEntropy(kernels.SoftmaxCrossEntropy{Batch: 1, Rows: 3, Classes: 2, Logits: logits,
		Labels: picked, Loss: loss, Grad: grad, Scale: 1})
	got, err := kernels.Read(loss)
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(float64(got[0])-math.Ln2) < 1e-6) || !math.IsNaN(float64(got[1])) ||
		!math.IsNaN(float64(got[2])) {
		t.Errorf("losses %v, want [0.693 NaN NaN]", got)
	}
	for _, b := range []kernels.F32{src, dst, loss, grad, logits} {
		b.Free()
	}
	for _, b := range []kernels.I32{index, labels, picked} {
		b.Free()
	}
}
