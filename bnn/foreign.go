package bnn

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/nlpodyssey/safetensors"

	"github.com/symvi/symvi/kernels"
)

// LoadForeign reads a mean-field Gaussian posterior of a multilayer perceptron that
// any program has written as a safetensors file. Every layer N has the tensors
//
//	layers.N.weight_mu     out×in, as PyTorch's Linear stores a weight
//	layers.N.bias_mu       out
//	layers.N.weight_sigma, layers.N.bias_sigma   standard deviations, or
//	layers.N.weight_rho,   layers.N.bias_rho     ρ with σ = softplus(ρ)
//
// of type F32 or F64. The numbers N order the layers and may have gaps, as those of
// an nn.Sequential have. Other tensors are ignored; checkpoints of this package will do.
// The file knows neither likelihood nor prior: the caller sets them in the posterior's Model.
func LoadForeign(path string, activation kernels.Activation) (*Posterior, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("posterior: %w", err)
	}
	q, err := ReadForeign(data, activation)
	if err != nil {
		return nil, fmt.Errorf("posterior %s: %w", path, err)
	}
	return q, nil
}

// ReadForeign parses the contents of a file for LoadForeign. Corrupt contents are
// an error, never a panic.
func ReadForeign(data []byte, activation kernels.Activation) (*Posterior, error) {
	file, _, err := parseTensors(data)
	if err != nil {
		return nil, err
	}
	numbers, err := layerNumbers(file.Names())
	if err != nil {
		return nil, err
	}
	n, q := Network{Activation: activation}, &Posterior{}
	for _, l := range numbers {
		weight, ok := file.Tensor(tensorName(l, "weight_mu"))
		if shape := weight.Shape(); !ok || len(shape) != 2 || shape[0] == 0 || shape[1] == 0 || shape[0] > 1<<24 || shape[1] > 1<<24 {
			return nil, fmt.Errorf("tensor %s of shape %v: want a matrix, outputs×inputs", tensorName(l, "weight_mu"), weight.Shape())
		}
		out, in := int(weight.Shape()[0]), int(weight.Shape()[1])
		if n.Widths == nil {
			n.Widths = []int{in}
		}
		if below := n.Widths[len(n.Widths)-1]; below != in {
			return nil, fmt.Errorf("tensor %s has %d inputs, but the layer below has %d outputs", tensorName(l, "weight_mu"), in, below)
		}
		n.Widths = append(n.Widths, out)
		for _, part := range []struct {
			name string
			size int
		}{{"weight", in * out}, {"bias", out}} {
			mu, rho, err := foreignPart(file, l, part.name, part.size)
			if err != nil {
				return nil, err
			}
			q.Mu, q.Rho = append(q.Mu, mu...), append(q.Rho, rho...)
		}
	}
	q.Model.Network = n
	return q, n.validate()
}

// layerNumbers finds the N of all layers.N.weight_mu, in increasing order.
func layerNumbers(names []string) ([]int, error) {
	var numbers []int
	for _, name := range names {
		number, ok := strings.CutPrefix(name, "layers.")
		if !ok {
			continue
		}
		if number, ok = strings.CutSuffix(number, ".weight_mu"); !ok {
			continue
		}
		l, err := strconv.Atoi(number)
		if err != nil || l < 0 || tensorName(l, "weight_mu") != name {
			return nil, fmt.Errorf("tensor %s: want layers.N.weight_mu with a number N", name)
		}
		numbers = append(numbers, l)
	}
	if numbers == nil {
		return nil, fmt.Errorf("no tensor is named layers.N.weight_mu; the file has %s", strings.Join(names[:min(len(names), 8)], ", "))
	}
	slices.Sort(numbers)
	return numbers, nil
}

// foreignPart reads the means and ρ of a layer's weights or biases.
func foreignPart(file safetensors.SafeTensors, l int, part string, size int) (mu, rho []float32, err error) {
	if mu, err = tensorFloats(file, tensorName(l, part+"_mu"), size); err != nil {
		return nil, nil, err
	}
	if _, ok := file.Tensor(tensorName(l, part+"_rho")); ok {
		rho, err = tensorFloats(file, tensorName(l, part+"_rho"), size)
		return mu, rho, err
	}
	name := tensorName(l, part+"_sigma")
	if _, ok := file.Tensor(name); !ok {
		return nil, nil, fmt.Errorf("tensor %s is missing, and so is %s", name, tensorName(l, part+"_rho"))
	}
	sigma, err := tensorFloats(file, name, size)
	if err != nil {
		return nil, nil, err
	}
	for i, s := range sigma {
		if err := positive("standard deviation", float64(s)); err != nil {
			return nil, nil, fmt.Errorf("tensor %s: element %d: %w", name, i, err)
		}
		rho = append(rho, softplusInverse(float64(s)))
	}
	return mu, rho, nil
}

// tensorFloats is tensor32 for tensors of type F32 or F64.
func tensorFloats(file safetensors.SafeTensors, name string, size int) ([]float32, error) {
	if t, ok := file.Tensor(name); !ok || t.DType() != safetensors.F64 {
		return tensor32(file, name, size)
	}
	data, err := tensor(file, name, safetensors.F64, size)
	if err != nil {
		return nil, err
	}
	x := make([]float32, size)
	for i := range x {
		x[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:])))
		if v := float64(x[i]); math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("tensor %s: element %d is %v, want a finite number in float32", name, i, v)
		}
	}
	return x, nil
}
