package bnn

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
)

// foreignTensors are the tensors of a file as another program would write them.
type foreignTensors map[string]safetensors.TensorView

func (v foreignTensors) put(name string, x []float32, shape ...int) {
	v[name], _ = view32(x, shape...)
}

func (v foreignTensors) read(t *testing.T) (*Foreign, error) {
	var file bytes.Buffer
	must.Do(t, safetensors.SerializeToWriter(v, nil, &file))
	return ReadForeign(file.Bytes(), kernels.ReLU)
}

// TestForeignScales: variances and their logarithms, with names as people choose them.
func TestForeignScales(t *testing.T) {
	rho := func(s float64) float64 { return math.Log(math.Expm1(s)) }
	for _, c := range []struct {
		mu, scale string // with %s for weight or bias
		scaled    func(sigma float64) float64
		said      string
	}{
		{"fc.%s_mean", "fc.%s_var", func(s float64) float64 { return s * s }, "scales are σ²"},
		{"fc.%s_mu", "fc.%s_log_var", func(s float64) float64 { return 2 * math.Log(s) },
			"scales are log σ²"},
		{"%s_mu", "%s_logvar", func(s float64) float64 { return 2 * math.Log(s) }, "scales are log σ²"},
		{"module.fc1.%s.mu", "module.fc1.%s.rho", rho, "layers in this order: module.fc1"},
		{"%s_mu_7", "%s_rho_7", rho, "layers in this order: 7"},
	} {
		sigma := []float64{0.25, 0.5, 2, 1e-3, 0.125, 3}
		scales := make([]float32, len(sigma))
		for i, s := range sigma {
			scales[i] = float32(c.scaled(s))
		}
		v := foreignTensors{}
		v.put(fmt.Sprintf(c.mu, "weight"), []float32{1, 2, 3, 4}, 2, 2)
		v.put(fmt.Sprintf(c.scale, "weight"), scales[:4], 2, 2)
		v.put(fmt.Sprintf(c.mu, "bias"), []float32{5, 6}, 2)
		v.put(fmt.Sprintf(c.scale, "bias"), scales[4:], 2)
		f, err := v.read(t)
		if err != nil {
			t.Errorf("%s: %v", c.scale, err)
			continue
		}
		if q := f.Posterior; !slices.Equal(q.Mu, []float32{1, 2, 3, 4, 5, 6}) {
			t.Errorf("%s: means %v", c.mu, q.Mu)
		}
		for i, s := range f.Posterior.Sigma() {
			if !(math.Abs(float64(s)/sigma[i]-1) < 1e-5) {
				t.Errorf("%s: σ of parameter %d is %v, want %v", c.scale, i, s, sigma[i])
			}
		}
		if said := strings.Join(f.Assumed, "\n"); !strings.Contains(said, c.said) {
			t.Errorf("%s: assumed %q, want %q", c.scale, said, c.said)
		}
	}
	v := foreignTensors{}
	v.putLayer("fc", 1, 1, false)
	delete(v, "fc.weight_sigma")
	v.put("fc.weight_var", []float32{-1}, 1, 1)
	if _, err := v.read(t); err == nil || !strings.Contains(err.Error(), "fc.weight_var: element 0: "+
		"variance: -1") {
		t.Errorf("a negative variance: error %v", err)
	}
}

// putLayer adds a layer's outputs×inputs matrix and, if there are any, biases.
func (v foreignTensors) putLayer(path string, out, in int, bias bool) {
	halves := slices.Repeat([]float32{0.5}, out*in)
	v.put(path+".weight_mu", halves, out, in)
	v.put(path+".weight_sigma", halves, out, in)
	if bias {
		v.put(path+".bias_mu", halves[:out], out)
		v.put(path+".bias_sigma", halves[:out], out)
	}
}

// TestForeignOrder: layers called by words are put in order by their shapes, if one order fits.
func TestForeignOrder(t *testing.T) {
	v := foreignTensors{}
	v.putLayer("stem", 5, 2, true)
	v.putLayer("block.2", 5, 5, true)
	v.putLayer("block.10", 5, 5, true)
	v.putLayer("head", 1, 5, true)
	f, err := v.read(t)
	if err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(f.Assumed, "\n"); !strings.Contains(said,
		"layers in this order: stem, block.2, block.10, head") {
		t.Errorf("assumed %q", said)
	}
	v.putLayer("middle", 5, 5, true)
	if _, err := v.read(t); err == nil || !strings.Contains(err.Error(), "in several orders") {
		t.Errorf("error %v, want one of several orders", err)
	}
}

// TestForeignOrderTransposed: biases say which way round matrices are where two orders fit.
func TestForeignOrderTransposed(t *testing.T) {
	v := foreignTensors{}
	for _, l := range []struct {
		path    string
		in, out int
	}{{"stem", 3, 4}, {"head", 4, 2}} {
		x := slices.Repeat([]float32{0.5}, l.in*l.out)
		v.put(l.path+".w_mu", x, l.in, l.out)
		v.put(l.path+".w_sigma", x, l.in, l.out)
		v.put(l.path+".b_mu", x[:l.out], l.out)
		v.put(l.path+".b_sigma", x[:l.out], l.out)
	}
	f, err := v.read(t)
	if err != nil || !slices.Equal(f.Posterior.Model.Network.Widths, []int{3, 4, 2}) {
		t.Errorf("read %+v, error %v", f, err)
	}
}

// TestForeignFormats: a file of another format is another program's; one of this program that was
// cut off is not, whatever its header's length begins like.
func TestForeignFormats(t *testing.T) {
	for data, foreign := range map[string]bool{
		"PK\x03\x04\x14\x00\x08\x08 data.pkl": true,
		"\x89HDF\r\n\x1a\n":                   true,
		"\x80\x02\x8a\nl\xfc\x9cF\xf9":        true,
		"\x80\x02\x00\x00\x00\x00\x00\x00{":   false,
		// The header tells, whatever became of the tensors.
		header(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`):                         true,
		header(`{"__metadata__":{"symvi.format":"2"}}`):                                          false,
		header(`{"__metadata__":{"made by":"us"}}`):                                              true,
		header(`{"__metadata__":{"symvi.format":"2","x":"` + strings.Repeat("x", 2<<20) + `"}}`): false,
		header(`{"__metadata__":{"x":"` + strings.Repeat("x", 2<<20) + `"}}`):                    true,
		header(`{"a":{"dtype":`): false,
	} {
		path := filepath.Join(t.TempDir(), "model")
		must.Do(t, os.WriteFile(path, []byte(data), 0o600))
		if got := IsForeign(path); got != foreign {
			t.Errorf("%.99q is of another program: %v, want %v", data, got, foreign)
		}
	}
}

// header is the beginning of a safetensors file.
func header(text string) string {
	return string(binary.LittleEndian.AppendUint64(nil, uint64(len(text)))) + text
}
