package kernels

// Permutations are the operations of a Device that only symmetrized posteriors need: densities
// of permuted weights, averages over permutations and their gradients.
type Permutations interface {
	// PairLogDensity computes the matrices C of neuron log-densities; PairGrad their gradient.
	PairLogDensity(PairLogDensity)
	PairGrad(PairGrad)
	// RandomPermutations draws permutations.
	RandomPermutations(RandomPermutations)
	// PermutationLogDensity and PermutedLogDensity evaluate permuted log-densities from C and from
	// the weights between two permuted layers; PermutedGrad is the latter's gradient.
	PermutationLogDensity(PermutationLogDensity)
	PermutedLogDensity(PermutedLogDensity)
	PermutedGrad(PermutedGrad)
	// PermutationAverage averages such densities; PermutationMarginals gives its gradient's
	// coefficients.
	PermutationAverage(PermutationAverage)
	PermutationMarginals(PermutationMarginals)
	// ProposePermutations draws permutations nearly in proportion to their density;
	// ImportanceAverage turns them into bounds of the average over all.
	ProposePermutations(ProposePermutations)
	ImportanceAverage(ImportanceAverage)
	// ConditionalPairs computes pair log-densities given the permutations of the layer below;
	// ExpectedPairs what to expect of them before those are known.
	ConditionalPairs(ConditionalPairs)
	ExpectedPairs(ExpectedPairs)
	// CombineSigns averages pair log-densities over the sign flips of neurons; SplitSigns is
	// what that does to the gradient's coefficients.
	CombineSigns(CombineSigns)
	SplitSigns(SplitSigns)
	// Permanent is the exact average over all permutations of one layer.
	Permanent(Permanent)
}

// NoPermutations is embedded by a Device that has no such operations: each is a panic that
// names the operation.
type NoPermutations struct{}

var _ Permutations = NoPermutations{}

// PairLogDensity panics.
func (NoPermutations) PairLogDensity(PairLogDensity) { missing("PairLogDensity") }

// PairGrad panics.
func (NoPermutations) PairGrad(PairGrad) { missing("PairGrad") }

// RandomPermutations panics.
func (NoPermutations) RandomPermutations(RandomPermutations) { missing("RandomPermutations") }

// PermutationLogDensity panics.
func (NoPermutations) PermutationLogDensity(PermutationLogDensity) {
	missing("PermutationLogDensity")
}

// PermutedLogDensity panics.
func (NoPermutations) PermutedLogDensity(PermutedLogDensity) { missing("PermutedLogDensity") }

// PermutedGrad panics.
func (NoPermutations) PermutedGrad(PermutedGrad) { missing("PermutedGrad") }

// PermutationAverage panics.
func (NoPermutations) PermutationAverage(PermutationAverage) { missing("PermutationAverage") }

// PermutationMarginals panics.
func (NoPermutations) PermutationMarginals(PermutationMarginals) { missing("PermutationMarginals") }

// ProposePermutations panics.
func (NoPermutations) ProposePermutations(ProposePermutations) { missing("ProposePermutations") }

// ImportanceAverage panics.
func (NoPermutations) ImportanceAverage(ImportanceAverage) { missing("ImportanceAverage") }

// ConditionalPairs panics.
func (NoPermutations) ConditionalPairs(ConditionalPairs) { missing("ConditionalPairs") }

// ExpectedPairs panics.
func (NoPermutations) ExpectedPairs(ExpectedPairs) { missing("ExpectedPairs") }

// CombineSigns panics.
func (NoPermutations) CombineSigns(CombineSigns) { missing("CombineSigns") }

// SplitSigns panics.
func (NoPermutations) SplitSigns(SplitSigns) { missing("SplitSigns") }

// Permanent panics.
func (NoPermutations) Permanent(Permanent) { missing("Permanent") }

func (NoPermutations) noPermutations() {}

// HasPermutations reports whether a device has the operations of Permutations: whether it does not
// embed NoPermutations.
func HasPermutations(d Device) bool {
	_, none := d.(interface{ noPermutations() })
	return !none
}

func missing(op string) {
	panic("kernels: " + op + ": this device has no operations on permutations")
}
