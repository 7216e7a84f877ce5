package kernels

// NeuronBlock says where some columns of a matrix with a row for each neuron lie in a vector of
// parameters: column Column + j of row i is parameter At + i·Row + j·Col, for j < Cols.
type NeuronBlock struct{ At, Row, Col, Column, Cols int }

// NeuronBlocks is how the parameters of N neurons, D each, lie among Parameters: up to three
// blocks, whose columns follow each other from 0 to D.
type NeuronBlocks struct {
	N, D, Parameters int
	Blocks           []NeuronBlock
}

// PackNeurons sorts parameters by neurons: Mu and InvSigma, one vector each, unless they are nil,
// and Batch vectors W. Each becomes a contiguous N×D matrix. It is a Copy2D for each of them and
// each block.
type PackNeurons struct {
	NeuronBlocks
	Mu, InvSigma     F32
	ToMu, ToInvSigma F32
	Batch            int
	W, ToW           F32
}

// AddNeurons adds Scale times Batch matrices Src, as PackNeurons makes them, to the vectors DW,
// the product rounded on its own: a Copy2D with Accumulate for each block.
type AddNeurons struct {
	NeuronBlocks
	Batch   int
	Scale   float32
	Src, DW F32
}

// NeuronSorter is a Device that sorts all parameters of a layer at once.
type NeuronSorter interface {
	PackNeurons(PackNeurons)
	AddNeurons(AddNeurons)
}

// NeuronPairs is PairLogDensity of neurons where they lie: Mu and InvSigma are vectors of all
// parameters, W Batch of them. It is PackNeurons and then PairLogDensity.
type NeuronPairs struct {
	NeuronBlocks
	Batch           int
	W, Mu, InvSigma F32
	C               F64
}

// NeuronGrad adds Scale times PairGrad's DW to the vectors DW. It is PairGrad of what PackNeurons
// makes of W, Mu and InvSigma, and then AddNeurons.
type NeuronGrad struct {
	NeuronBlocks
	Batch           int
	Scale           float32
	Coefficients    F32
	W, Mu, InvSigma F32
	DW              F32
}

// NeuronPairer is a Device that compares neurons where they lie.
type NeuronPairer interface {
	// PairsNeurons reports whether that is faster for so many vectors than to sort them first.
	PairsNeurons(z NeuronBlocks, batch int) bool
	NeuronPairs(NeuronPairs)
	NeuronGrad(NeuronGrad)
}

// mostBlocks is the number of blocks that a layer's parameters can have: what comes in, the bias
// and what goes out.
const mostBlocks = 3

func (n *NeuronBlocks) check(op string) {
	checkArg(len(n.Blocks) <= mostBlocks, op, "%d blocks, want at most 3", len(n.Blocks))
	column := 0
	for i, b := range n.Blocks {
		checkArg(b.Column == column && b.Cols >= 0, op,
			"block %d does not begin where the one before ends", i)
		shape := strided(1, 0, n.N, b.Row, b.Cols, b.Col)
		checkArg(b.At >= 0 && b.At+shape.span() <= n.Parameters, op,
			"block %d lies outside the parameters", i)
		column += b.Cols
	}
	checkArg(column == n.D, op, "columns of the blocks and D are %v, want the same",
		[2]int{column, n.D})
}

// Check panics unless the blocks fill the matrices and the buffers hold the shapes.
func (p *PackNeurons) Check() {
	const op = "PackNeurons"
	p.check(op)
	one, matrix := vector(p.Parameters), dense(p.N, p.D)
	if p.Mu != nil {
		check(op, "Mu", p.Mu, one)
		check(op, "ToMu", p.ToMu, matrix)
	}
	if p.InvSigma != nil {
		check(op, "InvSigma", p.InvSigma, one)
		check(op, "ToInvSigma", p.ToInvSigma, matrix)
	}
	check(op, "W", p.W, dense(p.Batch, p.Parameters))
	check(op, "ToW", p.ToW, dense(p.Batch*p.N, p.D))
}

// Check panics unless the blocks fill the matrices and the buffers hold the shapes.
func (a *AddNeurons) Check() {
	const op = "AddNeurons"
	a.check(op)
	check(op, "Src", a.Src, dense(a.Batch*a.N, a.D))
	check(op, "DW", a.DW, dense(a.Batch, a.Parameters))
}

// Check panics unless the blocks fill the matrices and the buffers hold the shapes.
func (p *NeuronPairs) Check() {
	const op = "NeuronPairs"
	p.check(op)
	one := vector(p.Parameters)
	check(op, "W", p.W, dense(p.Batch, p.Parameters))
	check(op, "Mu", p.Mu, one)
	check(op, "InvSigma", p.InvSigma, one)
	check(op, "C", p.C, dense(p.Batch*p.N, p.N))
}

// Check panics unless the blocks fill the matrices and the buffers hold the shapes.
func (g *NeuronGrad) Check() {
	const op = "NeuronGrad"
	g.check(op)
	one, all := vector(g.Parameters), dense(g.Batch, g.Parameters)
	check(op, "Coefficients", g.Coefficients, dense(g.Batch*g.N, g.N))
	check(op, "W", g.W, all)
	check(op, "Mu", g.Mu, one)
	check(op, "InvSigma", g.InvSigma, one)
	check(op, "DW", g.DW, all)
}
