// Package tractable holds the two-parameter posterior of Gelberg et al. (2024), Figure 4 and
// Tables 2 and 3: the network f(x) = ReLU(w₁x) + ReLU(w₂x), whose only symmetry is the exchange
// of w₁ and w₂, on the data y = α|x|.
//
// Everything about it is a two-dimensional integral, so beside the paper's estimates there are
// exact divergences to the true posterior. KLs, likelihoods and bounds are in nats. Results are
// a pure function of the arguments, the same on every platform.
package tractable

import (
	"fmt"
	"math"
)

// Settings are the experiment's; the paper states N, Batch, Epochs, LearningRate, TestSamples,
// BoundSamples, BoundPermutations and Range, and leaves the others open.
type Settings struct {
	Noise        float64 `json:"noise"`         // sd of the Gaussian likelihood; the data have none
	PriorStd     float64 `json:"prior_std"`     // of both weights
	InitMeanStd  float64 `json:"init_mean_std"` // μ₀ ~ N(0, InitMeanStd²)
	InitStd      float64 `json:"init_std"`      // σ₀
	LearningRate float64 `json:"learning_rate"` // of Adam
	Range        float64 `json:"range"`         // x ~ U[−Range, Range]
	N            int     `json:"n"`             // points to train on, and as many to test on
	Batch        int     `json:"batch"`         // divides N
	Epochs       int     `json:"epochs"`        //
	Samples      int     `json:"samples"`       // S, weight samples per step
	TestSamples  int     `json:"test_samples"`  // behind the mean prediction
	BoundSamples int     `json:"bound_samples"` // weight samples behind the ELBO estimates
	// K of the L^G estimate, the identity included
	BoundPermutations int `json:"bound_permutations"`
	// leave −½ log 2πσ² out of the ELBO estimates
	DropConstants bool    `json:"drop_constants"`
	Normalizer    float64 `json:"normaliser"` // divides the ELBO estimates; 0 stands for N
}

// Paper are the settings that come closest to the paper's Tables 2 and 3.
func Paper() Settings {
	return Settings{
		Noise: 3, PriorStd: 0.13, InitMeanStd: 0.28, InitStd: 0.04, LearningRate: 5e-3, Range: 10,
		N: 100, Batch: 10, Epochs: 10, Samples: 5, TestSamples: 1000, BoundSamples: 1000,
		BoundPermutations: 500,
		DropConstants:     true,
	}
}

// Converged are settings under which training has ended and the symmetric modes overlap at the
// smallest α. What is left is the jitter of the last iterates, 0.02 to 0.04 nats of KL.
func Converged() Settings {
	s := Paper()
	s.Noise, s.PriorStd, s.Epochs = 4, 0.2, 300
	return s
}

// PaperAlphas are the slopes α of the paper's Tables 2 and 3.
func PaperAlphas() []float64 { return []float64{0.05, 0.1, 0.15, 0.2} }

// mostCount keeps counters and random streams within their words.
const mostCount = 1 << 24

// Validate names the first setting that makes no sense.
func (s Settings) Validate() error {
	for _, v := range []struct {
		name  string
		value float64
	}{
		{"noise", s.Noise}, {"prior sd", s.PriorStd}, {"initial σ", s.InitStd},
		{"learning rate", s.LearningRate}, {"range of x", s.Range},
	} {
		if !(v.value > 0) || math.IsInf(v.value, 1) {
			return fmt.Errorf("tractable: %s %v: want a positive number", v.name, v.value)
		}
	}
	for _, v := range []struct {
		name  string
		value int
	}{
		{"number of points", s.N}, {"batch size", s.Batch}, {"number of epochs", s.Epochs},
		{"samples per step", s.Samples},
		{"test samples", s.TestSamples}, {"bound samples", s.BoundSamples - 1},
		{"bound permutations", s.BoundPermutations},
	} {
		if v.value < 1 || v.value > mostCount {
			return fmt.Errorf("tractable: %s out of range: want at least 1 (2 bound samples) and "+
				"at most %d", v.name, mostCount)
		}
	}
	switch {
	case s.N%s.Batch != 0:
		return fmt.Errorf("tractable: batches of %d do not divide %d points", s.Batch, s.N)
	case !(s.InitMeanStd >= 0) || math.IsInf(s.InitMeanStd, 1):
		return fmt.Errorf("tractable: sd of the initial means %v: want at least 0", s.InitMeanStd)
	case !(s.Normalizer >= 0) || math.IsInf(s.Normalizer, 1):
		return fmt.Errorf("tractable: normaliser %v: want a positive number, or 0 for the number "+
			"of points", s.Normalizer)
	}
	return nil
}

func (s Settings) normalizer() float64 {
	if s.Normalizer == 0 {
		return float64(s.N)
	}
	return s.Normalizer
}

// Method is an objective to train with.
type Method int

const (
	MFVI Method = iota // mean field
	SGM                // the symmetrised posterior with both permutations: exact
	// the paper's K = 2: the identity and one uniform draw, which is the identity half of the time
	SGMUniform
)

func (m Method) String() string {
	switch m {
	case MFVI:
		return "MFVI"
	case SGM:
		return "SGM"
	case SGMUniform:
		return "SGM uniform K=2"
	}
	return fmt.Sprintf("Method(%d)", int(m))
}

// The streams of a seed, one for each use. All methods read the same, so that they are paired.
const (
	streamTrain uint32 = 0x74720000 + iota
	streamTest
	streamInit
	streamShuffle
	streamNoise
	streamSwap
	streamPredict
	streamBound
	streamBoundSwap
)
