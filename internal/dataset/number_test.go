package dataset

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestParseNumberRounds compares with strconv, which rounds correctly.
func TestParseNumberRounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[-+]?[0-9]{0,22}(\.[0-9]{0,22})?([eE][-+]?[0-9]{1,3})?`).Draw(t,
			"text")
		want, err := strconv.ParseFloat(text, 64)
		got, ok := parseNumber([]byte(text), '.')
		if ok != (err == nil) {
			t.Fatalf("%q: read %t, want %t (%v)", text, ok, err == nil, err)
		}
		if ok && got.value != want {
			t.Fatalf("%q: %v, want %v", text, got.value, want)
		}
		comma, ok := parseNumber([]byte(strings.Replace(text, ".", ",", 1)), ',')
		if ok != (err == nil) || ok && comma.value != want {
			t.Fatalf("%q with a comma: %v, want %v", text, comma.value, want)
		}
		if ok && got.exact {
			exact, _ := new(big.Rat).SetString(text)
			if own := big.NewRat(got.mantissa, intTens[got.scale]); own.Cmp(exact) != 0 {
				t.Fatalf("%q: exactly %v, want %v", text, own, exact)
			}
			again, ok := parseNumber([]byte(got.text()), '.')
			if !ok || again.minus(&got) != 0 || again.value != got.value {
				t.Fatalf("%q: written as %q, read as %+v", text, got.text(), again)
			}
		}
	})
}

// TestReadDigitsIsParseNumber checks the shortcut against the whole.
func TestReadDigitsIsParseNumber(t *testing.T) {
	r := &cellReader{decimal: '.'}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[-+]?[0-9]{0,20}(\.[0-9]{0,9})?x?`).Draw(t, "text")
		var c cell
		end := r.readDigits(&c, []byte(text+",1"), ',')
		if end == 0 {
			return // the whole is asked
		}
		want, ok := parseNumber([]byte(text), '.')
		if !ok || end != len(text) || c.number != want {
			t.Fatalf("%q: %+v up to %d, want %+v", text, c.number, end, want)
		}
	})
}

func TestParseNumberSpellings(t *testing.T) {
	for _, c := range []struct {
		text    string
		decimal byte
		want    float64
		ok      bool
	}{
		{"57,394", '.', 57394, true}, {"1,234,567.5", '.', 1234567.5, true}, {"-1,000", '.', -1000, true},
		{"57.394", ',', 57394, true}, {"0,346", ',', 0.346, true}, {"1.234,5", ',', 1234.5, true},
		{"57,39", '.', 0, false}, {"0,346", '.', 0, false}, {"1,2345", '.', 0, false}, {",123", '.', 0,
			false}, {"1.5,000", '.', 0, false},
		{"", '.', 0, false}, {"-", '.', 0, false}, {".", '.', 0, false}, {"e5", '.', 0, false}, {"1e999",
			'.', 0, false},
		{"inf", '.', 0, false}, {"NaN", '.', 0, false}, {"0x10", '.', 0, false}, {"1_000", '.', 0,
			false}, {"+3", '.', 3, true},
		{"1e2", '.', 100, true}, {"-0", '.', 0, true}, {"1e39", '.', 1e39, true}, {"5.", '.', 5,
			true}, {".5", '.', .5, true},
	} {
		got, ok := parseNumber([]byte(c.text), c.decimal)
		if ok != c.ok || ok && (got.value != c.want || math.Signbit(got.value) != (c.want < 0)) {
			t.Errorf("%q with %q: %v %t, want %v %t", c.text, c.decimal, got.value, ok, c.want, c.ok)
		}
	}
}

// TestMinusIsExact compares differences of decimals with those of big rationals, where they are
// within 2⁵³ units of the finer scale: at most 7 decimals, so below 9·10⁸.
func TestMinusIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (number, *big.Rat) {
			text := rapid.StringMatching(`-?[0-9]{1,9}(\.[0-9]{1,7})?`).Draw(t, name)
			n, ok := parseNumber([]byte(text), '.')
			r, _ := new(big.Rat).SetString(text)
			if !ok {
				t.Fatal(text)
			}
			return n, r
		}
		a, x := draw("a")
		b, y := draw("b")
		exact, _ := new(big.Rat).Sub(x, y).Float64()
		if math.Abs(exact) >= 9e8 {
			t.Skip("further apart")
		}
		if got := a.minus(&b); got != exact {
			t.Fatalf("%v − %v = %v, want %v", x, y, got, exact)
		}
	})
}

// TestOffsetChangesNoBit checks that a column, and a target, with an offset of 10⁹ times its spread
// is standardised to the same bits as without.
func TestOffsetChangesNoBit(t *testing.T) {
	table := func(offset int64) string {
		var b strings.Builder
		b.WriteString("a,y\n")
		for i := range 3000 { // more than a batch
			d := int64(i*i*7919%100003) - 50000
			sign, m := "", offset*1000+d
			if m < 0 {
				sign, m = "-", -m
			}
			fmt.Fprintf(&b, "%s%d.%03d,%s%d.%03d\n", sign, m/1000, m%1000, sign, m/1000, m%1000+0)
		}
		return b.String()
	}
	read := func(text string) *Split {
		s, err := ReadTable(writeFile(t, "t.csv", text), Options{Target: "y", Only: "a", Fold: -1})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a, b := read(table(0)), read(table(30_000_000_000))
	if !equalBits(a.Train.X, b.Train.X) || !equalBits(a.Train.Y, b.Train.Y) ||
		!equalBits(a.Test.X, b.Test.X) || !equalBits(a.Test.Y, b.Test.Y) {
		t.Error("the offset changes the standardised values")
	}
	_, std := a.TargetScale()
	mean, std2 := b.TargetScale()
	if std[0] != std2[0] || !(math.Abs(mean[0]-3e10) < 100) {
		t.Errorf("std %v and %v, mean %v", std, std2, mean)
	}
}

// TestQuotient compares quotients of integers, also those half way between two float64, with the
// nearest float64 to the big rational.
func TestQuotient(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Uint64Range(1, math.MaxInt64).Draw(t, "a")
		b := rapid.Uint64Range(1, math.MaxInt64).Draw(t, "b")
		if rapid.Bool().Draw(t, "half way") {
			a = a | 1<<62 | 1<<8
			a, b = a&^(1<<8-1), 1<<rapid.IntRange(0, 62).Draw(t, "power")
		}
		want, _ := new(big.Rat).SetFrac(new(big.Int).SetUint64(a), new(big.Int).SetUint64(b)).Float64()
		if got := quotient(a, b); got != want {
			t.Fatalf("%d/%d: got %v, want %v", a, b, got, want)
		}
	})
}

// TestDecimalValue holds the values of decimals against package strconv: of any digits, and of
// those nearest to the middle between two float64, where rounding is hardest.
func TestDecimalValue(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	check := func(mantissa uint64, scale uint8) {
		want, err := strconv.ParseFloat(fmt.Sprintf("%de-%d", mantissa, scale), 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := decimalValue(mantissa, scale); got != want {
			t.Fatalf("%d/10^%d: got %v, want %v", mantissa, scale, got, want)
		}
	}
	for range 20_000 {
		scale := uint8(random.IntN(maxScale + 1))
		check(random.Uint64()>>1>>random.IntN(20), scale)
		x := math.Ldexp(1+random.Float64(), random.IntN(20)-10)
		middle := new(big.Float).SetPrec(200).Add(big.NewFloat(x), big.NewFloat(math.Nextafter(x, 1e9)))
		nearest, _ := middle.Mul(middle, big.NewFloat(tens[scale]/2)).Uint64()
		for m := max(nearest, 2) - 2; m <= nearest+2 && m < 1<<63; m++ {
			check(m, scale)
		}
	}
}
