package experiment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/symvi/symvi/bnn"
)

// Limits that keep a slip of the finger from asking for more memory than there is.
const (
	maxLayers  = 64
	maxWidth   = 1 << 20
	maxCount   = 1 << 20
	maxEpochs  = 1 << 20
	maxMembers = 1 << 10
	maxFactor  = 1e12 // scales lie between 1/maxFactor and maxFactor
)

// Validate reports the first setting that makes no sense, before anything is read.
func (c Config) Validate() error {
	for _, check := range []func() error{c.checkData, c.checkNetwork, c.checkNumbers,
		c.checkSymmetrize} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// problem is an error about the setting called key.
func (c Config) problem(key, what string) error {
	return &SettingError{key, c.Text(settingOf(key)), what}
}

func (c Config) checkData() error {
	for _, s := range settings {
		if s.Choices != nil && !slices.Contains(s.Choices, c.Text(s)) {
			return c.problem(s.Key, "want "+orList(s.Choices))
		}
	}
	return c.checkTable()
}

func (c Config) checkNetwork() error {
	if c.hiddenOpen() {
		return nil
	}
	if len(c.Hidden) > maxLayers {
		return c.problem("hidden", "want at most "+strconv.Itoa(maxLayers)+" layers")
	}
	for _, w := range c.Hidden {
		if w < 1 || w > maxWidth {
			return c.problem("hidden", "want widths between 1 and "+strconv.Itoa(maxWidth)+
				" (nothing at all for a linear model, 0 alone to leave it to the data)")
		}
	}
	return nil
}

func (c Config) checkNumbers() error {
	for _, n := range []struct {
		key           string
		value, lo, hi int
	}{
		{"permutations", c.Permutations, 1, maxCount}, {"max-permutations", c.MaxPermutations, 1,
			maxCount}, {"samples", c.Samples, 1, maxCount}, {"epochs", c.Epochs, 0, maxEpochs},
		{"steps", c.Steps, 0, 1 << 30}, {"kl-warmup", c.KLWarmup, -1, 1 << 30},
		{"patience", c.Patience, 0, maxCount}, {"members", c.Members, 1, maxMembers},
		{"batch", c.Batch, 1, 1 << 30}, {"threads", c.Threads, 0, 1 << 12},
		{"eval-samples", c.EvalSamples, 1, maxCount},
	} {
		if n.value < n.lo || n.value > n.hi {
			return c.problem(n.key, "want an integer between "+strconv.Itoa(n.lo)+" and "+strconv.Itoa(n.hi))
		}
	}
	if c.Shards < 1 || c.Shards > maxCount || c.Shards&(c.Shards-1) != 0 {
		return c.problem("shards", "want a power of two between 1 and "+strconv.Itoa(maxCount))
	}
	if c.Seed < 0 {
		return c.problem("seed", "want an integer between 0 and 2^63-1")
	}
	for _, x := range []struct {
		key   string
		value float64
	}{{"noise-start", c.NoiseStart}, {"prior-std", c.PriorStd},
		{"init-std", c.InitStd}, {"lr", c.LR}, {"target-gap", c.TargetGap}} {
		if !(x.value >= 1/maxFactor && x.value <= maxFactor) {
			return c.problem(x.key, "want a number between 1e-12 and 1e+12")
		}
	}
	switch {
	case c.KLWeight != 0 && !(c.KLWeight >= 1/maxFactor && c.KLWeight <= maxFactor):
		return c.problem("kl-weight", "want a number between 1e-12 and 1e+12, or 0: as the task needs")
	case c.Epochs > 0 && c.Steps > 0:
		return c.problem("steps", fmt.Sprintf("beside %d epochs; want one of them", c.Epochs))
	case !(c.Validation >= 0 && c.Validation < 1):
		return c.problem("validate", "want a share of the training rows, at least 0 and less than 1")
	case c.Patience > 0 && c.Validation == 0:
		return c.problem("patience", "there is nothing to be patient about without rows to judge "+
			"by; give --validate, for example 0.1")
	}
	if _, err := c.Noise.likelihood(c.NoiseStart); err != nil {
		return c.problem("noise", err.Error())
	}
	return nil
}

func (c Config) checkSymmetrize() error {
	if c.hiddenOpen() { // checked once the data say how wide
		c.Hidden = []int{1}
	}
	network := bnn.Network{Widths: slices.Concat([]int{1}, c.Hidden, []int{1}),
		Activation: activations[c.Activation]}
	s := c.symmetrization()
	judged := s
	// What is trained without is judged over the group all the same.
	if s.Estimator == bnn.EstimatorNone {
		judged.Estimator = bnn.EstimatorAuto
	}
	if err := judged.Validate(network); err != nil {
		return symmetrizeError(s, err)
	}
	return nil
}

// symmetrizeError turns the error of a symmetrization that makes no sense into one of the setting
// that is to blame.
func symmetrizeError(s bnn.Symmetrization, err error) error {
	subject, what, _ := strings.Cut(err.Error(), ": ")
	if strings.HasPrefix(subject, "group") {
		return &SettingError{"group", string(s.Group), what}
	}
	return &SettingError{"symmetrize", string(s.Estimator), what}
}

// judgement is how the bounds of what was trained are estimated: as it was trained, but by auto
// with as many permutations as their gap wants.
func (c Config) judgement() bnn.Symmetrization {
	s := c.symmetrization()
	if s.Estimator == bnn.EstimatorAuto {
		s.Permutations = max(s.Permutations, bnn.DefaultLimit)
	}
	return s
}

func (c Config) symmetrization() bnn.Symmetrization {
	s := bnn.Symmetrization{Estimator: bnn.Estimator(c.Symmetrize), Permutations: c.Permutations,
		TargetGap: c.TargetGap, Group: bnn.Group(c.Group)}
	if s.Estimator == bnn.EstimatorAuto {
		s.Permutations = c.MaxPermutations
	}
	return s
}
