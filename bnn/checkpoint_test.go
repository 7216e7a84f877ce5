package bnn

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/internal/seal"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

func exampleCheckpoint(t testing.TB) *Checkpoint {
	m := Model{Network{[]int{3, 4, 2}, kernels.Tanh}, Gaussian(0.3), Prior{PriorIsotropic, 0.1}}
	q := must.Get(NewPosterior(m, 0.05, 1))(t)
	n := len(q.Mu)
	squares := make([]float32, n)
	for i, mu := range q.Mu {
		squares[i] = mu * mu
	}
	return &Checkpoint{
		Posterior: q,
		State: &State{Epoch: 2, Batch: 5, Moment1: q.Mu[:n:n], Moment2: squares,
			Sums: []float64{-1.5, math.Pi, 1e300, 2, 3}, Permutations: 17},
		Vectors:  map[string][]float32{"input.mean": {1, 2, 3}},
		Metadata: map[string]string{"config": "seed = 1\n", "note": `"quoted" é`},
	}
}

func TestCheckpointRoundTrip(t *testing.T) {
	c := exampleCheckpoint(t)
	c.State.Moment1 = append(c.State.Moment1, c.State.Moment1...)
	c.State.Moment2 = append(c.State.Moment2, c.State.Moment2...)
	path := filepath.Join(t.TempDir(), "model.safetensors")
	for range 2 { // the second save replaces the first
		must.Do(t, c.Save(path))
	}
	got := must.Get(LoadCheckpoint(path))(t)
	if !reflect.DeepEqual(got, c) {
		t.Errorf("read %+v, want %+v", got, c)
	}
	var a, b bytes.Buffer
	must.Do(t, c.Write(&a))
	if err := got.Write(&b); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("writing it again gave other bytes (%v)", err)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("files left behind: %v", files)
	}
}

// TestCheckpointOfEveryModel stores all that a training can know.
func TestCheckpointOfEveryModel(t *testing.T) {
	for _, l := range allLikelihoods {
		for _, kind := range allPriors[1:] {
			m := Model{mlp(3, 4, l.Outputs(2)), l, Prior{kind, 0.8}}
			q, best := somePosterior(t, m), somePosterior(t, m)
			best.Mu[0]++
			moments := make([]float32, 2*len(q.Mu)+len(q.Noise))
			c := &Checkpoint{Posterior: q, Vectors: map[string][]float32{}, Metadata: map[string]string{},
				State: &State{Epoch: 1, Moment1: moments, Moment2: moments,
					Sums: make([]float64, statistics), History: []float64{-math.Pi, -1},
					HistoryEpochs: 4, Recent: 3, ValidationNLL: 0.1, Best: &Best{best, 7, -1.0 / 3}}}
			path := filepath.Join(t.TempDir(), "model.safetensors")
			must.Do(t, c.Save(path))
			if got, err := LoadCheckpoint(path); err != nil || !reflect.DeepEqual(got, c) {
				t.Errorf("%v, %s: read %+v, want %+v, error %v", l, kind, got, c, err)
			}
			if got, err := Load(path); err != nil || !reflect.DeepEqual(got, best) {
				t.Errorf("%v, %s: Load gave %+v, want the best posterior, error %v", l, kind, got, err)
			}
			must.Do(t, q.Save(path))
			if got, err := Load(path); err != nil || !reflect.DeepEqual(got, q) {
				t.Errorf("%v, %s: Load gave %+v, want what Save wrote, error %v", l, kind, got, err)
			}
		}
	}
}

// TestOldCheckpoints: files of format 1 load and predict, and say that they are old.
func TestOldCheckpoints(t *testing.T) {
	for _, m := range []Model{{mlp(3, 4, 2), Softmax(), Prior{Std: 0.8}},
		{tanh(3, 4, 2), Gaussian(0.3), Prior{Std: 0.8}}} {
		q := somePosterior(t, m)
		moments := make([]float32, 2*len(q.Mu))
		c := &Checkpoint{Posterior: q, State: &State{Epoch: 1, Moment1: moments, Moment2: moments,
			Sums: make([]float64, statistics)},
			Metadata: map[string]string{"settings": "seed = 1"}}
		metadata := must.Get(c.metadata())(t)
		metadata["symvi.format"] = "symvi.model/1"
		for _, key := range []string{"likelihood", "prior", "history_epochs", "history_recent",
			"validation_nll"} {
			delete(metadata, "symvi."+key)
		}
		tensors := map[string]safetensors.TensorView{}
		var file bytes.Buffer
		must.Do(t, c.Write(&file))
		whole, _, err := parseTensors(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range whole.Names() {
			tensors[name], _ = whole.Tensor(name)
		}
		var old bytes.Buffer
		must.Do(t, safetensors.SerializeToWriter(tensors, metadata, &old))
		got := must.Get(ReadCheckpoint(old.Bytes()))(t)
		if !got.Posterior.Model.Equal(m) || got.State != nil ||
			!strings.Contains(got.Note, "older version") || got.Metadata["settings"] != "seed = 1" {
			t.Errorf("%v: read %+v", m.Likelihood, got)
		}
		d := toyData(m, 5, 1)
		a, err1 := q.Predict(context.Background(), newCPU(t, cpu.Options{}), d,
			PredictOptions{Samples: 20})
		b, err2 := got.Result().Predict(context.Background(), newCPU(t, cpu.Options{}), d,
			PredictOptions{Samples: 20})
		if err1 != nil || err2 != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%v: predictions %v and %v, errors %v and %v", m.Likelihood, a, b, err1, err2)
		}
	}
}

func TestCheckpointErrors(t *testing.T) {
	c := exampleCheckpoint(t)
	c.State = nil
	dir := t.TempDir()
	for name, change := range map[string]func(*Checkpoint){
		"reserved": func(c *Checkpoint) { c.Metadata["symvi.epoch"] = "1" },
		"want 26 of each": func(c *Checkpoint) {
			c.Posterior = &Posterior{Model: c.Posterior.Model, Mu: c.Posterior.Mu[:3], Rho: c.Posterior.Rho}
		},
		"prior standard deviation: -0.1": func(c *Checkpoint) { c.Posterior.Model.Prior.Std = -0.1 },
	} {
		bad, q := *c, *c.Posterior
		bad.Posterior = &q
		bad.Metadata = map[string]string{}
		change(&bad)
		if err := bad.Save(filepath.Join(dir, "x")); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one with %q", err, name)
		}
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("files left behind: %v", files)
	}
	if err := c.Save(filepath.Join(dir, "missing", "x")); err == nil {
		t.Error("no error for a directory that does not exist")
	}
	var buffer bytes.Buffer
	must.Do(t, c.Write(&buffer))
	whole := buffer.Bytes()
	for n := range whole {
		if _, err := ReadCheckpoint(whole[:n]); err == nil {
			t.Fatalf("no error for the first %d of %d bytes", n, len(whole))
		}
	}
	replace := func(old, new string) []byte {
		if len(old) != len(new) || !bytes.Contains(whole, []byte(old)) {
			t.Fatalf("bad replacement %q by %q", old, new)
		}
		return bytes.ReplaceAll(whole, []byte(old), []byte(new))
	}
	for _, b := range []struct {
		want string
		data []byte
	}{
		{"format", replace("symvi.model/2", "symvi.model/9")},
		{"symvi.widths", replace(`"3,4,2"`, `"3,x,2"`)},
		{"layers.0.weight_mu has shape [4 3], want [4 5]", replace(`"3,4,2"`, `"5,4,2"`)},
		{"too short", replace(`"3,4,2"`, `"99,99"`)},
		{"symvi.activation", replace(`"tanh"`, `"gelu"`)},
		{"layers.1.bias_mu is missing", replace("layers.1.bias_mu", "layers.1.bias_mx")},
		{"finite", append(whole[:len(whole)-4:len(whole)-4], 0, 0, 0xc0, 0x7f)},
	} {
		if _, err := ReadCheckpoint(resealed(t, b.data)); err == nil ||
			!strings.Contains(err.Error(), b.want) {
			t.Errorf("error %v, want one with %q", err, b.want)
		}
		if _, err := ReadCheckpoint(b.data); err == nil || !errors.Is(err, seal.ErrDamaged) &&
			b.want != "format" {
			t.Errorf("%s: error %v, want one that says it is damaged", b.want, err)
		}
	}
}

// TestCheckpointMakesSense: what no training can leave behind is refused by the name of its field,
// though it fits its checksum.
func TestCheckpointMakesSense(t *testing.T) {
	for want, change := range map[string]func(c *Checkpoint){
		"symvi.epoch -1":                        func(c *Checkpoint) { c.State.Epoch = -1 },
		"symvi.batch -3":                        func(c *Checkpoint) { c.State.Batch = -3 },
		"symvi.permutations -1":                 func(c *Checkpoint) { c.State.Permutations = -1 },
		"optimizer.exp_avg_sq: element 2 is -1": func(c *Checkpoint) { c.State.Moment2[2] = -1 },
		"symvi.validation_nll \"+Inf\"": func(c *Checkpoint) {
			c.State.ValidationNLL = math.Inf(1)
		},
		"trainer.history": func(c *Checkpoint) {
			c.State.HistoryEpochs, c.State.Recent = 1, 2
		},
	} {
		c := exampleCheckpoint(t)
		c.State.Moment1 = append(c.State.Moment1, c.State.Moment1...)
		c.State.Moment2 = append(c.State.Moment2, c.State.Moment2...)
		change(c)
		var buffer bytes.Buffer
		must.Do(t, c.Write(&buffer))
		if _, err := ReadCheckpoint(buffer.Bytes()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func FuzzReadCheckpoint(f *testing.F) {
	var buffer bytes.Buffer
	c := exampleCheckpoint(f)
	c.State.Moment1 = append(c.State.Moment1, c.State.Moment1...)
	c.State.Moment2 = append(c.State.Moment2, c.State.Moment2...)
	must.Do(f, c.Write(&buffer))
	f.Add(buffer.Bytes())
	f.Add(buffer.Bytes()[:buffer.Len()/2])
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\x7f{}"))
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadCheckpoint(data)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := c.Write(&again); err != nil {
			t.Errorf("a checkpoint that was read cannot be written: %v", err)
		}
	})
}
