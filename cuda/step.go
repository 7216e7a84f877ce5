//go:build cuda

package cuda

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// A block of gaussian_step holds the noise of up to 16 samples and has at least a thread for
// each of its 64 elements.
const stepSlots, stepLeast = 16, 4

var _ kernels.GaussianSteps = (*Device)(nil)

// GaussianStep implements kernels.GaussianSteps: a block for 64 elements, which computes a small
// product itself. The divergence only reads what the step before has left, and runs in the
// blocks of an earlier launch or beside it.
func (d *Device) GaussianStep(s kernels.GaussianStep) {
	s.Check()
	if s.Minibatch.Rows > 0 {
		defer d.Minibatch(s.Minibatch)
	}
	if s.N == 0 {
		s.Resolve()
		d.Adam(s.Adam())
		return
	}
	p := s.Product
	if p.Batch > 0 && !d.stepTakes(&s) {
		d.Gemm(p)
		p = kernels.Gemm{}
	}
	first := 0
	if p.Batch > 0 {
		first = int(ptr(p.C).bits-ptr(s.DW).bits) / 4
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	divergence := s.KLGaussian(s.X, nil, nil) // μ comes first in X
	partial, chunks, along := d.divergenceAlong(&divergence)
	if !along {
		d.aside(func() { d.divergence(&divergence) })
	}

	a := s.Adam()
	c := a.Constants()
	k, next := s.Key, s.Next
	shape := kernel{"step", "gaussian_step"}
	grid := dim3{x: blocks(s.N, noiseGroup)}
	block := dim3{x: noiseGroup / 4, y: min(max(2*s.Samples, stepLeast), stepSlots)}
	own := 0 // arguments that only gaussian_step_product has
	switch {
	case p.Batch > 0:
		shape.name, own = "gaussian_step_product", productArguments
	case chooseWalk(&s, d.processors()):
		shape = walkKernel
		grid, block = dim3{x: blocks(s.N, walkElements)}, dim3{x: walkThreads}
	}
	if along || s.Extra > 0 {
		grid.x++
	}
	args := [...]cell{
		ptr(s.X), ptr(s.M), ptr(s.V), source(s.Grad), ptr(s.Sigma), ptr(s.InvSigma), ptr(s.W), ptr(s.DW),
		source(s.InvPrior), f32(1 / s.PriorStd), f32(s.Weight),
		u64(k.Seed), u32(k.Stream), u32(k.Step), u32(k.Sample),
		u64(next.Seed), u32(next.Stream), u32(next.Step), u32(next.Sample),
		num(s.Samples), num(s.N), num(s.Extra), num(s.HeldLo), num(s.HeldHi),
		f32(c.LR), f32(c.Beta1), f32(c.Beta2), f32(c.Epsilon), f32(c.C1), f32(c.C2),
		f32(c.Correct1), f32(c.Correct2), ptr(s.KL), partial, num(chunks), source(s.State), replicaStride,
		source(p.A), source(p.B), num(p.StrideA), num(p.StrideB), num(first), num(p.M * p.N),
		num(p.M), num(p.N), num(p.K)}
	d.launch(shape, grid, block, 0, args[:len(args)-productArguments+own]...)
}

// productArguments is the number of arguments that only gaussian_step_product has.
const productArguments = 9

// A block of gaussian_step_walk is a warp, a thread of which has four elements. With the old noise
// of a sample it takes so many cycles alone, by the stall counts of its machine code, and so many
// instructions.
const (
	walkThreads, walkElements = 32, 128
	walkAlone, walkIssue      = 633, 241
)

var walkKernel = kernel{"step_walk", "gaussian_step_walk"}

// chooseWalk says whether a step without a product goes to gaussian_step_walk; tests change it.
var chooseWalk = walkFaster

// walkFaster asks for as many warps as keep four schedulers busy. Up to stepSlots/2 samples the
// other kernel draws both noises side by side.
func walkFaster(s *kernels.GaussianStep, multiprocessors int) bool {
	warps := 4 * blocks(walkAlone, walkIssue)
	return 2*s.Samples > stepSlots && s.N >= warps*walkElements*multiprocessors
}

// stepMost is the number of multiply-adds on a multiprocessor up to which gaussian_step computes a
// product in less time than another launch takes, about a microsecond and a half: 32 of them take
// two loads.
const stepMost = 40_000

// stepTakes reports whether gaussian_step computes the product: a small one of a single chain each.
func (d *Device) stepTakes(s *kernels.GaussianStep) bool {
	p := &s.Product
	return p.Transpose == kernels.TN && p.Batch == s.Samples && p.LDA == p.M && p.LDB == p.N &&
		p.LDC == p.N && p.StrideC == s.N && !p.Accumulate && p.Bias == nil &&
		p.Activation == kernels.Identity && p.M > 0 && p.N > 0 && p.K > 0 && p.K <= ref.KC &&
		p.Batch*p.M*p.N*p.K <= stepMost*d.processors()
}
