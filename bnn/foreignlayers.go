package bnn

import (
	"fmt"
	"slices"
	"strings"
)

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

// scales are the tensors that could say the standard deviations.
func (p *foreignPart) scales() []string {
	return slices.DeleteFunc([]string{p.rho, p.sigma, p.logSigma, p.variance, p.logVariance,
		p.precision, p.logPrecision}, func(name string) bool { return name == "" })
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
