package bnn

import "github.com/symvi/symvi/kernels"

// permanent averages over all permutations of the only hidden layer:
// I(ω) = tr C − log perm(e^C) + log n!.
type permanent struct {
	*neurons
	pairs       pairing
	information kernels.F64
}

func newPermanent(s *scratch, layers *neurons, pairs pairing, samples int) *permanent {
	return &permanent{layers, pairs, s.f64(samples)}
}

func (e *permanent) prepare() { e.pairs.prepare() }

func (e *permanent) found() found { return found{information: e.information, exact: true} }

func (e *permanent) evaluate(w kernels.F32, samples int, _ drawKey, gradient bool) {
	e.pairs.densities(w, samples)
	h := e.hidden[0]
	p := kernels.Permanent{Batch: samples, N: h.n, C: h.c, Information: e.information}
	if gradient {
		p.Coefficients = h.coefficients
	}
	e.device.Permanent(p)
	e.pairs.correct(e.information, samples)
}

func (e *permanent) addGradient(w, dw kernels.F32, samples int, scale float64) {
	e.pairs.addGradient(w, dw, samples, scale)
}

// enumerated averages over all permutations of several small hidden layers, one by one.
type enumerated struct{ permuted }

func newEnumerated(s *scratch, layers *neurons, pairs pairing, order, samples int) *enumerated {
	e := &enumerated{newPermuted(s, layers, pairs, order, s.f64(samples))}
	e.list(samples)
	return e
}

// list puts the whole group into the layers' perms, the identity first.
func (e *enumerated) list(samples int) {
	each := e.count
	for _, h := range e.hidden {
		layer := [][]int32{{}}
		for n := range int32(h.n) {
			var longer [][]int32
			for at := n; at >= 0; at-- {
				for _, p := range layer {
					q := append(append(append([]int32{}, p[:at]...), n), p[at:]...)
					longer = append(longer, q)
				}
			}
			layer = longer
		}
		each /= len(layer) // the last layers' permutations change fastest
		perms := make([]int32, 0, samples*e.count*h.n)
		for k := range samples * e.count {
			perms = append(perms, layer[k%e.count/each%len(layer)]...)
		}
		h.perms.Upload(perms)
	}
}

func (e *enumerated) found() found { return found{information: e.information, exact: true} }

func (e *enumerated) evaluate(w kernels.F32, samples int, _ drawKey, _ bool) {
	e.pairs.densities(w, samples)
	e.average(w, samples)
}
