package bnn

import (
	"fmt"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Network is a multilayer perceptron x_l = act(W_l·x_{l−1} + b_l), its last layer
// linear. Its parameters ω = (W_1, b_1, …, W_L, b_L) form one flat vector in that
// order, W_l row-major with Widths[l] rows and Widths[l−1] columns.
type Network struct {
	// Widths are d_0 … d_L: inputs, hidden layers, outputs.
	Widths []int
	// Activation follows every layer but the last.
	Activation kernels.Activation
}

// layer is one affine map of a network and where its parameters lie in ω.
type layer struct{ in, out, weight, bias int }

func (n Network) validate() error {
	if len(n.Widths) < 2 {
		return fmt.Errorf("network: %d widths, want at least inputs and outputs", len(n.Widths))
	}
	parameters := 0
	for i, w := range n.Widths {
		if w < 1 {
			return fmt.Errorf("network: width %d of layer %d, want at least 1", w, i)
		}
		if w > 1<<24 {
			return fmt.Errorf("network: width %d of layer %d, want at most 2^24", w, i)
		}
		if i > 0 {
			parameters += w * (n.Widths[i-1] + 1)
		}
		if parameters > 1<<31-1 {
			return fmt.Errorf("network: widths %v need more than 2^31 parameters", n.Widths)
		}
	}
	if n.Activation != kernels.ReLU && n.Activation != kernels.Tanh && len(n.Widths) > 2 {
		return fmt.Errorf("network: activation %v, want relu or tanh", n.Activation)
	}
	return nil
}

// Parameters is the number of weights and biases.
func (n Network) Parameters() int {
	total := 0
	for i, out := range n.Widths[1:] {
		total += out * (n.Widths[i] + 1)
	}
	return total
}

// inputs and outputs are the first and the last width.
func (n Network) inputs() int  { return n.Widths[0] }
func (n Network) outputs() int { return n.Widths[len(n.Widths)-1] }

// Hidden are the widths of the hidden layers.
func (n Network) Hidden() []int { return n.Widths[1 : len(n.Widths)-1] }

// LogGroupOrder is log |G| = Σ log n_l! over the hidden layers: the most that
// symmetrisation can add to the ELBO (paper, Theorem 4.1).
func (n Network) LogGroupOrder() float64 {
	total := 0.0
	for _, h := range n.Hidden() {
		total += ref.LogFactorial(h)
	}
	return total
}

func (n Network) layers() []layer {
	var layers []layer
	at := 0
	for i, out := range n.Widths[1:] {
		in := n.Widths[i]
		layers = append(layers, layer{in, out, at, at + in*out})
		at += (in + 1) * out
	}
	return layers
}
