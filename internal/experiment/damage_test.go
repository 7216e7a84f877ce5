package experiment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/internal/tableout"
)

// damageTrials are the flips and truncations of TestDamage; the gate asks for more.
var damageTrials = struct {
	flips, cuts int
}{envInt("SYMVI_DAMAGE_FLIPS", 40), envInt("SYMVI_DAMAGE_CUTS", 20)}

func envInt(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// damageSeed is SYMVI_DAMAGE_SEED, else another one every time.
func damageSeed() uint64 { return uint64(envInt("SYMVI_DAMAGE_SEED", int(time.Now().UnixNano()))) }

// TestDamage flips a bit of a file of a run, or cuts its end off, and then judges the run,
// predicts with it and resumes it. Each must refuse in one line, or give the same result as if
// nothing had happened.
func TestDamage(t *testing.T) {
	seed := damageSeed()
	t.Logf("SYMVI_DAMAGE_SEED=%d, %d flips, %d truncations", seed, damageTrials.flips,
		damageTrials.cuts)
	random := rand.New(rand.NewPCG(seed, 0))
	r := newRunner(t)
	data := writeTable(t)
	runs := map[string]string{ // a finished run and one that was interrupted, both with members
		"finished": filepath.Join(t.TempDir(), "r"), "half": filepath.Join(t.TempDir(), "r"),
	}
	c := damageConfig(data)
	if _, err := r.Train(t.Context(), c, runs["finished"]); err != nil {
		t.Fatal(err)
	}
	halfTrained(t, c, runs["half"])
	more := c
	more.Steps += 5
	wanted := map[string]map[string]string{}
	for name, run := range runs {
		wanted[name] = map[string]string{}
		for _, use := range damageUses {
			got, err := use.of(t, r, copied(t, run), more)
			if err != nil && name == "finished" || err != nil && use.name == "resume" {
				t.Fatalf("%s of the undamaged %s run: %v", use.name, name, err)
			}
			wanted[name][use.name] = got
		}
	}
	refused := 0
	trial := func(cut bool) {
		name := []string{"finished", "half"}[random.IntN(2)]
		run := copied(t, runs[name])
		path, what := damage(t, random, run, cut)
		for _, use := range damageUses {
			here := run
			if use.name == "resume" { // the others write nothing
				here = copied(t, run)
			}
			got, err := use.of(t, r, here, more)
			switch {
			case err == nil && got != wanted[name][use.name]:
				t.Errorf("%s of the %s run, %s of %s: accepted with another result", use.name, name, what, path)
			case err != nil:
				refused++
				checkRefusal(t, fmt.Sprintf("%s of the %s run, %s of %s", use.name, name, what, path), err)
			}
		}
	}
	for range damageTrials.flips {
		trial(false)
	}
	for range damageTrials.cuts {
		trial(true)
	}
	if refused == 0 {
		t.Error("nothing was ever refused")
	}
}

// checkRefusal judges the message about a damaged file.
func checkRefusal(t *testing.T, what string, err error) {
	t.Helper()
	text := err.Error()
	if strings.Contains(text, "\n") || len(text) > 1000 || strings.Contains(text, "learning rate") {
		t.Errorf("%s: the error is not one helpful line: %q", what, text)
	}
}

// damageUses are what is done with a damaged run; what they give tells one result from another.
var damageUses = []struct {
	name string
	of   func(t *testing.T, r *Runner, run string, c Config) (string, error)
}{
	{"eval", func(t *testing.T, r *Runner, run string, _ Config) (string, error) {
		s, err := r.Eval(t.Context(), run, EvalOptions{Samples: 4, ELBOSamples: 2, Permutations: 3})
		if err != nil {
			return "", err
		}
		s.Seconds = 0
		text, err := json.Marshal(s)
		return string(text), err
	}},
	{"predict", func(t *testing.T, r *Runner, run string, c Config) (string, error) {
		var text bytes.Buffer
		err := r.Predict(t.Context(), run, PredictOptions{Data: c.Data, Samples: 4,
			Quantiles: []float64{0.5}},
			func(columns []tableout.Column) (tableout.Writer, error) {
				return tableout.New("csv", &text, columns)
			})
		return text.String(), err
	}},
	{"resume", func(t *testing.T, r *Runner, run string, c Config) (string, error) {
		if _, err := RunConfig(run); err != nil { // as the command does, for the settings not given
			return "", err
		}
		if _, err := r.Resume(t.Context(), run, c); err != nil {
			return "", err
		}
		var models []byte
		for m := range c.Members {
			model, err := os.ReadFile(filepath.Join(memberPath(run, m), modelName))
			if err != nil {
				return "", err
			}
			models = append(models, model...)
		}
		return string(models), nil
	}},
}

// writeTable writes a small table and returns its path.
func writeTable(t *testing.T) string {
	t.Helper()
	text := "a,b,y\n"
	for i := range 60 {
		text += fmt.Sprintf("%d.5,%d,%d.25\n", i*7%13, i*i%17, i*3%11)
	}
	path := filepath.Join(t.TempDir(), "data.csv")
	must.Do(t, os.WriteFile(path, []byte(text), 0o666))
	return path
}

// damageConfig are settings with which every kind of tensor is stored.
func damageConfig(data string) Config {
	c := Table(NoiseLearned)
	c.Data, c.Target, c.Hidden, c.Steps, c.Batch, c.Members = data, "y", []int{3}, 20, 20, 2
	c.EvalSamples, c.Prior, c.Validation, c.Threads = 4, "ard", 0.1, 1
	c.Schedule = "constant"
	return c
}

// halfTrained trains until both members have begun and two checkpoints are there.
func halfTrained(t *testing.T, c Config, out string) {
	t.Helper()
	r := newRunner(t)
	r.CheckpointEvery = time.Nanosecond
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r.Watch.Step = func(done, total int) {
		if done == c.Steps+c.Steps/2 {
			cancel()
		}
	}
	_, err := r.Train(ctx, c, out)
	var stopped *InterruptedError
	if !errors.As(err, &stopped) {
		t.Fatalf("error %v, want an interruption", err)
	}
}

// damage flips a bit of a random file of a run, or cuts its end off.
func damage(t *testing.T, random *rand.Rand, run string, cut bool) (path, what string) {
	t.Helper()
	var paths []string
	must.Do(t, filepath.WalkDir(run, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	}))
	path = paths[random.IntN(len(paths))]
	text := must.Get(os.ReadFile(path))(t)
	at := random.IntN(len(text))
	if cut {
		what, text = fmt.Sprintf("truncation to %d bytes", at), text[:at]
	} else {
		bit := random.IntN(8)
		what = fmt.Sprintf("flip of bit %d of byte %d", bit, at)
		text[at] ^= 1 << bit
	}
	must.Do(t, os.WriteFile(path, text, 0o666))
	rel, _ := filepath.Rel(run, path)
	return rel, what
}

// copied copies a run, so that it can be damaged.
func copied(t *testing.T, run string) string {
	t.Helper()
	to := must.Get(os.MkdirTemp(t.TempDir(), ""))(t)
	must.Do(t, os.CopyFS(to, os.DirFS(run)))
	return to
}
