package modes

import (
	"math"
	"testing"

	"github.com/symvi/symvi/internal/adam"
	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/internal/ref"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g ± %.2g", what, got, want, tolerance)
	}
}

// With α = 0 the target is Gaussian: KL = ½(c² + σ² − 1) − log σ.
func TestKLGaussian(t *testing.T) {
	for _, c := range []float64{-2, 0, 0.5} {
		for _, s := range []float64{0.1, 1, 3} {
			j := unit{0}.at(c, s)
			near(t, "KL", j.kl, 0.5*(c*c+s*s-1)-math.Log(s), 1e-14)
			near(t, "∂c", j.c, c, 1e-14)
			near(t, "∂σ", j.s, s-1/s, 1e-14)
		}
	}
}

// q on one of two modes far apart misses half of the target: log 2.
func TestKLFarModes(t *testing.T) {
	near(t, "KL", unit{60}.at(-30, 1).kl, math.Ln2, 5e-12)
	p := must.Get(Solve(Target{Scale: 0.5, Separation: 10, Dim: 5}))(t)
	near(t, "KL at the mode", p.Mode.KL, math.Ln2, 1e-12)
	near(t, "its fifth", p.Mode.KLPerDim, 0.138629436, 1e-9)
	near(t, "det Σ", p.Mode.Det, math.Pow(0.25, 5), 1e-12)
}

// The trapezoid rule against an independent one: Simpson's with the densities themselves, at
// ten times as many points.
func TestKLSimpson(t *testing.T) {
	for _, c := range []struct {
		alpha, c, s float64
	}{{1, -0.3, 1}, {5, -2.4, 1.2}, {5, 0, 2.39}, {12, 0, 5}, {12, -6, 1}, {12, -3, 0.2}} {
		const n = 200_000
		h := 24.0 / n
		var sum float64
		for i := range n + 1 {
			e := -12 + h*float64(i)
			x := c.alpha/2 + c.c + c.s*e
			logP := -0.5*x*x + math.Log(0.5+0.5*math.Exp(c.alpha*x-0.5*c.alpha*c.alpha))
			if x > c.alpha/2 {
				y := x - c.alpha
				logP = -0.5*y*y + math.Log(0.5+0.5*math.Exp(-c.alpha*y-0.5*c.alpha*c.alpha))
			}
			w := []float64{2, 4}[i%2]
			if i == 0 || i == n {
				w = 1
			}
			sum += w * math.Exp(-0.5*e*e) * (-0.5*e*e - math.Log(c.s) - logP)
		}
		near(t, "KL", unit{c.alpha}.at(c.c, c.s).kl, sum*h/3/math.Sqrt(2*math.Pi), 1e-11)
	}
}

func TestDerivatives(t *testing.T) {
	const d = 1e-5
	for _, c := range []struct {
		alpha, c, s float64
	}{{0.5, 0.1, 1}, {5, -2.4, 1.2}, {5, 0.7, 2.39}, {12, -2, 4}} {
		u := unit{c.alpha}
		j := u.at(c.c, c.s)
		cu, cd := u.at(c.c+d, c.s), u.at(c.c-d, c.s)
		su, sd := u.at(c.c, c.s+d), u.at(c.c, c.s-d)
		for _, g := range []struct {
			name      string
			got, want float64
		}{
			{"∂c", j.c, (cu.kl - cd.kl) / (2 * d)}, {"∂σ", j.s, (su.kl - sd.kl) / (2 * d)},
			{"∂c∂c", j.cc, (cu.c - cd.c) / (2 * d)}, {"∂c∂σ", j.cs, (cu.s - cd.s) / (2 * d)},
			{"∂σ∂c", j.cs, (su.c - sd.c) / (2 * d)}, {"∂σ∂σ", j.ss, (su.s - sd.s) / (2 * d)},
		} {
			near(t, g.name, g.got, g.want, 1e-8)
		}
	}
}

// 4.824 s and 5.600 s at every scale: the first is where the paper's "α* ≈ 5 s" comes from.
func TestThresholds(t *testing.T) {
	for _, s := range PaperScales() {
		th := must.Get(FindThresholds(s))(t)
		t.Logf("s = %v: fold %.7f s, switch %.7f s, residual %.1e; at the fold ‖μ‖/α = %.4f, σ = "+
			"%.4f s", s, th.Fold/s, th.Switch/s,
			th.Residual, th.AtFold.Ratio, th.AtFold.SD/s)
		near(t, "fold", th.Fold/s, 4.824, 5e-4)
		near(t, "switch", th.Switch/s, 5.600, 5e-4)
		near(t, "residual", th.Residual, 0, 1e-9)
		near(t, "the two KLs at the switch", th.SwitchMode.KL, th.SwitchMidpoint.KL, 1e-9)
	}
}

// The fold is where the minimum beside the mode appears, the switch where it becomes the global
// one.
func TestThresholdsSeparate(t *testing.T) {
	th := must.Get(FindThresholds(1))(t)
	for _, c := range []struct {
		alpha        float64
		mode, global bool
	}{{th.Fold - 1e-4, false, false}, {th.Fold + 1e-4, true, false},
		{th.Switch - 1e-6, true, false}, {th.Switch + 1e-6, true, true}} {
		p := must.Get(Solve(Target{1, c.alpha, PaperDim}))(t)
		if (p.Mode != nil) != c.mode || (p.Global.Ratio < sideRatio) != c.global {
			t.Errorf("α = %v: mode-side minimum %+v, global %+v", c.alpha, p.Mode, p.Global)
		}
	}
}

func TestMidpointStaysMinimum(t *testing.T) {
	last := 1.0
	for alpha := 0.25; alpha <= 12; alpha += 0.25 {
		p := must.Get(Solve(Target{1, alpha, PaperDim}))(t)
		if !p.MidpointMinimum || !(p.Curvature < last) {
			t.Errorf("α = %v: the midpoint's curvature is %v, after %v", alpha, p.Curvature, last)
		}
		last = p.Curvature
	}
	t.Logf("the smallest eigenvalue at α = 12 is %.4f", last)
}

func TestScaleInvariance(t *testing.T) {
	for _, alpha := range []float64{1, 4.9, 5.5, 8} {
		want := must.Get(Solve(Target{1, alpha, 1}))(t)
		for _, s := range []float64{0.25, 2, 0.3} {
			got := must.Get(Solve(Target{s, alpha * s, 3}))(t)
			near(t, "midpoint σ", got.Midpoint.SD/s, want.Midpoint.SD, 1e-9)
			near(t, "global KL", got.Global.KL, want.Global.KL, 1e-12)
			near(t, "global μ/α", got.Global.Ratio, want.Global.Ratio, 1e-9)
			near(t, "det Σ", got.Global.Det, math.Pow(s, 4)*math.Pow(got.Global.SD, 2), 1e-12)
		}
	}
}

// Without noise the start N(0, s²I) jumps at the fold at every scale; the paper's N(0, I) does
// not where s < 1.
func TestExactJump(t *testing.T) {
	th := must.Get(FindThresholds(1))(t)
	for _, s := range PaperScales() {
		scaled := must.Get(ExactJump(Paper(), s, Scaled))(t)
		near(t, "α*/s", scaled.Alpha/s, th.Fold, jumpWidth)
		wide := must.Get(ExactJump(Paper(), s, Unit))(t)
		t.Logf("s = %v: α* = %.3f s from N(0, s²I), %.3f s from N(0, I)", s, scaled.Alpha/s, wide.Alpha/s)
		if late := wide.Alpha/s > th.Fold+0.1; late != (s < 1) {
			t.Errorf("s = %v: α* = %v s from N(0, I)", s, wide.Alpha/s)
		}
	}
}

// With u = (1, …, 1)/√5 the KL gains four times ½(σ² − 1) − log σ in units of s, and the jump
// is gone.
func TestDirectionOfU(t *testing.T) {
	ratio := func(alpha, others float64) float64 {
		u := unit{alpha}
		x := adam.New(0, 1, adam.LogSigma)
		for range paperSteps {
			p := Target{1, alpha, 1}.point(x.Mean, x.SD)
			j := u.at(p.c, p.s)
			x.Step(j.c, j.s+others*(p.s-1/p.s), 1e-2)
		}
		return x.Mean / alpha
	}
	widest := func(others, from float64) (gap float64) {
		last := ratio(from, others)
		for k := range 10 {
			r := ratio(from+0.02*float64(k+1), others)
			gap = math.Max(gap, math.Abs(r-last))
			last = r
		}
		return gap
	}
	axis, oblique := widest(0, 4.7), widest(PaperDim-1, 3.2)
	t.Logf("largest change of ‖μ‖/α per 0.02 s: %.3f along an axis, %.3f oblique", axis, oblique)
	if !(axis > 0.4) || !(oblique < 0.1) {
		t.Errorf("‖μ‖/α changes by up to %v and %v", axis, oblique)
	}
}

func quickNoise(t *testing.T, dim int) *Noise {
	t.Helper()
	n := must.Get(Draw(Quick(), dim))(t)
	return n
}

// The averages behind the off-axis coordinates give the same gradient as the samples do one by one.
func TestAcrossGradient(t *testing.T) {
	n := quickNoise(t, 3)
	target := Target{0.5, 2, 3}
	const step, k, mean, sd = 7, 2, 0.3, 0.8
	samples := n.options.Samples
	var wantMean, wantSD float64
	for i := range samples {
		e := float64(n.options.key(step).Normal(k*samples + i))
		g := (mean + sd*e) / 0.25
		wantMean += g / float64(samples)
		wantSD += g * e / float64(samples)
	}
	dMean, dSD := target.acrossGradient(n.others[step][k-1], mean, sd)
	near(t, "∂μ", dMean, wantMean, 1e-12)
	near(t, "∂σ", dSD, wantSD-1/sd, 1e-12)
}

// The sample gradient along u is unbiased: its mean over all steps is the quadrature's within
// four standard errors.
func TestGradientUnbiased(t *testing.T) {
	n := quickNoise(t, 1)
	target := Target{2, 10, 1}
	mean, sd := 1.3, 2.9
	p := target.point(mean, sd)
	exact := target.unit().at(p.c, p.s)
	steps := n.options.Steps
	var sum, square [2]float64
	for i := range steps {
		a, b := n.gradient(target, i, mean, sd)
		for k, g := range []float64{a, b} {
			sum[k] += g
			square[k] += g * g
		}
	}
	for k, want := range []float64{exact.c / target.Scale, exact.s / target.Scale} {
		m := sum[k] / float64(steps)
		stderr := math.Sqrt((square[k]/float64(steps) - m*m) / float64(steps))
		t.Logf("gradient %d: %.5f ± %.5f, quadrature %.5f", k, m, stderr, want)
		if !(math.Abs(m-want) < 4*stderr) || !(stderr < 0.01) {
			t.Errorf("gradient %d: %v ± %v, want %v", k, m, stderr, want)
		}
	}
}

func TestFit(t *testing.T) {
	n := quickNoise(t, PaperDim)
	for _, c := range []struct{ scale, alpha float64 }{{1, 2}, {1, 8}, {0.25, 1}, {2, 9}, {2, 25}} {
		target := Target{c.scale, c.alpha, PaperDim}
		r := must.Get(n.Fit(target, Unit))(t)
		p := must.Get(Solve(target))(t)
		near(t, "‖μ‖/α", r.Ratio, p.Reached.Ratio, 0.05)
		near(t, "σ/s", r.SD/c.scale, p.Reached.SD/c.scale, 0.1)
		near(t, "other σ/s", r.OffSD/c.scale, 1, 0.05)
		near(t, "KL", r.KL, p.Reached.KL, 0.02)
		near(t, "limit", r.Limit.KL, p.Reached.KL, 1e-9)
		near(t, "the estimate's error in standard errors", (r.Estimate-r.KL)/r.StdErr, 0, 4)
	}
}

// The stochastic α* is within 2 % of the fold from N(0, s²I) at every scale, from the paper's
// N(0, I) where s ≥ 1.
func TestJump(t *testing.T) {
	n := quickNoise(t, PaperDim)
	th := must.Get(FindThresholds(1))(t)
	for _, s := range PaperScales() {
		for _, from := range []Start{Scaled, Unit} {
			j := must.Get(n.Jump(s, from))(t)
			t.Logf("s = %v from %v: α* = %.3f s, by the limit %.3f s, %d runs", s, from, j.Alpha/s,
				j.LimitAlpha/s, j.Runs)
			if from == Scaled || s >= 1 {
				near(t, "α*/s", j.Alpha/s, th.Fold, 0.02*th.Fold)
			}
		}
	}
}

func TestDeterminism(t *testing.T) {
	target := Target{0.5, 3, 2}
	a, errA := quickNoise(t, 2).Fit(target, Unit)
	b, errB := quickNoise(t, 2).Fit(target, Unit)
	if errA != nil || errB != nil || a != b {
		t.Errorf("%+v (%v) and %+v (%v)", a, errA, b, errB)
	}
	o := Quick()
	o.Seed = 1
	other := must.Get(Draw(o, 2))(t)
	if c, err := other.Fit(target, Unit); err != nil || c.Mean == a.Mean {
		t.Errorf("another seed gives the same mean %v (%v)", c.Mean, err)
	}
}

// More dimensions leave the noise along u as it is.
func TestNoiseAlong(t *testing.T) {
	o := Options{Samples: 70, Steps: 3, LearningRate: 1}
	for _, dim := range []int{1, 4} {
		n := must.Get(Draw(o, dim))(t)
		for i, got := range n.step(2) {
			want := ref.Key{Stream: noiseStream, Step: 2}.Normal(i)
			if got != want {
				t.Errorf("%d dimensions: sample %d is %v, want %v", dim, i, got, want)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, target := range []Target{{0, 1, 1}, {1, -1, 1}, {1, math.NaN(), 1}, {math.NaN(), 1, 1},
		{1, 1, 0}} {
		if _, err := Solve(target); err == nil {
			t.Errorf("Solve took %+v", target)
		}
	}
	if _, err := Draw(Options{Samples: 1, Steps: 1, LearningRate: 1}, 1); err == nil {
		t.Error("Draw took a single sample")
	}
	if _, err := quickNoise(t, 2).Fit(Target{1, 1, 3}, Unit); err == nil {
		t.Error("Fit took a target of another dimension")
	}
	if _, err := FindThresholds(0); err == nil {
		t.Error("FindThresholds took the scale 0")
	}
	if _, err := ExactJump(Paper(), -1, Unit); err == nil {
		t.Error("ExactJump took the scale −1")
	}
}

// Frozen: every platform gives these bits.
func TestKnownBits(t *testing.T) {
	r := must.Get(quickNoise(t, 2).Fit(Target{0.5, 2, 2}, Unit))(t)
	th := must.Get(FindThresholds(1))(t)
	for _, c := range []struct {
		name string
		got  float64
		want uint64
	}{
		{"mean", r.Mean, 0x3fef91e81d2454c5}, {"off σ", r.OffSD, 0x3fe039b1a9d29a78},
		{"KL", r.KL, 0x3fcd12c035c36994},
		{"estimate", r.Estimate, 0x3fcc05758a0a3153}, {"limit", r.Limit.SD, 0x3ff0604686f323fc},
		{"fold", th.Fold, 0x40134c3f182a6d2d}, {"switch", th.Switch, 0x4016669181750c74},
	} {
		if math.Float64bits(c.got) != c.want {
			t.Errorf("%s has bits %#x, want %#x", c.name, math.Float64bits(c.got), c.want)
		}
	}
}
