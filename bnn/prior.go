package bnn

import "fmt"

// PriorKind says how the standard deviation of a parameter's prior is chosen.
type PriorKind string

// PriorIsotropic gives every parameter the same standard deviation. The default.
const PriorIsotropic PriorKind = "isotropic"

// Prior is p(ω): independent Gaussians with mean 0.
type Prior struct {
	// Kind chooses the standard deviations; "" is PriorIsotropic.
	Kind PriorKind
	// Std is the standard deviation of every parameter.
	Std float64
}

func (p Prior) validate() error {
	if p.Kind != "" && p.Kind != PriorIsotropic {
		return fmt.Errorf("prior %q: unknown; want %s", p.Kind, PriorIsotropic)
	}
	return positive("prior standard deviation", p.Std)
}
