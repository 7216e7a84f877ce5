package bnn

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/nlpodyssey/safetensors"

	"github.com/symvi/symvi/internal/half"
)

// nameScales decides what tensors called sigma hold, and says what the scales are.
func (r *foreignReader) nameScales() error {
	kinds := map[string]bool{}
	negative, positive := "", false
	for _, l := range r.layers {
		for _, p := range []foreignPart{l.weight, l.bias} {
			for kind, name := range map[string]string{"ρ, with σ = softplus(ρ)": p.rho,
				"log σ": p.logSigma, "σ²": p.variance, "log σ²": p.logVariance, "1/σ²": p.precision,
				"log 1/σ²": p.logPrecision} {
				kinds[kind] = kinds[kind] || name != ""
			}
			if p.sigma == "" {
				continue
			}
			values, err := r.floats(p.sigma, nil)
			if err != nil {
				return err
			}
			for i, v := range values {
				if v < 0 && negative == "" {
					negative = fmt.Sprintf("%s: element %d is %g", p.sigma, i, v)
				}
				positive = positive || v > 0
			}
			kinds["σ"] = true
		}
	}
	if negative != "" {
		if positive {
			return fmt.Errorf("tensor %s and others are positive: neither σ nor clearly ρ; "+
				"rename what holds ρ to weight_rho, bias_rho", negative)
		}
		r.rho = true
		kinds["σ"] = false
		kinds["ρ, with σ = softplus(ρ), under the name of sigma, as by torch-uncertainty: all "+
			"are negative"] = true
	}
	for _, kind := range []string{"ρ, with σ = softplus(ρ)", "ρ, with σ = softplus(ρ), under the " +
		"name of sigma, as by torch-uncertainty: all are negative", "σ", "log σ", "σ²", "log σ²", "1/σ²",
		"log 1/σ²"} {
		if kinds[kind] {
			r.assume("scales are %s", kind)
		}
	}
	return nil
}

// read appends a layer's weights and biases to the posterior.
func (r *foreignReader) read(l *foreignLayer) error {
	shape := []uint64{uint64(l.rows), uint64(l.cols)}
	mu, rho, err := r.part(l.weight, shape)
	if err != nil {
		return err
	}
	if l.transposed {
		mu, rho = transpose(mu, l.rows, l.cols), transpose(rho, l.rows, l.cols)
	}
	q := r.foreign.Posterior
	q.Mu, q.Rho = append(q.Mu, mu...), append(q.Rho, rho...)
	if l.bias.mu == "" {
		q.Mu = append(q.Mu, make([]float32, l.out)...)
		for range l.out {
			q.Rho = append(q.Rho, noBiasRho)
		}
		return nil
	}
	mu, rho, err = r.part(l.bias, []uint64{uint64(l.out)})
	q.Mu, q.Rho = append(q.Mu, mu...), append(q.Rho, rho...)
	return err
}

const (
	// noBiasRho is a ρ whose σ is the smallest there is,
	noBiasRho = -100
	// and leastRho one whose σ is hardly larger than 2^−40, which that is.
	leastRho = -27.7
)

// transpose turns a rows×cols matrix around.
func transpose(x []float32, rows, cols int) []float32 {
	y := make([]float32, len(x))
	for i := range rows {
		for j := range cols {
			y[j*rows+i] = x[i*cols+j]
		}
	}
	return y
}

// part reads the means and ρ of a layer's weights or biases.
func (r *foreignReader) part(p foreignPart, shape []uint64) (mu, rho []float32, err error) {
	means, err := r.floats(p.mu, shape)
	if err != nil {
		return nil, nil, err
	}
	if len(p.scales()) == 0 {
		return float32s(p.mu, means)
	}
	name := p.scales()[0]
	scales, err := r.floats(name, shape)
	if err != nil {
		return nil, nil, err
	}
	if mu, rho, err = float32s(p.mu, means); err != nil {
		return nil, nil, err
	}
	for i, s := range scales {
		switch {
		case name == p.rho, name == p.sigma && r.rho:
			rho[i] = float32(s)
			if math.IsInf(float64(rho[i]), 0) {
				return nil, nil,
					fmt.Errorf("tensor %s: element %d is %g, want a number within float32", name, i, s)
			}
			continue
		case name == p.logSigma:
			s = math.Exp(s)
		case name == p.logVariance:
			s = math.Exp(s / 2)
		case name == p.logPrecision:
			s = math.Exp(-s / 2)
		case name == p.precision:
			if err := positive("precision", s); err != nil {
				return nil, nil, fmt.Errorf("tensor %s: element %d: %w", name, i, err)
			}
			s = 1 / math.Sqrt(s)
		case name == p.variance:
			if err := positive("variance", s); err != nil {
				return nil, nil, fmt.Errorf("tensor %s: element %d: %w", name, i, err)
			}
			s = math.Sqrt(s)
		}
		if err := positive("standard deviation", s); err != nil {
			return nil, nil, fmt.Errorf("tensor %s: element %d: %w", name, i, err)
		}
		rho[i] = softplusInverse(s)
	}
	for _, x := range rho {
		if x < leastRho {
			r.tiny++
		}
	}
	return mu, rho, nil
}

// float32s are the means of a tensor, and scales of parameters without a distribution.
func float32s(name string, means []float64) (mu, rho []float32, err error) {
	mu, rho = make([]float32, len(means)), make([]float32, len(means))
	for i, m := range means {
		if mu[i] = float32(m); math.IsInf(float64(mu[i]), 0) {
			return nil, nil, fmt.Errorf("tensor %s: element %d is %g, want a number within float32",
				name, i, m)
		}
		rho[i] = noBiasRho
	}
	return mu, rho, nil
}

// floats decodes a tensor of the given shape (any for nil), which must be finite.
func (r *foreignReader) floats(name string, shape []uint64) ([]float64, error) {
	t, _ := r.file.Tensor(name)
	if shape != nil && !slices.Equal(t.Shape(), shape) {
		return nil, fmt.Errorf("tensor %s has shape %v, want %v", name, t.Shape(), shape)
	}
	data := t.Data()
	size := int(t.DType().Size())
	decode := map[safetensors.DType]func(b []byte) float64{
		safetensors.F64: func(b []byte) float64 {
			return math.Float64frombits(binary.LittleEndian.Uint64(b))
		},
		safetensors.F32: func(b []byte) float64 {
			return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
		},
		safetensors.BF16: func(b []byte) float64 {
			return float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16))
		},
		safetensors.F16: func(b []byte) float64 { return half.Value(binary.LittleEndian.Uint16(b)) },
	}[t.DType()]
	if decode == nil {
		return nil, fmt.Errorf("tensor %s has type %v, want F16, BF16, F32 or F64", name, t.DType())
	}
	x := make([]float64, len(data)/size)
	for i := range x {
		x[i] = decode(data[i*size:])
		if math.IsNaN(x[i]) || math.IsInf(x[i], 0) {
			return nil, fmt.Errorf("tensor %s: element %d is %v, want a finite number", name, i, x[i])
		}
	}
	return x, nil
}
