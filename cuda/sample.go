//go:build cuda

package cuda

import "github.com/symvi/symvi/kernels"

const (
	// noiseGroup is the number of elements that 16 threads draw together.
	noiseGroup = 64
	// sampleBlocks of 256 threads keep the largest GPU busy; beyond them a thread draws several
	// samples.
	sampleBlocks = 1 << 12
	// samplesAtOnce is the number of samples whose noise sample_gaussian_grad holds.
	samplesAtOnce = 16
)

// SampleGaussian implements kernels.Device: four elements a thread, the samples along y.
func (d *Device) SampleGaussian(s kernels.SampleGaussian) {
	s.Check()
	if s.Samples == 0 || s.N == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	grid := dim3{x: blocks(s.N, 16*noiseGroup)}
	grid.y = min(s.Samples, blocks(sampleBlocks, grid.x))
	k := s.Key
	d.launch(kernel{"sample", "sample_gaussian"}, grid, dim3{x: 256}, 0, ptr(s.W), ptr(s.Mu),
		ptr(s.Sigma), u64(k.Seed), u32(k.Stream), u32(k.Step), u32(k.Sample), num(s.Samples), num(s.N))
}

// SampleGaussianGrad implements kernels.Device: a block for 64 elements, 16 threads a sample.
func (d *Device) SampleGaussianGrad(s kernels.SampleGaussianGrad) {
	s.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	block := dim3{x: 16, y: max(1, min(s.Samples, samplesAtOnce))}
	k := s.Key
	d.launch(kernel{"sample", "sample_gaussian_grad"}, dim3{x: blocks(s.N, noiseGroup)}, block, 0,
		ptr(s.DMu), ptr(s.DSigma), ptr(s.DW), u64(k.Seed), u32(k.Stream), u32(k.Step),
		u32(k.Sample), num(s.Samples), num(s.N))
}
