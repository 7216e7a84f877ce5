package cpu

import (
	"math"

	"github.com/symvi/symvi/internal/ref"
)

// The portable microkernel. Edges go element by element, so B needs no padding.
var portableGemm = gemmKernel{rows: 16, cols: 4, lanes: 1, panel: portablePanel,
	transpose: portableTranspose}

// portablePanel is gemmKernel.panel in plain Go, two rows at a time. B is made float64 once for all
// rows, which is exact.
func portablePanel(m, n, k int, a []float32, rsa, csa int, b []float32, ldb int, c []float32,
	ldc int, _ []float32, mode int) {
	accumulate := mode&modeAccumulate != 0
	if n < 4 {
		for i := range m {
			portableEdge(k, a[i*rsa:], csa, b, ldb, c[i*ldc:], n, accumulate)
		}
		return
	}
	var wide [ref.KC][4]float64
	fine := false
	for p := range k {
		for l, x := range b[p*ldb:][:4] {
			wide[p][l] = float64(x)
			fine = fine || isFine(x)
		}
	}
	i := 0
	for ; i+2 <= m; i += 2 {
		if fine || anyFine(a[i*rsa:], csa, k) || anyFine(a[(i+1)*rsa:], csa, k) {
			portableTile(wide[:k], a[i*rsa:], csa, c[i*ldc:][:4:4], accumulate)
			portableTile(wide[:k], a[(i+1)*rsa:], csa, c[(i+1)*ldc:][:4:4], accumulate)
			continue
		}
		portablePair(wide[:k], a[i*rsa:], a[(i+1)*rsa:], csa, c[i*ldc:][:4:4], c[(i+1)*ldc:][:4:4],
			accumulate)
	}
	if i < m {
		portableTile(wide[:k], a[i*rsa:], csa, c[i*ldc:][:4:4], accumulate)
	}
}

// isFine reports whether x is not 0 but below 2⁻⁴⁰. All other numbers are multiples of 2⁻⁶³, their
// products and the sums of those multiples of 2⁻¹²⁶: no sum lies below the normal range.
func isFine(x float32) bool {
	const sign, least = 1 << 31, (127 - 40) << 23
	return math.Float32bits(x)&^sign-1 < least-1
}

func anyFine(a []float32, csa, k int) bool {
	for p := range k {
		if isFine(a[p*csa]) {
			return true
		}
	}
	return false
}

// isTie reports whether a float64 sum in the normal range of float32 may be rounded wrongly, see
// ref.FMAUnsure.
func isTie(s float64) bool { return uint32(math.Float64bits(s))&(1<<29-1) == 1<<28 }

// portablePair is a tile of two rows of four elements that are not fine: eight independent chains
// hide the latency of the software FMA, written out because Go does not inline ref.FMA. The sums
// are float32 numbers.
func portablePair(b [][4]float64, a0, a1 []float32, csa int, c0, c1 []float32, accumulate bool) {
	var s0, s1, s2, s3, r0, r1, r2, r3 float64
	at := 0
	for p := range b {
		x, row := float64(a0[at]), &b[p]
		t0, t1, t2, t3 := x*row[0]+s0, x*row[1]+s1, x*row[2]+s2, x*row[3]+s3
		if isTie(t0) || isTie(t1) || isTie(t2) || isTie(t3) {
			t0, t1, t2, t3 = unsure(x, row[0], s0), unsure(x, row[1], s1), unsure(x, row[2], s2),
				unsure(x, row[3], s3)
		}
		s0, s1, s2, s3 = float64(float32(t0)), float64(float32(t1)), float64(float32(t2)),
			float64(float32(t3))
		x = float64(a1[at]) // one row after the other, so that all sums stay in registers
		t0, t1, t2, t3 = x*row[0]+r0, x*row[1]+r1, x*row[2]+r2, x*row[3]+r3
		if isTie(t0) || isTie(t1) || isTie(t2) || isTie(t3) {
			t0, t1, t2, t3 = unsure(x, row[0], r0), unsure(x, row[1], r1), unsure(x, row[2], r2),
				unsure(x, row[3], r3)
		}
		r0, r1, r2, r3 = float64(float32(t0)), float64(float32(t1)), float64(float32(t2)),
			float64(float32(t3))
		at += csa
	}
	portableStore(c0, s0, s1, s2, s3, accumulate)
	portableStore(c1, r0, r1, r2, r3, accumulate)
}

// portableTile is one row of four elements.
func portableTile(b [][4]float64, a []float32, csa int, c []float32, accumulate bool) {
	var s0, s1, s2, s3 float64
	at := 0
	for p := range b {
		x, row := float64(a[at]), &b[p]
		at += csa
		t0, t1, t2, t3 := x*row[0]+s0, x*row[1]+s1, x*row[2]+s2, x*row[3]+s3
		if ref.FMAUnsure(t0) || ref.FMAUnsure(t1) || ref.FMAUnsure(t2) || ref.FMAUnsure(t3) {
			t0, t1, t2, t3 = unsure(x, row[0], s0), unsure(x, row[1], s1), unsure(x, row[2], s2),
				unsure(x, row[3], s3)
		}
		s0, s1, s2, s3 = float64(float32(t0)), float64(float32(t1)), float64(float32(t2)),
			float64(float32(t3))
	}
	portableStore(c, s0, s1, s2, s3, accumulate)
}

// unsure is ref.FMA of float32 numbers.
func unsure(a, b, c float64) float64 {
	return float64(ref.FMA(float32(a), float32(b), float32(c)))
}

func portableStore(c []float32, s0, s1, s2, s3 float64, accumulate bool) {
	for j, s := range [4]float64{s0, s1, s2, s3} {
		x := float32(s)
		if accumulate {
			x += c[j]
		}
		c[j] = x
	}
}

func portableEdge(k int, a []float32, csa int, b []float32, ldb int, c []float32, n int,
	accumulate bool) {
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
