package cpu

import (
	"math"

	"github.com/symvi/symvi/internal/ref"
)

// The portable microkernel. It fills up the last columns itself, so B needs no padding.
var portableGemm = gemmKernel{rows: 16, cols: 16 * portableCols, lanes: 1, panel: portablePanel,
	transpose: portableTranspose}

// portableCols is the number of columns that a tile has.
const portableCols = 4

// portableRows is the number of rows whose terms a panel lists at a time.
const portableRows = 112

// portablePanel is gemmKernel.panel in plain Go, in tiles of two rows. Of every pair of rows of
// A it lists, once for all columns, the terms that are not 0: pixels are 0 more often than not, and
// so are the gradients of a ReLU. B is made float64 once for all rows, which is exact.
func portablePanel(m, n, k int, a []float32, rsa, csa int, b []float32, ldb int, c []float32,
	ldc int, _ []float32, mode int) {
	for ; m > portableRows; m -= portableRows {
		portablePanel(portableRows, n, k, a, rsa, csa, b, ldb, c, ldc, nil, mode)
		a, c = a[portableRows*rsa:], c[portableRows*ldc:]
	}
	var terms [portableRows / 2]portableTerms
	for i := 0; i+2 <= m; i += 2 {
		terms[i/2].list(a[i*rsa:], a[(i+1)*rsa:], csa, k)
	}
	var wide [ref.KC][portableCols]float64
	for j := 0; j < n; j += portableCols {
		t := portableTile{b: wide[:k], csa: csa, cols: min(n-j, portableCols),
			accumulate: mode&modeAccumulate != 0}
		plain := t.widen(b[j:], ldb)
		i := 0
		for ; i+2 <= m; i += 2 {
			a0, a1, c0, c1 := a[i*rsa:], a[(i+1)*rsa:], c[i*ldc+j:], c[(i+1)*ldc+j:]
			if list := &terms[i/2]; !plain || !list.plain ||
				!t.pair(list.terms[:list.n], a0, a1, c0, c1) {
				t.row(a0, c0)
				t.row(a1, c1)
			}
		}
		if i < m {
			t.row(a[i*rsa:], c[i*ldc+j:])
		}
	}
}

// portableTerms are the terms in which either of two rows of A is not 0.
type portableTerms struct {
	plain bool // all numbers of the rows are
	n     int
	terms [ref.KC]uint16
}

func (l *portableTerms) list(a0, a1 []float32, csa, k int) {
	l.plain, l.n = true, 0
	for p := range k {
		x, y := a0[p*csa], a1[p*csa]
		l.plain = l.plain && isPlain(x) && isPlain(y)
		l.terms[l.n] = uint16(p)
		if x != 0 || y != 0 {
			l.n++
		}
	}
}

// portableTile are columns of B, of which C has the first cols, that a tile is computed from.
type portableTile struct {
	b          [][portableCols]float64
	csa, cols  int
	accumulate bool
}

// widen fills in the columns, with zeros behind them, and reports whether all numbers are plain.
func (t *portableTile) widen(b []float32, ldb int) (plain bool) {
	plain = true
	for p := range t.b {
		row := [portableCols]float64{}
		for l, x := range b[p*ldb:][:t.cols] {
			row[l] = float64(x)
			plain = plain && isPlain(x)
		}
		t.b[p] = row
	}
	return plain
}

// isPlain reports whether x is 0 or a finite number from 2⁻⁴⁰ on. Such numbers are multiples of
// 2⁻⁶³, their products and the sums of those multiples of 2⁻¹²⁶: no sum lies below the normal
// range, none is −0, and a term of 0 changes none.
func isPlain(x float32) bool {
	const sign, least, infinite = 1 << 31, (127 - 40) << 23, 255 << 23
	b := math.Float32bits(x) &^ sign
	return b == 0 || b-least < infinite-least
}

// isTie reports whether a float64 sum in the normal range of float32 may be rounded wrongly, see
// ref.FMAUnsure.
func isTie(s float64) bool { return uint32(math.Float64bits(s))&(1<<29-1) == 1<<28 }

// pair computes two rows of plain numbers from the terms listed: eight independent chains
// hide the latency of the software FMA, written out because Go does not inline ref.FMA. The sums
// are float32 numbers. At a tie, one in 2²⁹ sums, it gives up and reports false: a call would have
// all sums leave their registers.
func (t *portableTile) pair(terms []uint16, a0, a1, c0, c1 []float32) bool {
	var s0, s1, s2, s3, r0, r1, r2, r3 float64
	b, csa := t.b, t.csa
	for _, p := range terms {
		at := int(p) * csa
		x, row := float64(a0[at]), &b[p]
		t0, t1, t2, t3 := x*row[0]+s0, x*row[1]+s1, x*row[2]+s2, x*row[3]+s3
		switch { // as jumps, where an or of these is made a value
		case isTie(t0), isTie(t1), isTie(t2), isTie(t3):
			return false
		}
		s0, s1, s2, s3 = float64(float32(t0)), float64(float32(t1)), float64(float32(t2)),
			float64(float32(t3))
		x = float64(a1[at]) // one row after the other, so that all sums stay in registers
		t0, t1, t2, t3 = x*row[0]+r0, x*row[1]+r1, x*row[2]+r2, x*row[3]+r3
		switch { // as jumps, where an or of these is made a value
		case isTie(t0), isTie(t1), isTie(t2), isTie(t3):
			return false
		}
		r0, r1, r2, r3 = float64(float32(t0)), float64(float32(t1)), float64(float32(t2)),
			float64(float32(t3))
	}
	t.store(c0, s0, s1, s2, s3)
	t.store(c1, r0, r1, r2, r3)
	return true
}

// row computes one row of any numbers.
func (t *portableTile) row(a, c []float32) {
	var s0, s1, s2, s3 float64
	at := 0
	for p := range t.b {
		x, row := float64(a[at]), &t.b[p]
		at += t.csa
		t0, t1, t2, t3 := x*row[0]+s0, x*row[1]+s1, x*row[2]+s2, x*row[3]+s3
		if ref.FMAUnsure(t0) || ref.FMAUnsure(t1) || ref.FMAUnsure(t2) || ref.FMAUnsure(t3) {
			t0, t1, t2, t3 = unsure(x, row[0], s0), unsure(x, row[1], s1), unsure(x, row[2], s2),
				unsure(x, row[3], s3)
		}
		s0, s1, s2, s3 = float64(float32(t0)), float64(float32(t1)), float64(float32(t2)),
			float64(float32(t3))
	}
	t.store(c, s0, s1, s2, s3)
}

// unsure is ref.FMA of float32 numbers.
func unsure(a, b, c float64) float64 {
	return float64(ref.FMA(float32(a), float32(b), float32(c)))
}

func (t *portableTile) store(c []float32, s0, s1, s2, s3 float64) {
	sums := [portableCols]float64{s0, s1, s2, s3}
	for j := range c[:t.cols] {
		x := float32(sums[j])
		if t.accumulate {
			x += c[j]
		}
		c[j] = x
	}
}

func portableTranspose(dst []float32, ld int, src []float32, lds int, k, n int) {
	for j := range ld {
		for p, x := range src[min(j, n-1)*lds:][:k] {
			dst[p*ld+j] = x
		}
	}
}
