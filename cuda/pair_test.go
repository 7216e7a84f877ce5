//go:build cuda

package cuda

import (
	"testing"

	"github.com/symvi/symvi/kernels"
)

// TestPairGradWide: neurons of more parameters than a grid has blocks along y for.
func TestPairGradWide(t *testing.T) {
	d := newDevice(t)
	const n = 32*maxGridYZ + 77
	x, mu, inv, dw := d.Float32(n), d.Float32(n), d.Float32(n), d.Float32(n)
	coefficient := d.Float32(1)
	for _, b := range []kernels.F32{x, mu, inv, dw, coefficient} {
		defer b.Free()
	}
	x.Slice(n-1, n).Upload([]float32{5})
	mu.Slice(n-1, n).Upload([]float32{2})
	inv.Slice(n-1, n).Upload([]float32{2})
	coefficient.Upload([]float32{0.5})
	d.PairGrad(kernels.PairGrad{Batch: 1, N: 1, D: n, Coefficients: coefficient, W: x, Mu: mu, InvSigma: inv, DW: dw})
	if got := read(t, dw); got[n-1] != 0.5*3*2*2 || got[0] != 0 {
		t.Errorf("the last element is %v, want 6; the first %v, want 0", got[n-1], got[0])
	}
}
