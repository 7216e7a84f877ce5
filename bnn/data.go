package bnn

import (
	"errors"
	"fmt"

	"github.com/symvi/symvi/kernels"
)

// Data is a data set: N inputs of d_0 values each, row-major, with one label per
// input for a softmax likelihood or Likelihood.Targets(d_L) targets per input for a Gaussian one.
// It must not change while a Trainer, or a call that was given it, is at work: a device may
// read it where it is.
type Data struct {
	X       []float32
	Labels  []int32
	Targets []float32

	// Bytes are, in place of X, inputs of few different values, such as pixels: byte b stands
	// for Values[b], of which there are 256.
	Bytes  []uint8
	Values []float32
}

// inputValues is the number of values of all inputs.
func (d Data) inputValues() int { return max(len(d.X), len(d.Bytes)) }

// checkInputs reports inputs that are not finite, or given twice.
func (d Data) checkInputs(cols int) error {
	switch {
	case d.Bytes == nil:
		return finite("input", d.X, cols)
	case d.X != nil:
		return errors.New("data: inputs both as numbers and as bytes, want one of them")
	case len(d.Values) != paletteSize:
		return fmt.Errorf("data: %d values of bytes, want %d", len(d.Values), paletteSize)
	}
	for b, v := range d.Values {
		if v-v != 0 {
			return fmt.Errorf("data: byte %d stands for %v, want a finite number", b, v)
		}
	}
	return nil
}

// inputRows are so many rows of the inputs, from row lo on.
func (d Data) inputRows(lo, rows, cols int) Data {
	if d.Bytes == nil {
		return Data{X: d.X[lo*cols : (lo+rows)*cols]}
	}
	return Data{Bytes: d.Bytes[lo*cols : (lo+rows)*cols], Values: d.Values}
}

// copyInputs writes values of the inputs, from value lo on, to dst.
func (d Data) copyInputs(dst []float32, lo int) {
	if d.Bytes == nil {
		copy(dst, d.X[lo:lo+len(dst)])
		return
	}
	values := (*[paletteSize]float32)(d.Values)
	for i, b := range d.Bytes[lo : lo+len(dst)] {
		dst[i] = values[b]
	}
}

// upload puts the inputs on the device as numbers.
func (d Data) upload(s *scratch) kernels.F32 {
	if d.Bytes == nil {
		return s.share(d.X)
	}
	const piece = 1 << 20
	x, staging := s.f32(len(d.Bytes)), make([]float32, min(piece, len(d.Bytes)))
	for lo := 0; lo < len(d.Bytes); lo += piece {
		part := staging[:min(piece, len(d.Bytes)-lo)]
		d.copyInputs(part, lo)
		x.Slice(lo, lo+len(part)).Upload(part)
	}
	return x
}

// check reports data that do not fit the model; n is the number of inputs.
func (m Model) check(d Data, needTargets bool) (n int, err error) {
	in, out := m.Network.inputs(), m.Network.outputs()
	values := d.inputValues()
	if values == 0 || values%in != 0 {
		return 0, fmt.Errorf("data: %d input values, want a positive multiple of the network's %d "+
			"inputs", values, in)
	}
	n = values / in
	if err := d.checkInputs(in); err != nil || !needTargets {
		return n, err
	}
	if !m.Likelihood.IsSoftmax() {
		targets := m.targets()
		if len(d.Targets) != n*targets {
			return 0, fmt.Errorf("data: %d target values, want %d×%d for %d inputs and the network's %d "+
				"targets",
				len(d.Targets), n, targets, n, targets)
		}
		return n, finite("target", d.Targets, targets)
	}
	if len(d.Labels) != n {
		return 0, fmt.Errorf("data: %d labels, want %d, one per input", len(d.Labels), n)
	}
	for i, l := range d.Labels {
		if l < 0 || int(l) >= out {
			return 0, fmt.Errorf("data: label %d of input %d is outside 0 … %d", l, i, out-1)
		}
	}
	return n, nil
}
