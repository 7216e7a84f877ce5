package bnn

import "github.com/symvi/symvi/kernels"

// mirror is a vector of a device that other processes read and write. The host's memory has it
// too: where the device works there, it is the same memory, and nothing is copied.
type mirror struct {
	device kernels.F32
	host   []float32
	same   bool
}

// mirror allocates one of n values.
func (s *scratch) mirror(n int) mirror {
	m := mirror{host: make([]float32, n)}
	if d, ok := s.device.(kernels.HostMemory); ok {
		m.device, m.same = d.Float32Of(m.host), true
	} else {
		m.device = s.f32(n)
	}
	return m
}

// part are the elements at a range.
func (m mirror) part(at span) mirror {
	return mirror{m.device.Slice(at.lo, at.hi), m.host[at.lo:at.hi:at.hi], m.same}
}

// mirrors are copied together.
type mirrors []mirror

// add adds a part of a mirror that is to be copied.
func (all *mirrors) add(m mirror, at span) {
	if !m.same && at.len() > 0 {
		*all = append(*all, m.part(at))
	}
}

// download copies from the device to the host. It returns the first error.
func (all mirrors) download() error {
	var first error
	for _, m := range all {
		if err := m.device.Download(m.host); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// upload copies from the host to the device.
func (all mirrors) upload() {
	for _, m := range all {
		m.device.Upload(m.host)
	}
}

// parameterMirrors are those of what a training step changes, for n parameters.
type parameterMirrors struct {
	n        int
	x, sigma mirror // x: μ, ρ, noises
}

func (m *parameterMirrors) mu() mirror    { return m.x.part(span{0, m.n}) }
func (m *parameterMirrors) rho() mirror   { return m.x.part(span{m.n, 2 * m.n}) }
func (m *parameterMirrors) noise() mirror { return m.x.part(span{2 * m.n, len(m.x.host)}) }
