package kernels

import "github.com/symvi/symvi/internal/ref"

// The portable microkernel. Edges go element by element, so B needs no padding.
var portableGemm = gemmKernel{rows: 2, cols: 4, lanes: 1, panel: portablePanel, transpose: portableTranspose}

// portablePanel is gemmKernel.panel in plain Go, two rows at a time.
func portablePanel(m, n, k int, a []float32, rsa, csa int, b []float32, ldb int, c []float32, ldc int, _ []float32, mode int) {
	accumulate := mode&modeAccumulate != 0
	for i := 0; i < m; i += 2 {
		if m-i < 2 || n < 4 {
			portableEdge(k, a[i*rsa:], rsa, csa, b, ldb, c[i*ldc:], ldc, min(2, m-i), n, accumulate)
			continue
		}
		portableTile(k, a[i*rsa:], rsa, csa, b, ldb, c[i*ldc:], ldc, accumulate)
	}
}

// portableTile is the 2×4 register tile: eight independent chains hide the
// latency of the software FMA.
func portableTile(k int, a []float32, rsa, csa int, b []float32, ldb int, c []float32, ldc int, accumulate bool) {
	var s00, s01, s02, s03, s10, s11, s12, s13 float32
	for p := range k {
		a0, a1 := a[p*csa], a[rsa+p*csa]
		row := b[p*ldb:][:4:4]
		s00 = ref.FMA(a0, row[0], s00)
		s01 = ref.FMA(a0, row[1], s01)
		s02 = ref.FMA(a0, row[2], s02)
		s03 = ref.FMA(a0, row[3], s03)
		s10 = ref.FMA(a1, row[0], s10)
		s11 = ref.FMA(a1, row[1], s11)
		s12 = ref.FMA(a1, row[2], s12)
		s13 = ref.FMA(a1, row[3], s13)
	}
	store4(c[:4:4], s00, s01, s02, s03, accumulate)
	store4(c[ldc:][:4:4], s10, s11, s12, s13, accumulate)
}

func store4(c []float32, s0, s1, s2, s3 float32, accumulate bool) {
	if accumulate {
		s0, s1, s2, s3 = c[0]+s0, c[1]+s1, c[2]+s2, c[3]+s3
	}
	c[0], c[1], c[2], c[3] = s0, s1, s2, s3
}

func portableEdge(k int, a []float32, rsa, csa int, b []float32, ldb int, c []float32, ldc, m, n int, accumulate bool) {
	for i := range m {
		for j := range n {
			var s float32
			for p := range k {
				s = ref.FMA(a[i*rsa+p*csa], b[p*ldb+j], s)
			}
			if accumulate {
				s = c[i*ldc+j] + s
			}
			c[i*ldc+j] = s
		}
	}
}

func portableTranspose(dst []float32, ld int, src []float32, lds int, k, n int) {
	for j := range ld {
		for p, x := range src[min(j, n-1)*lds:][:k] {
			dst[p*ld+j] = x
		}
	}
}
