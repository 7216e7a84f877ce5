package ref

import (
	"math"
	"math/big"
	"testing"
)

func TestExp64(t *testing.T) {
	test64(t, Exp64, func(b *bigMath, x float64) *big.Float {
		return b.exp(x)
	}, 1.05, func(w uint64) float64 {
		x := float64(int64(w)) * (746.0 / (1 << 63)) // everything from underflow to overflow
		if w&3 == 0 {
			x *= math.Ldexp(1, -int(w>>2%64)) // and the neighbourhood of 0
		}
		return min(x, 709.78)
	})
	inf, nan := math.Inf(1), math.NaN()
	check64(t, Exp64, [][2]float64{{0, 1}, {math.Copysign(0, -1), 1}, {inf, inf}, {-inf, 0},
		{nan, nan},
		{709.7827128933841, inf}, {1e300, inf},
		{-745.1332191019411, 5e-324}, {-745.1332191019412, 0}, {-1e300, 0}, {5e-324, 1}})
}

// test64 fails if f is further than limit ulp from the oracle at an argument that draw makes of
// a random word.
func test64(t *testing.T, f func(float64) float64, oracle func(*bigMath, float64) *big.Float,
	limit float64, draw func(uint64) float64) {
	t.Helper()
	n := 40_000
	if *exhaustive {
		n = 5_000_000
	}
	w := sweepN(n, func(i uint32, b *bigMath) float64 {
		x := draw(word64(i))
		return b.ulps64(f(x), oracle(b, x))
	})
	x := draw(word64(w.at))
	t.Logf("worst error %.4f ulp at %x: got %v", w.err, x, f(x))
	if !(w.err <= limit) {
		t.Errorf("worst error %.4f ulp > %v", w.err, limit)
	}
}

func word64(i uint32) uint64 {
	w := Key{Seed: 64}.Words(i)
	return uint64(w[0])<<32 | uint64(w[1])
}

// sweepN returns the worst error of n inputs.
func sweepN(n int, err func(i uint32, b *bigMath) float64) worst {
	results := make(chan worst)
	go func() {
		defer close(results)
		parallel(func(worker, workers int) {
			var w worst
			var b bigMath
			for i := worker; i < n; i += workers {
				w.add(err(uint32(i), &b), uint32(i))
			}
			results <- w
		})
	}()
	var total worst
	for w := range results {
		total.add(w.err, w.at)
	}
	return total
}

// check64 compares exactly, for the special values.
func check64(t *testing.T, f func(float64) float64, cases [][2]float64) {
	t.Helper()
	for _, c := range cases {
		x, want := c[0], c[1]
		if got := f(x); math.Float64bits(got) != math.Float64bits(want) && !(got != got && want != want) {
			t.Errorf("at %v: got %v, want %v", x, got, want)
		}
	}
}

// bigMath is the oracle: functions to more than 100 bits.
type bigMath struct{ r, term, d big.Float }

const bigPrec = 128

var bigLn2, _, _ = big.ParseFloat("0.693147180559945309417232121458176568075500134360255254120"+
	"680009493393621969694715605863", 10, 256, big.ToNearestEven)

// exp returns eˣ: with r = (x − n·ln 2)/64, the Taylor series of eʳ, squared six times, times 2ⁿ.
func (b *bigMath) exp(x float64) *big.Float {
	n := int(math.Round(x / math.Ln2))
	b.r.SetPrec(256).SetInt64(int64(-n))
	b.r.Mul(&b.r, bigLn2)
	b.r.Add(&b.r, b.term.SetPrec(256).SetFloat64(x))
	b.r.SetMantExp(&b.r, -6).SetPrec(bigPrec)
	sum := new(big.Float).SetPrec(bigPrec).SetInt64(1)
	b.term.SetPrec(bigPrec).SetInt64(1)
	for k := int64(1); k < 15; k++ { // 2⁻⁷·⁵·¹⁵/15! < 2⁻¹⁵⁰
		b.term.Mul(&b.term, &b.r)
		b.term.Quo(&b.term, b.d.SetPrec(64).SetInt64(k))
		sum.Add(sum, &b.term)
	}
	for range 6 {
		sum.Mul(sum, sum)
	}
	return sum.SetMantExp(sum, n)
}

// log returns log x for a positive x: with y its float64 value and d = x·e⁻ʸ − 1 tiny, y + d −
// d²/2.
func (b *bigMath) log(x float64) *big.Float {
	m, k := math.Frexp(x) // math.Log is wrong for subnormals on amd64 (Go 1.26)
	y := math.Log(m) + float64(k)*math.Ln2
	d := b.exp(-y)
	d.Mul(d, new(big.Float).SetFloat64(x))
	d.Sub(d, big.NewFloat(1))
	half := new(big.Float).SetMantExp(d, -1)
	d.Sub(d, half.Mul(half, d))
	return d.Add(d, new(big.Float).SetFloat64(y))
}

// ulps64 is the distance of got from want in units of the float64 grid at want.
func (b *bigMath) ulps64(got float64, want *big.Float) float64 {
	if got-got != 0 {
		return math.Inf(1)
	}
	if want.Sign() == 0 {
		return math.Abs(got) / 5e-324
	}
	exp := max(want.MantExp(nil)-1, -1022)
	b.d.SetPrec(bigPrec).SetFloat64(got)
	b.d.Sub(&b.d, want)
	e, _ := b.d.SetMantExp(&b.d, 52-exp).Float64()
	return math.Abs(e)
}
