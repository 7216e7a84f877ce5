package kernels

// ImportanceLayer is what the importance estimator does with the pair log-densities of one hidden
// layer: it draws K permutations of each item, averages their densities and finds the marginals,
// the coefficients of PairGrad.
//
// It is what Compose makes of it, bit for bit: ProposePermutations, ImportanceAverage with its
// permutations, and PermutationMarginals unless Coefficients is nil. The fields are theirs.
type ImportanceLayer struct {
	Key                  Key
	State                I32
	Batch, K, N, Sweep   int
	C                    F64
	Perms                I32
	LogProposal, Logs    F64
	LogOrder             float64
	Weights              F64
	Lower, Upper, Spread F64
	Coefficients         F32
}

// ImportanceLayers is a Device that has an ImportanceLayer of its own.
type ImportanceLayers interface {
	ImportanceLayer(ImportanceLayer)
}

// RunImportanceLayer runs it on a device, operation by operation where the device knows no better.
func RunImportanceLayer(d Device, p ImportanceLayer) {
	if own, ok := d.(ImportanceLayers); ok {
		own.ImportanceLayer(p)
		return
	}
	p.Check()
	p.Compose(d)
}

// Compose runs the operations that an ImportanceLayer consists of.
func (p *ImportanceLayer) Compose(d Device) {
	d.ProposePermutations(p.propose())
	d.ImportanceAverage(p.average())
	if p.Coefficients != nil {
		d.PermutationMarginals(p.marginals())
	}
}

func (p *ImportanceLayer) propose() ProposePermutations {
	return ProposePermutations{Key: p.Key, State: p.State, Batch: p.Batch, K: p.K, N: p.N,
		Sweep: p.Sweep, C: p.C, Perms: p.Perms, LogProposal: p.LogProposal}
}

func (p *ImportanceLayer) average() ImportanceAverage {
	return ImportanceAverage{Batch: p.Batch, K: p.K, N: p.N, C: p.C, Perms: p.Perms, Logs: p.Logs,
		LogProposal: p.LogProposal, LogOrder: p.LogOrder, Weights: p.Weights, Lower: p.Lower,
		Upper: p.Upper, Spread: p.Spread}
}

func (p *ImportanceLayer) marginals() PermutationMarginals {
	return PermutationMarginals{Batch: p.Batch, K: p.K, N: p.N, Weights: p.Weights, Perms: p.Perms,
		Coefficients: p.Coefficients}
}

// Check panics unless the buffers hold the shapes, K ≥ 2 and Sweep ≥ 0.
func (p *ImportanceLayer) Check() {
	const op = "ImportanceLayer"
	checkArg(p.K >= 2, op, "K = %d, want at least 2", p.K)
	checkArg(p.Sweep >= 0, op, "Sweep = %d, want at least 0", p.Sweep)
	check(op, "C", p.C, dense(p.Batch*p.N, p.N))
	check(op, "Perms", p.Perms, dense(p.Batch*p.K, p.N))
	check(op, "LogProposal", p.LogProposal, dense(p.Batch, p.K))
	check(op, "Logs", p.Logs, dense(p.Batch, p.K))
	check(op, "Weights", p.Weights, dense(p.Batch, p.K))
	check(op, "Lower", p.Lower, vector(p.Batch))
	check(op, "Upper", p.Upper, vector(p.Batch))
	check(op, "Spread", p.Spread, vector(p.Batch))
	checkOptional(op, "Coefficients", p.Coefficients, dense(p.Batch*p.N, p.N))
	checkState(op, p.State)
}
