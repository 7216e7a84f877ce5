package score

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// oraclePrecision outlasts the cancellation of e^x² in the Taylor series of erfc(x), and
// leaves 200 bits of a result of e^−x².
func oraclePrecision(x float64) uint { return 200 + uint(3*x*x) }

// erfcBig is erfc(x), x ≥ 0, to some 60 digits: its Taylor series.
func erfcBig(x float64) *big.Float {
	prec := oraclePrecision(x)
	newFloat := func() *big.Float { return new(big.Float).SetPrec(prec) }
	square := newFloat().SetFloat64(x)
	square.Mul(square, square)
	term, sum := newFloat().SetFloat64(x), newFloat().SetFloat64(x)
	for k := int64(1); k < 20000; k++ { // term is (−1)ᵏx²ᵏ⁺¹/k!
		term.Mul(term, square)
		term.Quo(term, newFloat().SetInt64(-k))
		sum.Add(sum, newFloat().Quo(term, newFloat().SetInt64(2*k+1)))
		if term.Sign() == 0 || term.MantExp(nil) < -int(prec) {
			break
		}
	}
	pi := bigPi(prec)
	sum.Mul(sum, newFloat().SetInt64(2))
	sum.Quo(sum, newFloat().Sqrt(pi))
	return newFloat().Sub(newFloat().SetInt64(1), sum)
}

// bigPi is π by Machin's formula 16 arctan(1/5) − 4 arctan(1/239).
func bigPi(prec uint) *big.Float {
	arctan := func(n int64) *big.Float {
		sum := new(big.Float).SetPrec(prec)
		power := new(big.Float).SetPrec(prec).Quo(big.NewFloat(1), big.NewFloat(float64(n)))
		for k := int64(0); power.Sign() != 0 && power.MantExp(nil) > -int(prec)-10; k++ {
			term := new(big.Float).SetPrec(prec).Quo(power, new(big.Float).SetInt64(2*k+1))
			if k%2 == 1 {
				term.Neg(term)
			}
			sum.Add(sum, term)
			power.Quo(power, new(big.Float).SetPrec(prec).SetInt64(n*n))
		}
		return sum
	}
	a, b := arctan(5), arctan(239)
	a.Mul(a, big.NewFloat(16))
	return a.Sub(a, b.Mul(b, big.NewFloat(4)))
}

func TestNormal(t *testing.T) {
	for _, c := range []struct {
		name         string
		normal       func(z float64) (cdf, density float64)
		cdf, density float64 // bounds of the relative errors
	}{{"Cody", Normal, 0x1p-49, 0x1p-50}, {"series", normal, 0x1p-49, 1e-9}} {
		t.Run(c.name, func(t *testing.T) { testNormal(t, c.normal, c.cdf, c.density) })
	}
}

func testNormal(t *testing.T, normal func(z float64) (cdf, density float64),
	boundCDF, boundDensity float64) {
	if pi, _ := bigPi(200).Float64(); pi != math.Pi {
		t.Fatalf("the oracle's π is %v", pi)
	}
	worstCDF, worstDensity, at := 0.0, 0.0, 0.0
	check := func(z float64) {
		cdf, density := normal(z)
		prec := oraclePrecision(z)
		x := new(big.Float).SetPrec(prec).SetFloat64(math.Abs(z))
		x.Quo(x, new(big.Float).SetPrec(prec).Sqrt(new(big.Float).SetPrec(prec).SetInt64(2)))
		rounded, _ := x.Float64()
		// erfc at the rounded x, moved by its derivative to the exact one
		want := erfcBig(rounded)
		d, _ := new(big.Float).Sub(x, new(big.Float).SetFloat64(rounded)).Float64()
		slope := -2 / math.Sqrt(math.Pi) * math.Exp(-rounded*rounded) * d * (1 - rounded*d)
		want.Add(want, big.NewFloat(slope))
		want.Quo(want, big.NewFloat(2))
		if z > 0 {
			want.Sub(new(big.Float).SetPrec(prec).SetInt64(1), want)
		}
		diff := new(big.Float).SetPrec(prec).SetFloat64(cdf)
		diff.Sub(diff, want)
		diff.Quo(diff, want)
		e, _ := diff.Float64()
		if e = math.Abs(e); !(e <= worstCDF) {
			worstCDF, at = e, z
		}
		exact := new(big.Float).SetPrec(200).SetFloat64(z)
		exact.Mul(exact, exact)
		high, _ := exact.Float64()
		low, _ := new(big.Float).Sub(exact, big.NewFloat(high)).Float64()
		phi := math.Exp(-high/2) * (1 - low/2) / math.Sqrt(2*math.Pi)
		if e := math.Abs(density-phi) / phi; !(e <= worstDensity) {
			worstDensity = e
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, z := range []float64{0, 1e-300, 0.67448975, 0.674489751, 5.65685425, 5.65685424, 8, 37} {
		check(z)
		check(-z)
	}
	for range 100 {
		check(random.NormFloat64() * 2)
		check(random.Float64()*17 - 8.5)
		check((float64(random.IntN(256)) - 127.5) / 16) // halfway between the points of the series
		check(random.Float64()*74 - 37)
	}
	t.Logf("worst relative error %.3g of the distribution function at %v, %.3g of the density",
		worstCDF, at, worstDensity)
	if !(worstCDF <= boundCDF) || !(worstDensity <= boundDensity) {
		t.Errorf("relative errors %g and %g, want at most %g and %g", worstCDF, worstDensity, boundCDF,
			boundDensity)
	}
}

func TestNormalAtTheEnds(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range [][3]float64{
		{inf, 1, 0}, {-inf, 0, 0}, {nan, nan, nan}, {1e200, 1, 0}, {-1e200, 0, 0}, {-40, 0, 0},
		{40, 1, 0},
	} {
		cdf, density := Normal(c[0])
		same := func(a, b float64) bool { return a == b || a != a && b != b }
		if !same(cdf, c[1]) || !same(density, c[2]) {
			t.Errorf("at %v: %v and %v, want %v and %v", c[0], cdf, density, c[1], c[2])
		}
	}
}

// The same sums of bits on every platform: Go may fuse multiply-adds on arm64 that are not
// rounded explicitly. CI runs this test under qemu-user too.
func TestKnownBits(t *testing.T) {
	var h uint64 = 14695981039346656037
	add := func(x float64) { h = (h ^ math.Float64bits(x)) * 1099511628211 }
	m, y := randomMixture(rand.New(rand.NewPCG(3, 4)), 40, 0.1)
	for z := -38.0; z < 38; z += 0.37 {
		cdf, density := Normal(z)
		add(cdf)
		add(density)
		add(m.CDF(z))
		add(m.LogDensity(z))
	}
	for _, p := range []float64{1e-9, 0.025, 0.5, 0.9, 0.999} {
		add(quantile(m, p))
	}
	add(m.CRPS(y))
	add(m.spreadByIntegral(m.nodes()))
	add(m.spreadByPairs())
	mean, model, noise := m.Moments()
	add(mean)
	add(model)
	add(noise)
	c := randomClasses(rand.New(rand.NewPCG(5, 6)), 100, 3)
	for _, score := range []func() (value, se float64){c.Accuracy, c.BalancedAccuracy,
		c.Brier, c.ECE} {
		value, se := score()
		add(value)
		add(se)
	}
	const want = 0xcdcfde21d0d62b54
	if h != want {
		t.Errorf("the digest of all results is %#x, want %#x", h, uint64(want))
	}
}
