//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

// GaussianScaleNLL implements kernels.Device: 16 threads a row.
func (d *Device) GaussianScaleNLL(s kernels.GaussianScaleNLL) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	grid, block := lossGrid(s.Batch * s.Rows)
	d.launch(kernel{"noise", "noise_gaussian_nll"}, grid, block, 0,
		ptr(s.Loss), ptr(s.GradMean), num(s.StrideGradMean), ptr(s.GradRaw), num(s.StrideGradRaw),
		ptr(s.Mean), num(s.StrideMean), ptr(s.Raw), num(s.StrideRaw), ptr(s.Target),
		num(s.Batch*s.Rows), num(s.Rows), num(s.Targets), f32(s.Constant()), f32(s.Scale), replicaStride)
}
