package bnn

import "fmt"

// Likelihood says how outputs explain targets: Softmax or Gaussian.
type Likelihood struct {
	noise float64 // 0 for softmax
}

// Softmax is the likelihood of classes: p(y|x, ω) = softmax(f_ω(x))_y.
func Softmax() Likelihood { return Likelihood{} }

// Gaussian is the likelihood of real targets with a fixed noise standard
// deviation, in the targets' units: y ~ N(f_ω(x), noise²).
func Gaussian(noise float64) Likelihood { return Likelihood{noise: noise} }

// IsSoftmax reports whether the likelihood is for classes.
func (l Likelihood) IsSoftmax() bool { return l.noise == 0 }

// Noise is the Gaussian likelihood's standard deviation, 0 for Softmax.
func (l Likelihood) Noise() float64 { return l.noise }

func (l Likelihood) String() string {
	if l.IsSoftmax() {
		return "softmax"
	}
	return fmt.Sprintf("gaussian(noise %g)", l.noise)
}

func (l Likelihood) validate() error {
	if l.IsSoftmax() {
		return nil
	}
	return positive("noise standard deviation", l.noise)
}
