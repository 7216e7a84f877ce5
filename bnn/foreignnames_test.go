package bnn

import (
	"archive/zip"
	"bytes"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
)

// foreignWriter is how another program names and stores the two layers of a network [3 2 1]: the
// names of the means and scales of weights and biases of a layer, inputs×outputs or not, and what
// stands for σ.
type foreignWriter struct {
	name       string
	tensors    func(layer int) [4]string // weights' means, scales; biases' means, scales, or ""
	transposed bool
	scale      func(sigma float64) float64
	extra      []string // of one element each
}

func isSigma(s float64) float64 { return s }
func isRho(s float64) float64   { return math.Log(math.Expm1(s)) }

func isLogVariance(s float64) float64 { return 2 * math.Log(s) }

var foreignWriters = []foreignWriter{
	{name: "Pyro AutoNormal", scale: isSigma, tensors: func(l int) [4]string {
		at := []string{"fc1.", "fc2."}[l]
		return [4]string{"AutoNormal.locs." + at + "weight", "AutoNormal.scales." + at + "weight",
			"AutoNormal.locs." + at + "bias", "AutoNormal.scales." + at + "bias"}
	}, extra: []string{"AutoNormal.locs.noise", "AutoNormal.scales.noise"}},
	{name: "Pyro's state_dict", scale: isRho, tensors: func(l int) [4]string {
		at := []string{"net.0.", "net.2."}[l]
		return [4]string{"locs." + at + "weight", "scales." + at + "weight_unconstrained",
			"locs." + at + "bias", "scales." + at + "bias_unconstrained"}
	}},
	{name: "Pyro's parameters, unconstrained under the name of scales", scale: isRho,
		tensors: func(l int) [4]string {
			at := []string{"a.", "b."}[l]
			return [4]string{"locs." + at + "weight", "scales." + at + "weight",
				"locs." + at + "bias", "scales." + at + "bias"}
		}},
	{name: "NumPyro's sites", transposed: true, scale: isSigma, tensors: func(l int) [4]string {
		n := []string{"1", "2"}[l]
		return [4]string{"W" + n + "_auto_loc", "W" + n + "_auto_scale", "b" + n + "_auto_loc",
			"b" + n + "_auto_scale"}
	}, extra: []string{"prec_obs_auto_loc", "prec_obs_auto_scale"}},
	{name: "NumPyro with flax", transposed: true, scale: isSigma, tensors: func(l int) [4]string {
		at := []string{"nn/Dense_0.", "nn/Dense_1."}[l]
		return [4]string{at + "kernel_auto_loc", at + "kernel_auto_scale", at + "bias_auto_loc",
			at + "bias_auto_scale"}
	}},
	{name: "NumPyro's named sites", scale: isSigma, tensors: func(l int) [4]string {
		at := []string{"fc1_", "fc2_"}[l]
		return [4]string{at + "weight_auto_loc", at + "weight_auto_scale", at + "bias_auto_loc",
			at + "bias_auto_scale"}
	}},
	{name: "TensorFlow Probability", transposed: true, scale: isRho, tensors: func(l int) [4]string {
		at := []string{"model/dense_flipout/", "model/dense_flipout_1/"}[l]
		return [4]string{at + "kernel_posterior_loc:0", at + "kernel_posterior_untransformed_scale:0",
			at + "bias_posterior_loc:0", ""}
	}},
	{name: "bayesian-torch", scale: isRho, tensors: func(l int) [4]string {
		at := []string{"0.", "2."}[l]
		return [4]string{at + "mu_weight", at + "rho_weight", at + "mu_bias", at + "rho_bias"}
	}, extra: []string{"0.eps_weight", "0.prior_weight_mu", "0.prior_weight_sigma",
		"0.prior_bias_mu"}},
	{name: "blitz", scale: isRho, tensors: func(l int) [4]string {
		at := []string{"blinear1.", "blinear2."}[l]
		return [4]string{at + "weight_mu", at + "weight_rho", at + "bias_mu", at + "bias_rho"}
	}, extra: []string{"blinear1.weight_sampler.mu", "blinear1.weight_sampler.rho"}},
	{name: "torchbnn", scale: math.Log, tensors: func(l int) [4]string {
		at := []string{"0.", "2."}[l]
		return [4]string{at + "weight_mu", at + "weight_log_sigma", at + "bias_mu", at + "bias_log_sigma"}
	}},
	{name: "a list with exact biases", scale: isSigma, tensors: func(l int) [4]string {
		n := []string{"0", "1"}[l]
		return [4]string{"w_" + n + "_mu", "w_" + n + "_sigma", "b_" + n, ""}
	}},
	{name: "trees of haiku", transposed: true, scale: isLogVariance, tensors: func(l int) [4]string {
		at := []string{"/mlp/~/linear_0/", "/mlp/~/linear_1/"}[l]
		return [4]string{"mu" + at + "w", "logvar" + at + "w", "mu" + at + "b", "logvar" + at + "b"}
	}},
	{name: "trees of PyTorch's names", scale: isSigma, tensors: func(l int) [4]string {
		at := []string{"fc1.", "fc2."}[l]
		return [4]string{"means." + at + "weight", "stds." + at + "weight", "means." + at + "bias",
			"stds." + at + "bias"}
	}},
	{name: "precisions", scale: func(s float64) float64 { return 1 / (s * s) },
		tensors: func(l int) [4]string {
			at := []string{"fc1.", "fc2."}[l]
			return [4]string{at + "weight_mean", at + "weight_precision", at + "bias_mean",
				at + "bias_prec"}
		}},
	{name: "words in capitals", scale: math.Log, tensors: func(l int) [4]string {
		at := []string{"fc1.", "fc2."}[l]
		return [4]string{at + "weightMu", at + "weightLogScale", at + "q_Bias_Mu", at + "q_Bias_Log_Std"}
	}},
	{name: "plurals and W_p", scale: isRho, tensors: func(l int) [4]string {
		at := []string{"l1.", "l2."}[l]
		return [4]string{at + "weights_mu", at + "weights_p", at + "biases_mu", at + "biases_raw_scale"}
	}},
	{name: "exact biases of PyTorch", scale: isRho, tensors: func(l int) [4]string {
		at := []string{"fc1.", "fc2."}[l]
		return [4]string{at + "weight_mu", at + "weight_rho", at + "bias", ""}
	}},
}

// file writes the network as the program would.
func (w foreignWriter) file(t *testing.T) []byte {
	t.Helper()
	tensors := map[string]safetensors.TensorView{}
	put := func(name string, x []float32, shape ...int) {
		tensors[name] = must.Get(view32(x, shape...))(t)
	}
	means, sigma, at := foreignMeans, foreignSigma, 0
	for l, shape := range [][2]int{{2, 3}, {1, 2}} {
		names, out, in := w.tensors(l), shape[0], shape[1]
		n := out * in
		rows, cols := out, in
		mu, scales := means[at:at+n], w.scales(sigma[at:at+n])
		if w.transposed {
			mu, scales = transpose(mu, out, in), transpose(scales, out, in)
			rows, cols = in, out
		}
		put(names[0], mu, rows, cols)
		put(names[1], scales, rows, cols)
		put(names[2], means[at+n:at+n+out], out)
		if names[3] != "" {
			put(names[3], w.scales(sigma[at+n:at+n+out]), out)
		}
		at += n + out
	}
	for _, name := range w.extra {
		put(name, []float32{1}, 1)
	}
	var file bytes.Buffer
	must.Do(t, safetensors.SerializeToWriter(tensors, nil, &file))
	return file.Bytes()
}

func (w foreignWriter) scales(sigma []float64) []float32 {
	x := make([]float32, len(sigma))
	for i, s := range sigma {
		x[i] = float32(w.scale(s))
	}
	return x
}

var (
	foreignMeans = []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	foreignSigma = []float64{.1, .2, .3, .4, .5, .6, .25, .05, .15, .35, .45}
)

// One network, as many programs write it, is read as the same posterior, and what is ignored is
// named.
func TestForeignNames(t *testing.T) {
	for _, w := range foreignWriters {
		t.Run(w.name, func(t *testing.T) {
			f, err := ReadForeign(w.file(t), kernels.ReLU)
			if err != nil {
				t.Fatal(err)
			}
			q := f.Posterior
			if !slices.Equal(q.Model.Network.Widths, []int{3, 2, 1}) || !slices.Equal(q.Mu, foreignMeans) {
				t.Errorf("widths %v and means %v", q.Model.Network.Widths, q.Mu)
			}
			exact := w.tensors(0)[3] == ""
			for i, s := range q.Sigma() {
				bias := i == 6 || i == 7 || i == 10
				want := foreignSigma[i]
				if exact && bias {
					if want = 0; s > 1e-12 {
						t.Errorf("σ %d of an exact bias is %v", i, s)
					}
				} else if !(math.Abs(float64(s)/want-1) < 4e-6) {
					t.Errorf("σ %d is %v, want %v", i, s, want)
				}
			}
			said := strings.Join(f.Assumed, "\n")
			for _, name := range w.extra {
				if !strings.Contains(said, name) {
					t.Errorf("%q does not name %s, which is ignored", said, name)
				}
			}
			if got := strings.Contains(said, "exact, with the smallest σ"); got != exact {
				t.Errorf("exact biases: %v, but said is %q", exact, said)
			}
		})
	}
}

// What would be read as another network, or cannot be, is refused, and the error says what it is.
func TestForeignRefusals(t *testing.T) {
	type views = map[string]safetensors.TensorView
	vector := func(n int) safetensors.TensorView { v, _ := view32(make([]float32, n), n); return v }
	for want, change := range map[string]func(views){
		"layers.1.running_mean: a layer that normalizes": func(v views) {
			v["layers.1.running_mean"] = vector(2)
		},
		"layers.1.scale: a layer that normalizes": func(v views) {
			v["layers.1.scale"], v["layers.1.bias"] = vector(2), vector(2)
		},
		`the same names and shapes behind "" and "ema"`: func(v views) {
			for name, view := range maps.Clone(v) {
				v["ema."+name] = view
			}
		},
		"_var or the like; found": func(v views) {
			for name, view := range maps.Clone(v) {
				if base, found := strings.CutSuffix(name, "_rho"); found {
					delete(v, name)
					v[base+"_sq_mean"] = view
				}
			}
		},
		"the file has no tensor": func(v views) { clear(v) },
		"layers.1.weight: a layer without a distribution": func(v views) {
			v["layers.1.weight"] = vector(2)
		},
		"auto_loc holds all parameters in one vector": func(v views) {
			clear(v)
			v["auto_loc"], v["auto_scale"] = vector(11), vector(11)
		},
		"mean holds all parameters in one vector": func(v views) {
			clear(v)
			v["mean"], v["H"] = vector(11), vector(11)
		},
		"scale_tril: a posterior with correlations": func(v views) {
			clear(v)
			v["auto_loc"] = vector(11)
			v["AutoMultivariateNormal.scale_tril"], _ = view32(make([]float32, 121), 11, 11)
		},
	} {
		if _, err := ReadForeign(foreignFile(t, change), kernels.ReLU); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// Files of other formats are named, with what writes the tensors as they are wanted.
func TestOtherFormats(t *testing.T) {
	zipped := func(name string) string {
		var file bytes.Buffer
		z := zip.NewWriter(&file)
		must.Get(z.Create(name))(t)
		must.Do(t, z.Close())
		return file.String()
	}
	for text, want := range map[string]string{
		zipped("archive/data.pkl"):             "safetensors.torch.save_file",
		"\x80\x02}q\x00.":                      "safetensors.torch.save_file",
		zipped("weight.npy"):                   "numpy.load",
		"\x93NUMPY\x01\x00":                    "numpy.load",
		zipped("config.json"):                  "Keras",
		"\x89HDF\r\n\x1a\n" + zipped("other"):  "HDF5",
		zipped("other"):                        "not a usable safetensors file",
		"version https://git-lfs.github.com\n": "Git LFS",
		"<!DOCTYPE html><html>":                "it is a web page",
		"means 1 2 3":                          "not a usable safetensors file",
	} {
		if _, err := ReadForeign([]byte(text), kernels.ReLU); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: error %v, want one with %q", text, err, want)
		}
	}
}
