//go:build cuda

package cuda

import (
	"slices"
	"testing"

	"github.com/symvi/symvi/kernels"
)

// TestPairNormalizer: normalisers that are computed before the tiles are those of the tiles.
func TestPairNormalizer(t *testing.T) {
	d := newDevice(t)
	const batch, n, width = 2*fewTiles + 1, 7, 40
	x := make([]float32, batch*n*width)
	kernels.Key{Seed: 2}.Normals(x, 0)
	for i := range x {
		x[i] *= x[i] // 1/σ is positive
	}
	w, mu, inv := d.Float32(len(x)), d.Float32(n*width), d.Float32(n*width)
	all, one := d.Float64(batch*n*n), d.Float64(n*n)
	for _, b := range []interface{ Free() }{w, mu, inv, all, one} {
		defer b.Free()
	}
	w.Upload(x)
	inv.Upload(x[:n*width])
	p := kernels.PairLogDensity{Batch: batch, N: n, D: width, W: w, Mu: mu, InvSigma: inv, C: all}
	d.PairLogDensity(p)
	together, err := kernels.Read(all)
	if err != nil {
		t.Fatal(err)
	}
	p.Batch, p.C = 1, one
	for s := range batch {
		p.W = w.Slice(s*n*width, (s+1)*n*width)
		d.PairLogDensity(p)
		alone, err := kernels.Read(one)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(alone, together[s*n*n:(s+1)*n*n]) {
			t.Fatalf("item %d: %v, alone %v", s, together[s*n*n:(s+1)*n*n], alone)
		}
	}
}

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
	d.PairGrad(kernels.PairGrad{Batch: 1, N: 1, D: n, Coefficients: coefficient, W: x, Mu: mu,
		InvSigma: inv, DW: dw})
	if got := read(t, dw); got[n-1] != 0.5*3*2*2 || got[0] != 0 {
		t.Errorf("the last element is %v, want 6; the first %v, want 0", got[n-1], got[0])
	}
}
