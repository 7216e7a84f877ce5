package bnn

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/nlpodyssey/safetensors"

	"github.com/symvi/symvi/internal/half"
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

// foreignLayer is one layer's tensors.
type foreignLayer struct {
	path         string
	weight, bias foreignPart
	rows, cols   int // of the weight as it is stored
	in, out      int
	transposed   bool // stored as inputs×outputs
}

// foreignPart holds the names of the tensors of weights or biases, "" for those that there are not.
type foreignPart struct {
	mu, rho, sigma, logSigma, variance, logVariance, precision, logPrecision string

	point bool // means may be without scales: exact values
}

func (r *foreignReader) assume(format string, args ...any) {
	r.foreign.Assumed = append(r.foreign.Assumed, fmt.Sprintf(format, args...))
}

// findLayers collects the tensors by layer and brings the layers into order.
func (r *foreignReader) findLayers() error {
	byPath := map[string]*foreignLayer{}
	names := slices.Sorted(slices.Values(r.file.Names()))
	var ignored, alone []string
	for _, name := range names {
		t, known := readForeignName(name)
		switch {
		case !known:
			ignored = append(ignored, name)
			continue
		case t.role == "":
			alone = append(alone, name)
			continue
		}
		if byPath[t.path] == nil {
			byPath[t.path] = &foreignLayer{path: t.path}
			r.layers = append(r.layers, byPath[t.path])
		}
		if err := byPath[t.path].put(t, name); err != nil {
			return err
		}
	}
	if len(r.layers) == 0 {
		return r.noLayers(names)
	}
	more, err := placeAlone(byPath, alone)
	if err != nil {
		return err
	}
	if err := r.checkIgnored(ignored); err != nil {
		return err
	}
	r.dropPrefixes()
	slices.SortFunc(r.layers, func(a, b *foreignLayer) int { return naturalCompare(a.path, b.path) })
	if ignored = append(ignored, more...); len(ignored) > 0 {
		r.assume("%d other tensors are ignored: %s", len(ignored), firstOf(ignored))
	}
	return r.checkLayers()
}

// firstOf lists some names.
func firstOf(names []string) string {
	const most = 8
	text := strings.Join(names[:min(len(names), most)], ", ")
	if len(names) > most {
		text += ", …"
	}
	return text
}

// lastPart is what a tensor is called in its layer.
func lastPart(name string) string { return name[strings.LastIndexAny(name, "./")+1:] }

// noLayers is the error of a file without the means of a layer.
func (r *foreignReader) noLayers(names []string) error {
	for _, name := range names {
		last := lastPart(name)
		switch t, _ := r.file.Tensor(name); {
		case strings.HasSuffix(last, "scale_tril"), strings.HasSuffix(last, "cov_factor"):
			return fmt.Errorf("tensor %s: a posterior with correlations; only those without "+
				"(AutoNormal) are understood", name)
		case len(t.Shape()) == 1 && t.Shape()[0] > 1 &&
			slices.Contains([]string{"loc", "auto_loc", "mean", "mu"}, last):
			return fmt.Errorf("tensor %s holds all parameters in one vector, as of "+
				"AutoDiagonalNormal or laplace-torch, and not which is which; write two tensors a "+
				"layer, such as fc1.weight_mu and fc1.weight_sigma", name)
		}
	}
	has := "no tensor"
	if len(names) > 0 {
		has = firstOf(names)
	}
	return fmt.Errorf("no tensor is named like a layer's means, such as layers.0.weight_mu; "+
		"the file has %s", has)
}

// placeAlone gives layers the biases that have no distribution. Weights without one are a layer
// of their own, which is refused; or those of one draw, which are more to ignore.
func placeAlone(byPath map[string]*foreignLayer, names []string) (more []string, err error) {
	for _, name := range names {
		t, _ := readForeignName(name)
		l := byPath[t.path]
		switch {
		case l == nil && !t.bias:
			return nil, fmt.Errorf("tensor %s: a layer without a distribution, of which none can "+
				"be in between; want names like weight_mu", name)
		case l == nil || !t.bias || l.bias.mu != "" || len(l.bias.scales()) > 0:
			more = append(more, name)
		default:
			l.bias.mu, l.bias.point = name, true
		}
	}
	return more, nil
}

// checkIgnored refuses tensors of layers that would change what the network computes.
func (r *foreignReader) checkIgnored(names []string) error {
	for _, name := range names {
		last := strings.TrimSuffix(lastPart(name), ":0")
		_, biased := r.file.Tensor(strings.TrimSuffix(name, last) + "bias") // flax's LayerNorm
		if slices.Contains([]string{"running_mean", "moving_mean", "gamma"}, last) ||
			last == "scale" && biased {
			return fmt.Errorf("tensor %s: a layer that normalizes, of which none can be in between",
				name)
		}
	}
	return nil
}

// put files a tensor's name under its meaning.
func (l *foreignLayer) put(t foreignTensor, name string) error {
	part := &l.weight
	if t.bias {
		part = &l.bias
		part.point = part.point || t.point
	}
	to := map[string]*string{"mu": &part.mu, "rho": &part.rho, "sigma": &part.sigma,
		"log sigma": &part.logSigma, "variance": &part.variance,
		"log variance": &part.logVariance, "precision": &part.precision,
		"log precision": &part.logPrecision}[t.role]
	if *to != "" {
		return fmt.Errorf("tensors %s and %s: want one of them, both say the same of a layer", *to, name)
	}
	*to = name
	return nil
}

// dropPrefixes keeps, of the layers of a checkpoint of this package with a best posterior, that
// one.
func (r *foreignReader) dropPrefixes() {
	best := func(l *foreignLayer) bool { return strings.HasPrefix(l.path, bestPrefix) }
	if slices.ContainsFunc(r.layers, best) {
		r.layers = slices.DeleteFunc(r.layers, func(l *foreignLayer) bool { return !best(l) })
		r.assume("the posterior called best is read")
	}
}

// naturalCompare orders paths by their texts and, where those are equal, their numbers by value.
func naturalCompare(a, b string) int {
	split := func(s string) (text, number, rest string) {
		at := strings.IndexFunc(s, unicode.IsDigit)
		if at < 0 {
			return s, "", ""
		}
		end := at
		for end < len(s) && s[end] >= '0' && s[end] <= '9' {
			end++
		}
		return s[:at], s[at:end], s[end:]
	}
	for a != "" || b != "" {
		textA, numberA, restA := split(a)
		textB, numberB, restB := split(b)
		if c := strings.Compare(textA, textB); c != 0 {
			return c
		}
		x, errA := strconv.Atoi(numberA)
		y, errB := strconv.Atoi(numberB)
		if errA != nil || errB != nil || x != y {
			return x - y
		}
		a, b = restA, restB
	}
	return 0
}

// checkLayers reads the shapes and reports layers that are not whole.
func (r *foreignReader) checkLayers() error {
	var without, exact []string
	for _, l := range r.layers {
		for _, part := range []struct {
			name string
			*foreignPart
		}{{"weight", &l.weight}, {"bias", &l.bias}} {
			scales := part.scales()
			switch {
			case part.mu == "" && len(scales) == 0:
				if part.name == "weight" {
					return fmt.Errorf("layer %q has biases and no weights", l.path)
				}
				without = append(without, l.path)
			case part.mu == "":
				return fmt.Errorf("tensor %s has no means beside it", scales[0])
			case len(scales) == 0 && part.point:
				exact = append(exact, l.path)
			case len(scales) == 0:
				return r.noScales(part.mu)
			case len(scales) > 1:
				return fmt.Errorf("tensors %s and %s: want one of them, they may contradict each "+
					"other", scales[0], scales[1])
			}
		}
		t, _ := r.file.Tensor(l.weight.mu)
		shape := t.Shape()
		if len(shape) != 2 || shape[0] == 0 || shape[1] == 0 || shape[0] > 1<<24 || shape[1] > 1<<24 {
			return fmt.Errorf("tensor %s of shape %v: want a matrix; only layers that connect "+
				"everything are understood", l.weight.mu, shape)
		}
		l.rows, l.cols = int(shape[0]), int(shape[1])
	}
	if len(without) > 0 {
		r.assume("no biases in %s: exactly 0, with the smallest σ that there is; so L_VI is no "+
			"one's but this reading's", strings.Join(without, ", "))
	}
	if len(exact) > 0 {
		r.assume("biases in %s are without a distribution: exact, with the smallest σ that there is; "+
			"so L_VI is no one's but this reading's", strings.Join(exact, ", "))
	}
	return nil
}

// noScales is the error of means without scales: what is there in the same layer may be them.
func (r *foreignReader) noScales(means string) error {
	layer := strings.TrimSuffix(means, lastPart(means))
	beside := slices.DeleteFunc(slices.Sorted(slices.Values(r.file.Names())), func(name string) bool {
		return name == means || lastPart(name) == name && layer != "" || !strings.HasPrefix(name, layer)
	})
	found := "nothing"
	if len(beside) > 0 {
		found = firstOf(beside)
	}
	return fmt.Errorf("tensor %s has no scales beside it, whose name would end in _rho, _sigma, "+
		"_log_sigma, _var or the like; found %s", means, found)
}

// scales are the tensors that could say the standard deviations.
func (p *foreignPart) scales() []string {
	return slices.DeleteFunc([]string{p.rho, p.sigma, p.logSigma, p.variance, p.logVariance,
		p.precision, p.logPrecision}, func(name string) bool { return name == "" })
}

// orient decides whether matrices are outputs×inputs or inputs×outputs: all are stored alike.
func (r *foreignReader) orient() error {
	if err := r.checkCopies(); err != nil {
		return err
	}
	if err := r.arrange(); err != nil {
		return err
	}
	if r.layers[0].path != "" {
		r.assume("layers in this order: %s", r.paths())
	}
	errPlain := r.chain(false)
	errTransposed := r.chain(true)
	switch {
	case errTransposed == nil && (errPlain != nil || r.orientations()[0]):
		r.assume("weights are stored %s", storage(true))
		return r.chain(true)
	case errPlain != nil:
		return errPlain
	case errTransposed == nil:
		r.assume("weights are taken as outputs×inputs, as by PyTorch; their shapes would allow " +
			"the opposite too")
	default:
		r.assume("weights are stored %s", storage(false))
	}
	return r.chain(false)
}

// chain sets the layers' inputs and outputs, and reports where they do not fit together.
func (r *foreignReader) chain(transposed bool) error {
	for i, l := range r.layers {
		l.transposed, l.out, l.in = transposed, l.rows, l.cols
		if transposed {
			l.out, l.in = l.cols, l.rows
		}
		if i > 0 && r.layers[i-1].out != l.in {
			return fmt.Errorf("tensor %s has %d inputs, but the layer below, %s, has %d outputs",
				l.weight.mu, l.in, r.layers[i-1].path, r.layers[i-1].out)
		}
		if l.bias.mu == "" {
			continue
		}
		if t, _ := r.file.Tensor(l.bias.mu); !slices.Equal(t.Shape(), []uint64{uint64(l.out)}) {
			return fmt.Errorf("tensor %s has shape %v, want [%d] as the layer's outputs", l.bias.mu,
				t.Shape(), l.out)
		}
	}
	return nil
}

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
