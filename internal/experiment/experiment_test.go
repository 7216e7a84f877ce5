package experiment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels/cpu"
)

// dots is a small built-in data set of two separable classes.
func dots() (*dataset.Split, error) {
	table := func(n int) *dataset.Table {
		t := &dataset.Table{N: n, Inputs: 2}
		for i := range n {
			t.X = append(t.X, float32(i%2), float32(i%7)/7)
			t.Labels = append(t.Labels, int32(i%2))
		}
		return t
	}
	schema := dataset.Schema{Task: dataset.Classify, Inputs: 2, Outputs: 2}
	return &dataset.Split{Name: "dots", Schema: schema, Train: table(40), Test: table(10)}, nil
}

func newRunner(t testing.TB) *Runner {
	t.Helper()
	device := must.Get(cpu.New(cpu.Options{}))(t)
	t.Cleanup(func() { device.Close() })
	return &Runner{Device: device, Builtin: map[string]func() (*dataset.Split, error){"dots": dots},
		Version: "test"}
}

func small() Config {
	c := Default()
	c.Data, c.Hidden, c.Epochs, c.Batch, c.EvalSamples, c.LR = "dots", []int{3}, 3, 7, 4, 0.05
	return c
}

func TestTrain(t *testing.T) {
	r := newRunner(t)
	dir := filepath.Join(t.TempDir(), "a", "b")
	var steps, epochs int
	r.Watch = Watch{Step: func(int, int) { steps++ }, Epoch: func(Epoch, int) { epochs++ }}
	s := must.Get(r.Train(t.Context(), small(), dir))(t)
	if steps != 18 || epochs != 3 || s.Epochs != 3 || s.TrainRows != 40 || s.TestRows != 10 {
		t.Errorf("%d steps, %d epochs, summary %+v", steps, epochs, s)
	}
	text := must.Get(os.ReadFile(filepath.Join(dir, metricsName)))(t)
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	for i, line := range lines {
		var e Epoch
		must.Do(t, json.Unmarshal(line, &e))
		if e.Epoch != i+1 || !near(e.ELBO, e.LogLikelihood-e.KL) ||
			!near(e.Symmetrized, e.ELBO+e.Information) || !(e.SamplesPerSecond > 0) {
			t.Errorf("line %d: %+v", i+1, e)
		}
	}
	if len(lines) != 3 {
		t.Errorf("%d lines of metrics, want 3", len(lines))
	}
}

// near fails on NaN.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*(1+math.Abs(b)) }

// TestInterruptAnywhere cancels a training before every step in turn.
func TestInterruptAnywhere(t *testing.T) {
	r := newRunner(t)
	want := filepath.Join(t.TempDir(), "whole")
	if _, err := r.Train(t.Context(), small(), want); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "r")
	ctx, cancel := context.WithCancel(t.Context())
	r.Watch.Step = func(int, int) { cancel() }
	_, err := r.Train(ctx, small(), dir)
	for resumed := 0; err != nil; resumed++ {
		var stopped *InterruptedError
		if !errors.As(err, &stopped) || stopped.Dir != dir || resumed > 40 {
			t.Fatalf("after %d interruptions: %v", resumed, err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		_, err = r.Resume(ctx, dir, small())
	}
	cancel()
	for _, name := range []string{modelName, configName} {
		a, err1 := os.ReadFile(filepath.Join(want, name))
		b, err2 := os.ReadFile(filepath.Join(dir, name))
		if err := errors.Join(err1, err2); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs from that of the uninterrupted run (%v)", name, err)
		}
	}
}

// TestSameEverywhere checks that the model does not depend on threads or microkernels.
func TestSameEverywhere(t *testing.T) {
	var want []byte
	for _, isa := range cpu.ISAs() {
		for _, threads := range []int{1, 3} {
			device := must.Get(cpu.New(cpu.Options{ISA: isa, Threads: threads}))(t)
			r := newRunner(t)
			r.Device = device
			dir := filepath.Join(t.TempDir(), "r")
			if _, err := r.Train(t.Context(), small(), dir); err != nil {
				t.Fatal(err)
			}
			device.Close()
			model := must.Get(os.ReadFile(filepath.Join(dir, modelName)))(t)
			if want == nil {
				want = model
			}
			if !bytes.Equal(model, want) {
				t.Errorf("%s with %d threads: another model", isa, threads)
			}
		}
	}
}

// TestWriteError takes the directory away in the middle of a training.
func TestWriteError(t *testing.T) {
	r := newRunner(t)
	dir := filepath.Join(t.TempDir(), "r")
	r.Watch.Epoch = func(Epoch, int) { os.RemoveAll(dir) }
	_, err := r.Train(t.Context(), small(), dir)
	if err == nil || !strings.Contains(err.Error(), metricsName+": cannot write: no such file") {
		t.Error(err)
	}
}

// TestNothingWritten checks that a training which cannot begin leaves no directory.
func TestNothingWritten(t *testing.T) {
	root := t.TempDir()
	for _, spoil := range []func(*Config){
		func(c *Config) { c.Epochs = -1 },
		func(c *Config) { c.Data = filepath.Join(root, "nowhere") },
		func(c *Config) { c.Hidden = []int{1 << 20, 1 << 20} },
		func(c *Config) { c.Samples, c.Hidden = 1<<20, []int{1 << 20} },
		func(c *Config) { c.LR, c.Hidden = 1e12, []int{4, 4, 4, 4} }, // diverges in the first epoch
	} {
		c := small()
		spoil(&c)
		if _, err := newRunner(t).Train(t.Context(), c, filepath.Join(root, "r")); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newRunner(t).Train(ctx, small(), filepath.Join(root, "r")); err == nil {
		t.Error("cancelled before the start: no error")
	}
	if entries, err := os.ReadDir(root); err != nil || len(entries) > 0 {
		t.Errorf("left: %v %v", entries, err)
	}
}

// TestDivergedKeepsCheckpoint checks that a good checkpoint survives a training that diverges
// later.
func TestDivergedKeepsCheckpoint(t *testing.T) {
	r := newRunner(t)
	dir := filepath.Join(t.TempDir(), "r")
	if _, err := r.Train(t.Context(), small(), dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, modelName)
	c := must.Get(bnn.LoadCheckpoint(path))(t)
	for i := range c.Posterior.Mu {
		c.Posterior.Mu[i] = 3e38
	}
	must.Do(t, c.Save(path))
	before, _ := os.ReadFile(path)
	more := small()
	more.Epochs = 5
	if _, err := r.Resume(t.Context(), dir, more); !errors.Is(err, bnn.ErrDiverged) {
		t.Error(err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the checkpoint was replaced")
	}
}

// TestCorrupt flips and cuts a checkpoint: Eval and Resume report it and never panic.
func TestCorrupt(t *testing.T) {
	r := newRunner(t)
	dir := filepath.Join(t.TempDir(), "r")
	if _, err := r.Train(t.Context(), small(), dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, modelName)
	good := must.Get(os.ReadFile(path))(t)
	more := small()
	more.Epochs = 4
	try := func(bad []byte) {
		must.Do(t, os.WriteFile(path, bad, 0o644))
		r.Eval(t.Context(), dir, EvalOptions{Samples: 2, ELBOSamples: 2, Permutations: 2})
	}
	for i := 8; i < len(good); i += 1 + len(good)/100 {
		try(good[:i])
		if _, err := r.Resume(t.Context(), dir, more); err == nil {
			t.Errorf("cut to %d bytes: no error", i)
		}
		bad := bytes.Clone(good)
		bad[i] ^= 0x15
		try(bad)
	}
	for _, swap := range [][2]string{{`\"task\":\"classify\"`, `\"task\":\"regress\" `},
		{`\"inputs\":2`, `\"inputs\":9`}, {"batch = 7", "botch = 7"}} {
		try(bytes.Replace(good, []byte(swap[0]), []byte(swap[1]), 1))
		if !bytes.Contains(good, []byte(swap[0])) {
			t.Errorf("no %s in the checkpoint", swap[0])
		} else if _, err := r.Resume(t.Context(), dir, more); err == nil || IsUsage(err) {
			t.Errorf("%s: %v, want a failure", swap[1], err)
		}
	}
}

// TestRegressionUnits checks that scaling the target scales RMSE and shifts NLL.
func TestRegressionUnits(t *testing.T) {
	scores := func(scale float64) Scores {
		var text strings.Builder
		text.WriteString("x,y\n")
		for i := range 40 {
			text.WriteString(strings.Join([]string{num(float64(i)), num(scale * float64(i*i%17))},
				",") + "\n")
		}
		path := filepath.Join(t.TempDir(), "t.csv")
		must.Do(t, os.WriteFile(path, []byte(text.String()), 0o644))
		c := small()
		c.Data, c.Target, c.Task = path, "y", "regress"
		s := must.Get(newRunner(t).Train(t.Context(), c, filepath.Join(t.TempDir(), "r")))(t)
		return s.Scores
	}
	a, b := scores(1), scores(1024) // a power of two scales exactly
	if !near(1024**a.RMSE, *b.RMSE) || !near(*a.NLL+10*math.Ln2, *b.NLL) ||
		!near(*a.ELBO-32*10*math.Ln2, *b.ELBO) {
		t.Errorf("RMSE %v and %v, NLL %v and %v, L_VI %v and %v", *a.RMSE, *b.RMSE, *a.NLL, *b.NLL,
			*a.ELBO, *b.ELBO)
	}
}

func num(x float64) string {
	text, _ := json.Marshal(x)
	return string(text)
}

func TestConfigRoundTrip(t *testing.T) {
	for _, name := range Presets() {
		want := must.Get(Preset(name, Default()))(t)
		want.Hidden, want.Seed, want.LR = []int{}, math.MaxInt64, 1e-12
		text := must.Get(want.encode())(t)
		got := Default()
		if _, err := decodeConfig("x", text, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v: %+v, want %+v", err, got, want)
		}
		again := Config{}
		for _, s := range Settings() {
			if err := again.Set(s, want.Text(s)); err != nil {
				t.Error(err)
			}
		}
		if !reflect.DeepEqual(again, want) {
			t.Errorf("by text: %+v, want %+v", again, want)
		}
	}
}

func FuzzConfig(f *testing.F) {
	for _, seed := range []string{"", "epochs = 3", "hidden = [1, 2]\nlr = 1e-3 # x", "a.b = 1",
		"[t]\nx = 1", "hidden = 3", "epochs = '3'", "seed = 99999999999999999999", "lr = nan",
		"epochs = 1\nepochs = 2", "hidden = [[1]]", "\"epochs\" = 3", "epochs.x = 3",
		"data = \"\\u0000\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := Default()
		lines, err := decodeConfig("f", text, &c)
		if err != nil {
			if !IsUsage(err) {
				t.Errorf("%T: %v", err, err)
			}
			return
		}
		for key, line := range lines {
			if line < 1 || line > 1+bytes.Count(text, []byte("\n")) {
				t.Errorf("%s on line %d", key, line)
			}
		}
		if c.Validate() != nil {
			return
		}
		again := must.Get(c.encode())(t)
		d := Default()
		if _, err := decodeConfig("again", again, &d); err != nil || !reflect.DeepEqual(c, d) {
			t.Errorf("%v: %+v, want %+v", err, d, c)
		}
	})
}

// TestPreviousCheckpoint damages the newest checkpoint: the run goes on from the one before
// to the same bytes, and says so; eval refuses and says what can be done.
func TestPreviousCheckpoint(t *testing.T) {
	r := newRunner(t)
	whole, dir := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "r")
	if _, err := r.Train(t.Context(), small(), whole); err != nil {
		t.Fatal(err)
	}
	r.CheckpointEvery = time.Nanosecond // after every step
	if _, err := r.Train(t.Context(), small(), dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, modelName)
	good := must.Get(os.ReadFile(path))(t)
	must.Do(t, os.WriteFile(path, good[:len(good)-1], 0o666))
	_, err := r.Eval(t.Context(), dir, EvalOptions{Samples: 2, ELBOSamples: 2, Permutations: 2})
	if err == nil || !strings.Contains(err.Error(), "train --resume") {
		t.Errorf("eval: %v, want it to name what can be done", err)
	}
	var notes []string
	r.Watch.Note = func(text string) { notes = append(notes, text) }
	if _, err := r.Resume(t.Context(), dir, small()); err != nil {
		t.Fatal(err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "going on from "+previousName) {
		t.Errorf("notes %q", notes)
	}
	want, err1 := os.ReadFile(filepath.Join(whole, modelName))
	got, err2 := os.ReadFile(path)
	if err := errors.Join(err1, err2); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the model differs from the uninterrupted one (%v)", err)
	}
}

// The checksum of images is that of their pixels as numbers, as checkpoints of v0.1.0 hold it.
func TestChecksumOfBytes(t *testing.T) {
	images := &dataset.Table{N: 100, Inputs: 700, Bytes: make([]uint8, 70000),
		Labels: make([]int32, 100)}
	for i := range images.Bytes {
		images.Bytes[i] = uint8(i * i >> 3)
	}
	numbers := &dataset.Table{N: 100, Inputs: 700, X: make([]float32, 70000), Labels: images.Labels}
	images.CopyRows(numbers.X, 0)
	if a, b := checksum(images), checksum(numbers); a != b {
		t.Errorf("%08x of bytes, %08x of numbers", a, b)
	}
	images.Bytes[69999]++
	if checksum(images) == checksum(numbers) {
		t.Error("another image has the same checksum")
	}
}
