package bnn

import (
	"fmt"
	"os"

	"github.com/nlpodyssey/safetensors"

	"github.com/symvi/symvi/kernels"
)

// Foreign is a mean-field Gaussian posterior of a multilayer perceptron that another program has
// written. Its file knows neither likelihood nor prior: the caller sets them in Posterior.Model.
type Foreign struct {
	Posterior *Posterior
	// Assumed says, a line each, how the file was understood.
	Assumed []string
}

// LoadForeign reads a posterior from a safetensors file. Every layer has a matrix of weights and
// perhaps a vector of biases, whose means and scales are tensors called LAYER.NAME with a NAME of
//
//	weight_mu    weight_rho        bias_mu  bias_rho        blitz, this package; BayesianCNN (W_mu)
//	weight_mu    weight_log_sigma  bias_mu  bias_log_sigma  torchbnn
//	mu_weight    rho_weight        mu_bias  rho_bias        bayesian-torch
//	weight_mu    weight_sigma      bias_mu  bias_sigma      σ itself, or ρ in torch-uncertainty
//	mu.LAYER.weight  logvar.LAYER.weight …                  trees, as of haiku
//	kernel_mu    kernel_rho        bias_mu  bias_rho        flax
//	weight_auto_loc  weight_auto_scale …                    NumPyro's AutoNormal
//	kernel_posterior_loc  kernel_posterior_untransformed_scale …                     TensorFlow
//
// or locs.LAYER.weight and scales.LAYER.weight as of Pyro's AutoNormal, with σ = softplus(ρ) and
// the types F16, BF16, F32 or F64. LAYER is any path, or a number behind W and b; layers follow one
// another in the order of their numbers, which may have gaps as those of an nn.Sequential have,
// or, called by words, in the only order that their shapes allow. Scales may also be weight_var,
// which is σ², weight_logvar, or weight_precision; words may be plural or in capitals.
// A matrix is outputs×inputs as in PyTorch or inputs×outputs as in flax, whatever fits together.
// Biases without a distribution are exact. Other tensors are ignored, and named. What is not clear
// is an error.
func LoadForeign(path string, activation kernels.Activation) (*Foreign, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("posterior: %w", err)
	}
	f, err := ReadForeign(data, activation)
	if err != nil {
		return nil, fmt.Errorf("posterior %s: %w", path, err)
	}
	return f, nil
}

// ReadForeign parses the contents of a file for LoadForeign. Corrupt contents are
// an error, never a panic.
func ReadForeign(data []byte, activation kernels.Activation) (*Foreign, error) {
	file, _, err := parseTensors(data)
	if err != nil {
		return nil, err
	}
	r := &foreignReader{file: file, foreign: &Foreign{Posterior: &Posterior{}}}
	if err := r.findLayers(); err != nil {
		return nil, err
	}
	if err := r.orient(); err != nil {
		return nil, err
	}
	if err := r.nameScales(); err != nil {
		return nil, err
	}
	q := r.foreign.Posterior
	q.Model.Network = Network{Widths: []int{r.layers[0].in}, Activation: activation}
	for _, l := range r.layers {
		q.Model.Network.Widths = append(q.Model.Network.Widths, l.out)
		if err := r.read(l); err != nil {
			return nil, err
		}
	}
	if r.tiny > 0 {
		r.assume("%d scales are below 9.1e-13, the smallest σ that there is, and are taken for that",
			r.tiny)
	}
	if len(r.layers) == 1 {
		q.Model.Network.Activation = kernels.Identity
	}
	return r.foreign, q.Model.Network.validate()
}

// foreignReader understands a file step by step.
type foreignReader struct {
	file    safetensors.SafeTensors
	foreign *Foreign
	layers  []*foreignLayer
	rho     bool // tensors called sigma hold ρ
	tiny    int  // values of ρ below leastRho
}

func (r *foreignReader) assume(format string, args ...any) {
	r.foreign.Assumed = append(r.foreign.Assumed, fmt.Sprintf(format, args...))
}
