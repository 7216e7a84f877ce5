package bnn

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Estimator says how the average of the posterior over permutations is estimated.
type Estimator string

const (
	// EstimatorNone leaves the posterior as it is: plain mean-field variational inference.
	EstimatorNone Estimator = "none"
	// EstimatorUniform is the paper's estimator (Theorem 4.3): the identity and K − 1 uniform
	// permutations. It adds at most log K nats. Any depth.
	EstimatorUniform Estimator = "uniform"
	// EstimatorExact sums over all permutations: of one hidden layer of at most
	// kernels.MaxPermanent neurons with the subset dynamic programme, of several small
	// ones one after another, at most MaxEnumerated in all.
	EstimatorExact Estimator = "exact"
	// EstimatorImportance draws permutations nearly in proportion to their density and weights
	// them, which bounds the information from both sides. Any width.
	EstimatorImportance Estimator = "importance"
	// EstimatorAuto is EstimatorExact where that is cheap and else EstimatorImportance with as
	// many permutations as keep the bounds within TargetGap.
	EstimatorAuto Estimator = "auto"
)

// The defaults and limits of the estimators.
const (
	// DefaultPermutations is what EstimatorImportance draws, and EstimatorAuto first.
	DefaultPermutations = 20
	// DefaultLimit is the most that EstimatorAuto draws.
	DefaultLimit = 200
	// DefaultTargetGap is that of EstimatorAuto, in nats.
	DefaultTargetGap = 0.1
	// MaxEnumerated is the largest group of several hidden layers that EstimatorExact serves.
	MaxEnumerated = 5040
	// autoExact is the widest layer that Auto averages exactly.
	autoExact = 16
	// autoEnumerated is the largest group of several hidden layers that Auto enumerates.
	autoEnumerated = 200
	// defaultResweep is the interval of the sweeps over layers from resweepWidth neurons.
	defaultResweep = 8
	resweepWidth   = 32
	// fewestDraws is what Auto never goes below, because their spread must be estimated.
	fewestDraws = 4
)

// Symmetrization chooses the symmetrised posterior q^G(ω) = (1/|G|) Σ_g q(g⁻¹ω)
// (paper, eq. 4) and how the information I(ω) = log q(ω) − log q^G(ω) that it adds to
// the ELBO is estimated: L^G = L + E[I(ω)].
type Symmetrization struct {
	Estimator Estimator
	// Permutations is K: for EstimatorUniform the number of permutations, the identity among
	// them; for EstimatorImportance the number of draws (0: DefaultPermutations); for
	// EstimatorAuto the most that it may draw (0: DefaultLimit).
	Permutations int
	// Resweep is the number of neurons after which EstimatorImportance scales what is left of
	// the matrix once more: 1 is the most accurate, larger is faster, −1 is never. 0 is
	// 8 for layers of 32 neurons and more, and never for smaller ones.
	Resweep int
	// TargetGap is how far EstimatorAuto lets each bound be from the truth, in nats, about
	// (0: DefaultTargetGap).
	TargetGap float64
	// Group is what to average over; "" is GroupPermutations.
	Group Group
}

// Validate reports why a network cannot be symmetrised so.
func (s Symmetrization) Validate(n Network) error {
	hidden := n.Hidden()
	if err := s.validateGroup(n); err != nil {
		return err
	}
	switch s.Estimator {
	case EstimatorNone:
		return nil
	case EstimatorUniform:
		if s.Permutations < 1 {
			return fmt.Errorf("symmetrize uniform: %d permutations, want at least 1", s.Permutations)
		}
	case EstimatorExact:
		if len(hidden) > 1 && n.groupOrder() > MaxEnumerated {
			return fmt.Errorf("symmetrize exact: the network has %d hidden layers %v with more than %d "+
				"permutations; use importance", len(hidden), hidden, MaxEnumerated)
		}
		if len(hidden) == 1 && hidden[0] > kernels.MaxPermanent {
			return fmt.Errorf("symmetrize exact: the hidden layer has %d neurons, but exact serves at "+
				"most %d (it needs 2^n sets); use importance", hidden[0], kernels.MaxPermanent)
		}
	case EstimatorImportance, EstimatorAuto:
		if err := s.validateImportance(); err != nil {
			return err
		}
	default:
		return fmt.Errorf("symmetrize %q: unknown; want %s, %s, %s, %s or %s", s.Estimator,
			EstimatorNone, EstimatorUniform, EstimatorExact, EstimatorImportance, EstimatorAuto)
	}
	if len(hidden) == 0 && s.Estimator != EstimatorAuto {
		return fmt.Errorf("symmetrize %s: the network has no hidden layer to permute; use none",
			s.Estimator)
	}
	return nil
}

// runsOn reports that a device lacks the operations for it.
func (s Symmetrization) runsOn(d kernels.Device, n Network) error {
	if r, _ := s.resolve(n); r.Estimator != EstimatorNone && !kernels.HasPermutations(d) {
		return fmt.Errorf("symmetrize %s: the device %s has no operations on permutations; use none",
			s.Estimator, d.Name())
	}
	return nil
}

func (s Symmetrization) validateImportance() error {
	const most = 1 << 20
	if s.Permutations < 0 || s.Permutations > most {
		return fmt.Errorf("symmetrize %s: %d permutations, want at least 1 (or 0 for the default)",
			s.Estimator, s.Permutations)
	}
	if s.Resweep < -1 {
		return fmt.Errorf("symmetrize %s: resweep %d, want an interval, 0 for the default or -1 for "+
			"never", s.Estimator, s.Resweep)
	}
	if !(s.TargetGap >= 0) || math.IsInf(s.TargetGap, 0) {
		return fmt.Errorf("symmetrize %s: target gap %g, want a positive number of nats", s.Estimator,
			s.TargetGap)
	}
	return nil
}

// resolve replaces Auto by what it means for a network and fills in the defaults;
// adaptive means that the number of draws is to follow their spread.
func (s Symmetrization) resolve(n Network) (r Symmetrization, adaptive bool) {
	hidden := n.Hidden()
	switch {
	case s.Estimator == EstimatorImportance:
		set(&s.Permutations, DefaultPermutations)
	case s.Estimator != EstimatorAuto:
		return s, false
	case len(hidden) == 0:
		return Symmetrization{Estimator: EstimatorNone}, false
	case len(hidden) == 1 && hidden[0] <= autoExact,
		len(hidden) > 1 && n.groupOrder() <= autoEnumerated:
		return Symmetrization{Estimator: EstimatorExact, Group: s.Group}, false
	default:
		s.Estimator, adaptive = EstimatorImportance, true
		set(&s.Permutations, DefaultLimit)
		set(&s.TargetGap, DefaultTargetGap)
	}
	return s, adaptive
}

// evaluates reports whether there is an information to evaluate.
func (s Symmetrization) evaluates(n Network) bool {
	y, _ := s.resolve(n)
	return y.Estimator != EstimatorNone
}

// pairing is how the group pairs neurons.
func (s Symmetrization) pairing(x *scratch, n Network, layers *neurons, samples int) pairing {
	switch {
	case s.Group != GroupSignedPermutations:
		return unsigned{layers}
	case s.Estimator == EstimatorImportance: // whose weights know the group's order
		return newSigned(x, layers, 0, samples)
	}
	return newSigned(x, layers, s.logSigns(n), samples)
}

// logPermutations is log K of Uniform, the most that it can find; 0 for the others.
func (s Symmetrization) logPermutations() float64 {
	if s.Estimator != EstimatorUniform {
		return 0
	}
	return ref.Log64(float64(s.Permutations))
}
