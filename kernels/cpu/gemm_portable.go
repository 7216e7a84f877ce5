package cpu

import "github.com/symvi/symvi/internal/ref"

// The portable microkernel. Edges go element by element, so B needs no padding.
var portableGemm = gemmKernel{rows: 1, cols: 4, lanes: 1, panel: portablePanel, transpose: portableTranspose}

// portablePanel is gemmKernel.panel in plain Go, row by row.
func portablePanel(m, n, k int, a []float32, rsa, csa int, b []float32, ldb int, c []float32, ldc int, _ []float32, mode int) {
	accumulate := mode&modeAccumulate != 0
	for i := range m {
		if n < 4 {
			portableEdge(k, a[i*rsa:], csa, b, ldb, c[i*ldc:], n, accumulate)
			continue
		}
		portableTile(k, a[i*rsa:], csa, b, ldb, c[i*ldc:][:4:4], accumulate)
	}
}

// portableTile is a tile of four elements: four independent chains hide most of
// the latency of the software FMA, written out because Go does not inline ref.FMA.
func portableTile(k int, a []float32, csa int, b []float32, ldb int, c []float32, accumulate bool) {
	var s0, s1, s2, s3 float32
	for p := range k {
		x := a[p*csa]
		row := b[p*ldb:][:4:4]
		t0 := float64(x)*float64(row[0]) + float64(s0)
		t1 := float64(x)*float64(row[1]) + float64(s1)
		t2 := float64(x)*float64(row[2]) + float64(s2)
		t3 := float64(x)*float64(row[3]) + float64(s3)
		if ref.FMAUnsure(t0) || ref.FMAUnsure(t1) || ref.FMAUnsure(t2) || ref.FMAUnsure(t3) {
			s0, s1 = ref.FMA(x, row[0], s0), ref.FMA(x, row[1], s1)
			s2, s3 = ref.FMA(x, row[2], s2), ref.FMA(x, row[3], s3)
			continue
		}
		s0, s1, s2, s3 = float32(t0), float32(t1), float32(t2), float32(t3)
	}
	for j, s := range [4]float32{s0, s1, s2, s3} {
		if accumulate {
			s += c[j]
		}
		c[j] = s
	}
}

func portableEdge(k int, a []float32, csa int, b []float32, ldb int, c []float32, n int, accumulate bool) {
	for j := range n {
		var s float32
		for p := range k {
			s = ref.FMA(a[p*csa], b[p*ldb+j], s)
		}
		if accumulate {
			s += c[j]
		}
		c[j] = s
	}
}

func portableTranspose(dst []float32, ld int, src []float32, lds int, k, n int) {
	for j := range ld {
		for p, x := range src[min(j, n-1)*lds:][:k] {
			dst[p*ld+j] = x
		}
	}
}
