//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// A block of gaussian_step holds the noise of up to 16 samples and has at least a thread for each of
// its 64 elements.
const stepSlots, stepLeast = 16, 4

var _ kernels.GaussianSteps = (*Device)(nil)

// GaussianStep implements kernels.GaussianSteps: the divergence aside, as it only reads what the
// step before has left, then a block for 64 elements.
func (d *Device) GaussianStep(s kernels.GaussianStep) {
	s.Check()
	if s.N == 0 {
		d.Adam(s.Adam())
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	divergence := s.KLGaussian(s.X.Slice(0, s.N), nil, nil)
	d.aside(func() { d.divergence(&divergence) })

	a := s.Adam()
	c := a.Constants()
	block := dim3{x: noiseGroup / 4, y: min(max(2*s.Samples, stepLeast), stepSlots)}
	k, next := s.Key, s.Next
	d.launch(kernel{"step", "gaussian_step"}, dim3{x: blocks(s.N, noiseGroup) + min(s.Extra, 1)}, block, 0,
		ptr(s.X), ptr(s.M), ptr(s.V), ptr(s.Grad), ptr(s.Sigma), ptr(s.InvSigma), ptr(s.W), ptr(s.DW), ptr(s.InvPrior), f32(1/s.PriorStd), f32(s.Weight),
		u64(k.Seed), u32(k.Stream), u32(k.Step), u32(k.Sample), u64(next.Seed), u32(next.Stream), u32(next.Step), u32(next.Sample),
		num(s.Samples), num(s.N), num(s.Extra), num(s.HeldLo), num(s.HeldHi),
		f32(c.LR), f32(c.Beta1), f32(c.Beta2), f32(c.Epsilon), f32(c.C1), f32(c.C2), f32(c.Correct1), f32(c.Correct2))
}
