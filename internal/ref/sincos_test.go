package ref

import (
	"math"
	"testing"
)

func TestSinCos2Pi(t *testing.T) {
	w := sweep(4, func(w uint32) [4]float64 {
		// The oracle needs the exact reduction too: 2π·w/2³² in float64 has lost the zeros.
		q := (w + 1<<29) >> 30
		sin, cos := math.Sincos(float64(int32(w-q<<30)) * (math.Pi / 0x1p31))
		for range q % 4 {
			sin, cos = cos, -sin
		}
		s, c := SinCos2Pi(w)
		return [4]float64{
			ulpsOrZero(s, sin), math.Abs(float64(s) - sin),
			ulpsOrZero(c, cos), math.Abs(float64(c) - cos),
		}
	})
	for i, c := range []struct {
		name  string
		limit float64
	}{{"ulp of sin", 2.4}, {"absolute of sin", math.Exp2(-23.4)}, {"ulp of cos", 2.4},
		{"absolute of cos", math.Exp2(-23.4)}} {
		t.Logf("worst error %.4g %s, at %#x", w[i].err, c.name, w[i].at)
		if !(w[i].err <= c.limit) {
			t.Errorf("worst error %.4g > %v %s", w[i].err, c.limit, c.name)
		}
	}
}

// ulpsOrZero is ulps32 without regard to the sign of a zero.
func ulpsOrZero(got float32, want float64) float64 {
	if got == 0 && want == 0 {
		return 0
	}
	return ulps32(got, want)
}
