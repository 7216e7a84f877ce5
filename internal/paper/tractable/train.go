package tractable

import (
	"iter"

	"github.com/symvi/symvi/internal/adam"
	"github.com/symvi/symvi/internal/ref"
)

// start draws q's initial means.
func (s Settings) start(seed uint64) Gaussian {
	key := ref.Key{Seed: seed, Stream: streamInit}
	var q Gaussian
	for k := range q.Mu {
		q.Mu[k] = float64(s.InitMeanStd * float64(key.Normal(k)))
		q.Sigma[k] = s.InitStd
	}
	return q
}

// train maximises L̂^K = (N/M)(1/S) Σ log p(Y_B|X_B, ω) − KL(q ‖ p) + I over minibatches B of M
// points with Adam, σ through softplus. Data order and noise depend on the seed only.
func (s Settings) train(x []float64, alpha float64, m Method, seed uint64) Gaussian {
	q := s.start(seed)
	var free [2]adam.Normal
	for k := range free {
		free[k] = adam.New(q.Mu[k], q.Sigma[k], adam.Softplus)
	}
	order := make([]int32, s.N)
	batch := make([]float64, s.Batch)
	step := uint32(0)
	for epoch := range s.Epochs {
		ref.Key{Seed: seed, Stream: streamShuffle, Step: uint32(epoch)}.Permutation(order, 0)
		for lo := 0; lo < s.N; lo += s.Batch {
			for i := range batch {
				batch[i] = x[order[lo+i]]
			}
			e := noise(s.Samples, ref.Key{Seed: seed, Stream: streamNoise, Step: step})
			dMean, dSD := s.gradient(q, sumSides(batch), alpha, e, m.swaps(seed, step))
			for k := range free {
				free[k].Step(dMean[k], dSD[k], s.LearningRate)
				q.Mu[k], q.Sigma[k] = free[k].Mean, free[k].SD
			}
			step++
		}
	}
	return q
}

// swaps says of sample i of a step whether its estimate of log q^G includes the exchange.
func (m Method) swaps(seed uint64, step uint32) func(i int) bool {
	return func(i int) bool {
		if m != SGMUniform {
			return m == SGM
		}
		var p [2]int32
		ref.Key{Seed: seed, Stream: streamSwap, Step: step}.Permutation(p[:], uint32(i))
		return p[0] == 1
	}
}

// gradient is the derivative of the loss −L̂^K by means and standard deviations.
func (s Settings) gradient(q Gaussian, b sides, alpha float64, e iter.Seq2[int, [2]float64],
	swaps func(i int) bool) (dMean, dSD [2]float64) {
	scale := float64(s.N) / float64(s.Batch) / float64(s.Noise*s.Noise)
	samples := 0.0
	for i, eps := range e {
		samples++
		w := q.sample(eps)
		g := b.gradient(alpha, w)
		path := q.path(w, eps, swaps(i))
		for k := range w {
			d := float64(scale*g[k]) + path[k]
			dMean[k] -= d
			dSD[k] -= float64(d * eps[k])
		}
	}
	prior := float64(s.PriorStd * s.PriorStd)
	for k := range q.Mu {
		dMean[k] = dMean[k]/samples + q.Mu[k]/prior
		dSD[k] = dSD[k]/samples + q.Sigma[k]/prior - 1/q.Sigma[k]
	}
	return dMean, dSD
}

// path is ∂I/∂ω at ω = μ + σ⊙ε, differentiated through ω only ("sticking the landing"; the
// score term it drops has zero mean), for I = log q(ω) − log ½(q(ω) + q(ω')):
//
//	∂I/∂ω_k = −ε_k/σ_k + (1 − p)·ε_k/σ_k + p·(ω_k − μ_j)/σ_j²,  j = 1 − k,  p = q(ω')/(q(ω) + q(ω')).
//
// Without the exchange I is 0.
func (q Gaussian) path(w, e [2]float64, swap bool) (g [2]float64) {
	if !swap {
		return g
	}
	p := 1 / (1 + ref.Exp64(-q.swapGain(w)))
	for k := range w {
		j := 1 - k
		g[k] = float64(p * ((w[k]-q.Mu[j])/float64(q.Sigma[j]*q.Sigma[j]) - e[k]/q.Sigma[k]))
	}
	return g
}
