package bnn

import "github.com/symvi/symvi/kernels"

// scratch remembers buffers so that they can be returned together.
type scratch struct {
	device kernels.Device
	free   []func()
}

func (s *scratch) f32(n int) kernels.F32 {
	b := s.device.Float32(n)
	s.free = append(s.free, b.Free)
	return b
}

func (s *scratch) f64(n int) kernels.F64 {
	b := s.device.Float64(n)
	s.free = append(s.free, b.Free)
	return b
}

func (s *scratch) i32(n int) kernels.I32 {
	b := s.device.Int32(n)
	s.free = append(s.free, b.Free)
	return b
}

func (s *scratch) upload(x []float32) kernels.F32 {
	b := s.f32(len(x))
	b.Upload(x)
	return b
}

// share is upload without a copy where the device can read the host's memory; x must not change
// until the buffers are returned.
func (s *scratch) share(x []float32) kernels.F32 {
	if d, ok := s.device.(kernels.HostMemory); ok {
		return d.Float32Of(x)
	}
	return s.upload(x)
}

func (s *scratch) release() {
	for _, free := range s.free {
		free()
	}
	s.free = nil
}

// gaussian is a posterior on a device: μ, σ and, where an estimator reads it, 1/σ, each a flat
// vector.
type gaussian struct{ mu, sigma, inv kernels.F32 }

// upload puts a posterior on the device, with 1/σ if an estimator reads it.
func (q *Posterior) upload(s *scratch, inverse bool) gaussian {
	n := len(q.Mu)
	g := gaussian{mu: s.upload(q.Mu), sigma: s.f32(n)}
	if inverse {
		g.inv = s.f32(n)
	}
	rho := s.upload(q.Rho)
	s.device.GaussianScale(kernels.GaussianScale{N: n, Rho: rho, Sigma: g.sigma, InvSigma: g.inv})
	return g
}
