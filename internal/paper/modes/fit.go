package modes

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/internal/adam"
	"github.com/symvi/symvi/internal/ref"
)

// Run is the result of one stochastic optimisation: the last iterate.
type Run struct {
	Solution
	Estimate float64 `json:"kl_estimate"` // Monte-Carlo estimate of the KL from S fresh samples
	StdErr   float64 `json:"kl_stderr"`   // its standard error
	// the minimum to which exact gradients lead from the last iterate
	Limit Solution `json:"limit"`
}

// Fit minimises KL(q ‖ p) as the paper does: S reparametrised samples ω = μ + σ⊙ε a step, the
// total derivative of the sample mean of log q(ω) − log p(ω), Adam. The paper starts from Unit.
func (n *Noise) Fit(t Target, from Start) (Run, error) {
	if err := t.check(); err != nil {
		return Run{}, err
	}
	if t.Dim != n.dim {
		return Run{}, fmt.Errorf("modes: a target of %d dimensions, noise of %d", t.Dim, n.dim)
	}
	x := make([]adam.Normal, t.Dim)
	for k := range x {
		x[k] = adam.New(0, from.sd(t.Scale), n.options.Parameter)
	}
	for i := range n.options.Steps {
		dMean, dSD := n.gradient(t, i, x[0].Mean, x[0].SD)
		x[0].Step(dMean, dSD, n.options.LearningRate)
		for k := 1; k < t.Dim; k++ {
			dMean, dSD = t.acrossGradient(n.others[i][k-1], x[k].Mean, x[k].SD)
			x[k].Step(dMean, dSD, n.options.LearningRate)
		}
	}
	return n.finish(t, x), nil
}

// gradient is the sample gradient of the KL along u at step i:
//
//	∂/∂μ = ⟨g⟩,  ∂/∂σ = ⟨g·ε⟩ − 1/σ,
//	g = −∂log p/∂ω = t/s² − a·tanh(a·t),  t = μ − α/2 + σε,  a = α/2s²
func (n *Noise) gradient(target Target, i int, mean, sd float64) (dMean, dSD float64) {
	ss := float64(target.Scale * target.Scale)
	a := target.Separation / (2 * ss)
	c := mean - target.Separation/2
	t0, t1 := tanhSums(n.step(i), float64(a*c), float64(a*sd))
	count := float64(n.options.Samples)
	e := n.first[i]
	dMean = (c+float64(sd*e.mean))/ss - float64(a*(t0/count))
	dSD = (float64(c*e.mean)+float64(sd*e.square))/ss - float64(a*(t1/count)) - 1/sd
	return dMean, dSD
}

// tanhSums returns Σ tanh(p + bε) and Σ ε·tanh(p + bε).
func tanhSums(eps []float32, p, b float64) (t0, t1 float64) {
	for _, v := range eps {
		e := float64(v)
		z := p + float64(b*e)
		q := ref.Exp64(-2 * math.Abs(z))
		t := math.Copysign((1-q)/(1+q), z)
		t0 += t
		t1 += float64(e * t)
	}
	return t0, t1
}

// acrossGradient is the same for a coordinate in which p is N(0, s²): g = (μ + σε)/s².
func (t Target) acrossGradient(e summary, mean, sd float64) (dMean, dSD float64) {
	ss := float64(t.Scale * t.Scale)
	return (mean + float64(sd*e.mean)) / ss, (float64(mean*e.mean)+float64(sd*e.square))/ss - 1/sd
}

// finish measures the last iterate.
func (n *Noise) finish(t Target, x []adam.Normal) Run {
	p := t.point(x[0].Mean, x[0].SD)
	var square, logSD, kl float64
	for _, v := range x[1:] {
		square += float64(v.Mean * v.Mean)
		logSD += ref.Log64(v.SD)
		kl += acrossKL(v.Mean/t.Scale, v.SD/t.Scale)
	}
	offSD := t.Scale
	if t.Dim > 1 {
		offSD = ref.Exp64(logSD / float64(t.Dim-1))
	}
	run := Run{Solution: t.withOthers(p, math.Sqrt(square), offSD),
		Limit: t.solution(t.unit().descend(p))}
	run.KL += kl
	run.KLPerDim = run.KL / float64(t.Dim)
	run.Estimate, run.StdErr = n.estimate(t, x)
	return run
}

// acrossKL is KL( N(m, v²) ‖ N(0, 1) ).
func acrossKL(m, v float64) float64 {
	return float64(0.5*(float64(m*m)+float64(v*v)-1)) - ref.Log64(v)
}

// estimate averages log q(ω) − log p(ω) over S samples that no step has used.
func (n *Noise) estimate(t Target, x []adam.Normal) (mean, stderr float64) {
	samples := n.options.Samples
	terms := make([]float64, samples)
	buf := make([]float32, samples)
	key := n.options.key(n.options.Steps)
	for k, v := range x {
		key.Normals(buf, k*samples)
		for i, e := range buf {
			terms[i] += t.logRatio(k, v, float64(e))
		}
	}
	for _, v := range terms {
		mean += v
	}
	mean /= float64(samples)
	for _, v := range terms {
		stderr += float64((v - mean) * (v - mean))
	}
	return mean, math.Sqrt(stderr / float64(samples-1) / float64(samples))
}

// logRatio is coordinate k's part of log q(ω) − log p(ω) at ω = μ + σε.
func (t Target) logRatio(k int, v adam.Normal, e float64) float64 {
	q := -ref.Log64(v.SD/t.Scale) - float64(0.5*e*e)
	w := (v.Mean + float64(v.SD*e)) / t.Scale
	if k > 0 {
		return q + float64(0.5*w*w)
	}
	a := t.unit().alpha / 2
	w -= a
	z := math.Abs(float64(a * w))
	return q + float64(0.5*w*w) + float64(0.5*a*a) - (z + ref.Log64(1+ref.Exp64(-2*z)) - math.Ln2)
}
