package experiment

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/pelletier/go-toml/v2"

	"github.com/symvi/symvi/bnn"
)

// Noise is the setting of a regression's noise: one of the words below, or the standard
// deviation of a fixed one.
type Noise string

// The kinds of noise that are learned.
const (
	NoiseLearned         Noise = "learned"
	NoiseHeteroscedastic Noise = "heteroscedastic"
)

// likelihood is what the setting means; start is where a learned noise begins.
func (n Noise) likelihood(start float64) (bnn.Likelihood, error) {
	switch n {
	case NoiseLearned:
		return bnn.GaussianLearned(start), nil
	case NoiseHeteroscedastic:
		return bnn.GaussianHeteroscedastic(start), nil
	}
	sigma, err := strconv.ParseFloat(string(n), 64)
	if err != nil || !(sigma >= 1/maxFactor && sigma <= maxFactor) {
		return bnn.Likelihood{},
			errors.New("want learned, heteroscedastic or a number between 1e-12 and 1e+12")
	}
	return bnn.Gaussian(sigma), nil
}

// UnmarshalTOML reads a word, or a number as older versions wrote it.
func (n *Noise) UnmarshalTOML(value []byte) error {
	var document struct{ Noise any }
	if err := toml.Unmarshal(append([]byte("noise = "), value...), &document); err != nil {
		return err
	}
	switch v := document.Noise.(type) {
	case string:
		*n = Noise(v)
	case int64, float64:
		*n = Noise(fmt.Sprint(v))
	default:
		return errors.New("noise: want learned, heteroscedastic or a number")
	}
	return nil
}
