package modes

import (
	"math"

	"github.com/symvi/symvi/internal/ref"
)

// unit is the problem along u with s = 1: KL( N(α/2 + c, σ²) ‖ ½N(0,1) + ½N(α,1) ), c the
// offset from the midpoint. Everything about a Target follows by scaling lengths by s.
type unit struct{ alpha float64 }

// jet holds the KL at a point and its first and second derivatives in (c, σ).
type jet struct{ kl, c, s, cc, cs, ss float64 }

// at computes
//
//	KL = ½(c² + σ² − 1) − log σ + α²/8 − E log cosh(a(c + σε)),  a = α/2, ε ~ N(0,1)
//
// because −log p(α/2 + t) = ½t² + α²/8 + ½ log 2π − log cosh(αt/2).
func (u unit) at(c, s float64) jet {
	a := u.alpha / 2
	m := expect(float64(a*c), float64(a*s))
	aa := float64(a * a)
	return jet{
		kl: float64(0.5*(float64(c*c)+float64(s*s)-1)) - ref.Log64(s) + float64(0.5*aa) - m.logCosh,
		c:  c - float64(a*m.tanh),
		s:  s - 1/s - float64(a*m.tanhE),
		cc: 1 - float64(aa*m.sech),
		cs: -float64(aa * m.sechE),
		ss: 1 + 1/float64(s*s) - float64(aa*m.sechEE),
	}
}

// slope is the norm of the gradient in (c, log σ).
func (j jet) slope(s float64) float64 { return math.Abs(j.c) + math.Abs(float64(s*j.s)) }

// det is the determinant of the Hessian.
func (j jet) det() float64 { return float64(j.cc*j.ss) - float64(j.cs*j.cs) }

// curvature is the Hessian's smallest eigenvalue.
func (j jet) curvature() float64 {
	d := float64(0.5 * (j.cc - j.ss))
	return float64(0.5*(j.cc+j.ss)) - math.Sqrt(float64(d*d)+float64(j.cs*j.cs))
}

// moments are expectations over ε ~ N(0,1) with z = p + bε.
type moments struct {
	logCosh     float64 // E log cosh z
	tanh, tanhE float64 // E tanh z, E ε tanh z
	sech        float64 // E sech² z
	sechE       float64 // E ε sech² z
	sechEE      float64 // E ε² sech² z
}

const (
	tail     = 9.5 // φ(9.5) = 1e-20
	coarsest = 0.125
	// The trapezoid rule's error is about e^(−2πw/h) when the integrand is analytic in |Im ε| <
	// w. The poles of tanh(p + bε) give w = π/2b, so h = 0.2/b makes it e^(−49): what remains
	// is the rounding of some thousand terms, about 1e-14.
	stepTimesSlope = 0.2
)

// expect integrates by the trapezoid rule, in pairs ±ε so that odd terms cancel exactly at p = 0.
func expect(p, b float64) (m moments) {
	h := coarsest
	if b > stepTimesSlope/coarsest {
		h = stepTimesSlope / b
	}
	m.add(p, 0, 1)
	total := 1.0
	for i := 1; ; i++ {
		e := float64(float64(i) * h)
		if e > tail {
			break
		}
		w := ref.Exp64(float64(-0.5 * e * e))
		total += 2 * w // normalising by the rule's own ∫φ spares √2π
		var pair moments
		pair.add(p+float64(b*e), e, 1)
		pair.add(p-float64(b*e), -e, 1)
		m.addScaled(pair, w)
	}
	var mean moments
	mean.addScaled(m, 1/total)
	return mean
}

// add adds the integrands at z, ε, times w.
func (m *moments) add(z, e, w float64) {
	q := ref.Exp64(-2 * math.Abs(z))
	t := math.Copysign((1-q)/(1+q), z)
	h := 4 * q / float64((1+q)*(1+q))
	m.addScaled(moments{
		logCosh: math.Abs(z) + (ref.Log64(1+q) - math.Ln2),
		tanh:    t, tanhE: float64(e * t),
		sech: h, sechE: float64(e * h), sechEE: float64(float64(e*e) * h),
	}, w)
}

func (m *moments) addScaled(o moments, w float64) {
	m.logCosh += float64(w * o.logCosh)
	m.tanh += float64(w * o.tanh)
	m.tanhE += float64(w * o.tanhE)
	m.sech += float64(w * o.sech)
	m.sechE += float64(w * o.sechE)
	m.sechEE += float64(w * o.sechEE)
}
