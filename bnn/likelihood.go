package bnn

import (
	"fmt"

	"github.com/symvi/symvi/internal/ref"
)

// LikelihoodKind says what the outputs of a network mean.
type LikelihoodKind string

const (
	// LikelihoodSoftmax is that of classes.
	LikelihoodSoftmax LikelihoodKind = "softmax"
	// LikelihoodGaussian has a fixed noise.
	LikelihoodGaussian LikelihoodKind = "gaussian"
	// LikelihoodGaussianLearned has a noise that is learned, one for each target.
	LikelihoodGaussianLearned LikelihoodKind = "gaussian-learned"
	// LikelihoodGaussianHeteroscedastic has a noise that the network computes for every input.
	LikelihoodGaussianHeteroscedastic LikelihoodKind = "gaussian-heteroscedastic"
)

// DefaultNoiseStart is where a learned noise starts, in standard deviations of the target.
// From a wide start the likelihood is so weak at first that neurons are pruned and do not
// come back; from a narrow one the ELBO that is reached is higher (docs/math.md).
const DefaultNoiseStart = 0.05

// Likelihood says how outputs explain targets; Softmax and the functions that begin with
// Gaussian make one. All of them leave the likelihood unchanged under permutations of hidden
// neurons, because they see the network's outputs only.
// The zero value is Softmax.
type Likelihood struct {
	kind  LikelihoodKind // "" for softmax
	noise float64        // standard deviation: fixed, or where learning starts
}

// Softmax is the likelihood of classes: p(y|x, ω) = softmax(f_ω(x))_y.
func Softmax() Likelihood { return Likelihood{} }

// Gaussian is the likelihood of real targets with a fixed noise standard
// deviation, in the targets' units: y ~ N(f_ω(x), noise²).
func Gaussian(noise float64) Likelihood { return Likelihood{LikelihoodGaussian, noise} }

// GaussianLearned is y_j ~ N(f_ω(x)_j, σ_j²) with a standard deviation for each target that
// is learned by maximum likelihood of the ELBO (type II), from start on. L_VI is then a bound
// of log p(Y|X, σ) at the learned σ; at its fixed point σ_j² = E_q[Σ_i r_ij²]/N.
func GaussianLearned(start float64) Likelihood {
	return Likelihood{LikelihoodGaussianLearned, start}
}

// GaussianHeteroscedastic is y_j ~ N(f_ω(x)_j, σ_j(x)²) with σ_j = softplus(f_ω(x)_{T+j}): the
// network has 2T outputs for T targets. Its parameters have a prior and a posterior as all
// others have, so L_VI is a bound of the evidence. start is the σ of the first steps.
func GaussianHeteroscedastic(start float64) Likelihood {
	return Likelihood{LikelihoodGaussianHeteroscedastic, start}
}

// Kind is the likelihood's kind.
func (l Likelihood) Kind() LikelihoodKind {
	if l.kind == "" {
		return LikelihoodSoftmax
	}
	return l.kind
}

// IsSoftmax reports whether the likelihood is for classes.
func (l Likelihood) IsSoftmax() bool { return l.kind == "" }

// Noise is the Gaussian likelihood's standard deviation: of LikelihoodGaussian, or where
// learning starts. It is 0 for Softmax.
func (l Likelihood) Noise() float64 { return l.noise }

// Targets is the number of real targets of a network with so many outputs, 0 for classes.
func (l Likelihood) Targets(outputs int) int {
	switch l.kind {
	case "":
		return 0
	case LikelihoodGaussianHeteroscedastic:
		return outputs / 2
	}
	return outputs
}

// Outputs is the number of outputs that a network needs for so many classes or real targets.
func (l Likelihood) Outputs(targets int) int {
	if l.kind == LikelihoodGaussianHeteroscedastic {
		return 2 * targets
	}
	return targets
}

// String describes the likelihood in words.
func (l Likelihood) String() string {
	switch l.kind {
	case LikelihoodGaussian:
		return fmt.Sprintf("gaussian(noise %g)", l.noise)
	case LikelihoodGaussianLearned:
		return fmt.Sprintf("gaussian(learned noise from %g)", l.noise)
	case LikelihoodGaussianHeteroscedastic:
		return fmt.Sprintf("gaussian(noise of the input from %g)", l.noise)
	}
	return string(l.Kind())
}

// validate reports a likelihood that makes no sense for a network with so many outputs.
func (l Likelihood) validate(outputs int) error {
	switch l.kind {
	case "":
		return nil
	case LikelihoodGaussianHeteroscedastic:
		if outputs%2 != 0 {
			return fmt.Errorf("likelihood %s: the network has %d outputs, want two for each target: "+
				"a mean and a scale", l.kind, outputs)
		}
	case LikelihoodGaussian, LikelihoodGaussianLearned:
	default:
		return fmt.Errorf("likelihood %q: unknown; want %s, %s, %s or %s", l.kind, LikelihoodSoftmax,
			LikelihoodGaussian, LikelihoodGaussianLearned, LikelihoodGaussianHeteroscedastic)
	}
	return positive("noise standard deviation", l.noise)
}

// learned is the number of noise parameters beside ω, for so many outputs.
func (l Likelihood) learned(outputs int) int {
	if l.kind == LikelihoodGaussianLearned {
		return outputs
	}
	return 0
}

// startNoise is where the noise parameters of GaussianLearned start.
func (l Likelihood) startNoise(outputs int) []float32 {
	n := l.learned(outputs)
	if n == 0 {
		return nil
	}
	raw := make([]float32, n)
	for i := range raw {
		raw[i] = softplusInverse(l.noise)
	}
	return raw
}

// NoiseStds are the noise's standard deviations of all targets, if they depend on no input:
// fixed or learned ones, nil for the other likelihoods and a posterior that makes no sense.
func (q *Posterior) NoiseStds() []float64 {
	if q == nil || q.Model.Validate() != nil {
		return nil
	}
	outputs := q.Model.Network.outputs()
	if len(q.Noise) != q.Model.Likelihood.learned(outputs) {
		return nil
	}
	std := make([]float64, outputs)
	switch l := q.Model.Likelihood; l.kind {
	case LikelihoodGaussian:
		for i := range std {
			std[i] = l.noise
		}
	case LikelihoodGaussianLearned:
		for i, raw := range q.Noise {
			std[i] = max(float64(ref.Softplus(raw)), ref.SigmaMin)
		}
	default:
		return nil
	}
	return std
}
