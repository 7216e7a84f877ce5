package bnn

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxSearchedLayers bounds the layers whose order is found from their shapes.
const maxSearchedLayers = 8

// arrange brings layers that are not told apart by numbers alone into the order that their shapes
// allow, where there is one only. Layers that differ by numbers keep their order.
func (r *foreignReader) arrange() error {
	byText := map[string][]*foreignLayer{}
	for _, l := range r.layers {
		text := withoutDigits(l.path)
		byText[text] = append(byText[text], l)
	}
	if len(byText) == 1 || len(r.layers) > maxSearchedLayers {
		return nil
	}
	for _, transposed := range r.orientations() {
		orders := r.orders(byText, nil, transposed)
		if len(orders) > 1 {
			return fmt.Errorf("layers %s fit together in several orders; name them by number, such "+
				"as layers.0", r.paths())
		}
		if len(orders) == 1 {
			if !slices.Equal(r.layers, orders[0]) {
				r.layers = orders[0]
				r.assume("the layers' order is the only one that their shapes allow, "+
					"weights being %s", storage(transposed))
			}
			return nil
		}
	}
	return nil
}

// orders are the ways to continue a chain of layers to its end, at most two of them.
func (r *foreignReader) orders(rest map[string][]*foreignLayer, begun []*foreignLayer,
	transposed bool) (found [][]*foreignLayer) {
	if len(begun) == len(r.layers) {
		return [][]*foreignLayer{slices.Clone(begun)}
	}
	for text, layers := range rest {
		if len(layers) == 0 || !r.fits(begun, layers[0], transposed) {
			continue
		}
		rest[text] = layers[1:]
		found = append(found, r.orders(rest, append(begun, layers[0]), transposed)...)
		rest[text] = layers
		if len(found) > 1 {
			return found[:2]
		}
	}
	return found
}

// fits reports whether a layer has as many inputs as the last one below has outputs, and as many
// biases as outputs.
func (r *foreignReader) fits(below []*foreignLayer, l *foreignLayer, transposed bool) bool {
	sizes := func(l *foreignLayer) (in, out int) {
		if transposed {
			return l.rows, l.cols
		}
		return l.cols, l.rows
	}
	in, out := sizes(l)
	if l.bias.mu != "" {
		t, _ := r.file.Tensor(l.bias.mu)
		if !slices.Equal(t.Shape(), []uint64{uint64(out)}) {
			return false
		}
	}
	if len(below) == 0 {
		return true
	}
	_, outputs := sizes(below[len(below)-1])
	return outputs == in
}

// paths lists the layers.
func (r *foreignReader) paths() string {
	var paths []string
	for _, l := range r.layers {
		paths = append(paths, l.path)
	}
	return strings.Join(paths, ", ")
}

// storage says how matrices are stored.
func storage(transposed bool) string {
	if transposed {
		return "inputs×outputs, as by flax, NumPyro and Keras"
	}
	return "outputs×inputs, as by PyTorch"
}

// orientations says first how the program that wrote the names stores its matrices: as
// inputs×outputs (true) where they are called kernels or are NumPyro's.
func (r *foreignReader) orientations() []bool {
	name := r.layers[0].weight.mu
	byName := strings.Contains(name, "kernel") || strings.HasSuffix(name, "_auto_loc")
	return []bool{byName, !byName}
}

// checkCopies refuses a file with two posteriors of one network, such as a model and its moving
// average: groups of several layers each, with the same names and shapes behind different words.
// Those behind words that differ by a number only are blocks of one network.
func (r *foreignReader) checkCopies() error {
	pairs := map[[2]string]int{} // of words in front of a name, by how many layers they are
	for _, a := range r.layers {
		for _, b := range r.layers {
			if a.rows != b.rows || a.cols != b.cols {
				continue
			}
			wordA, nameA, _ := strings.Cut(a.path, ".")
			wordB, nameB, _ := strings.Cut(b.path, ".")
			switch added, found := strings.CutSuffix(b.path, "."+a.path); {
			case found:
				pairs[[2]string{"", added}]++
			case nameA != "" && nameA == nameB && withoutDigits(wordA) < withoutDigits(wordB):
				pairs[[2]string{wordA, wordB}]++
			}
		}
	}
	for words, n := range pairs {
		if n > 1 && 2*n == len(r.layers) {
			return fmt.Errorf("layers %s have the same names and shapes behind %q and %q, like two "+
				"posteriors of one network; want one, or layers named by number", r.paths(), words[0],
				words[1])
		}
	}
	return nil
}

// withoutDigits is a name without its numbers.
func withoutDigits(name string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsDigit(c) {
			return -1
		}
		return c
	}, name)
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
