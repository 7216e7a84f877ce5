package benchmark

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// tiny runs every operation of the registry in no time.
var tiny = sizes{
	products: []product{{kernels.NT, 1, 5, 7, 9, true}, {kernels.TN, 1, 5, 7, 9, false},
		{kernels.NN, 3, 5, 7, 9, false}},
	elements:   4096,
	samples:    []int{100},
	average:    average{n: 4, d: 5, k: 16},
	permanents: []int{4},
	steps:      []trainStep{{widths: []int{6, 3, 2}, batch: 4, samples: 2, rows: 20}},
}

func measure(t *testing.T, o Options) []Result {
	t.Helper()
	o.Time = time.Microsecond
	plan := must.Get(newPlan(o, tiny))(t)
	var results []Result
	must.Do(t, plan.Run(t.Context(), func(r Result) error {
		results = append(results, r)
		return nil
	}))
	return results
}

func TestEveryCase(t *testing.T) {
	impls := map[string][]string{}
	for _, r := range measure(t, Options{}) {
		name := r.Kernel + "/" + r.Shape
		impls[name] = append(impls[name], r.Impl)
		if !(r.NsPerOp > 0) || !(r.Rate > 0) || math.IsInf(r.Rate, 1) ||
			r.Iterations < leastRounds || r.Unit == "" {
			t.Errorf("%s %s: %+v", name, r.Impl, r)
		}
		if f := r.PeakFraction; f != nil && !(*f > 0) {
			t.Errorf("%s %s: peak fraction %v", name, r.Impl, *f)
		}
	}
	if got, want := len(impls), len(cases(tiny)); got != want {
		t.Errorf("results of %d cases, want %d", got, want)
	}
	for name, got := range impls {
		for _, isa := range cpu.ISAs() {
			if !slices.Contains(got, isa) {
				t.Errorf("%s: no row %s among %v", name, isa, got)
			}
		}
	}
	for name, want := range map[string]string{"gemm/NT-5x7x9": "gonum", "sample/100": "math/rand",
		"permutationAverage/n=4,d=5,K=16": "direct-portable"} {
		if !slices.Contains(impls[name], want) {
			t.Errorf("%s: no %s among %v", name, want, impls[name])
		}
	}
}

func TestSelection(t *testing.T) {
	o := Options{Match: regexp.MustCompile("^gemm/T|exp"), ISAs: []string{"portable"}, Threads: 2}
	for _, r := range measure(t, o) {
		if !slices.Contains([]string{"gemm/TN-5x7x9", "exp/4096"}, r.Kernel+"/"+r.Shape) ||
			r.Impl != "portable" && r.Impl != "gonum" {
			t.Errorf("%+v was not selected", r)
		}
		if want := map[string]int{"portable": 2, "gonum": 1}[r.Impl]; r.Threads != want {
			t.Errorf("%+v: want %d threads", r, want)
		}
	}
}

func TestMistakes(t *testing.T) {
	for want, o := range map[string]Options{
		`isa "sse": not available; this processor and build have: `: {ISAs: []string{"sse"}, Time: 1},
		`threads -1: want 0`:                  {Threads: -1, Time: 1},
		`time 0s: want a positive duration`:   {},
		`kernel "nothing": nothing matches; `: {Match: regexp.MustCompile("nothing"), Time: 1},
	} {
		if _, err := NewPlan(o); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: error %v, want %s…", o, err, want)
		}
	}
}

func TestRunStops(t *testing.T) {
	plan := must.Get(newPlan(Options{Time: time.Microsecond}, tiny))(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := plan.Run(ctx, func(Result) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run ends with %v", err)
	}
	full := errors.New("no space")
	if err := plan.Run(t.Context(), func(Result) error { return full }); !errors.Is(err, full) {
		t.Errorf("a run that cannot report ends with %v", err)
	}
}

func TestJSON(t *testing.T) {
	half := 0.5
	for _, r := range []Result{
		{Kernel: "gemm", Shape: "NT-1x2x3", Impl: "avx2", NsPerOp: 7, ProcessorNsPerOp: 5, Rate: 3,
			Unit: "GFLOP/s", PeakFraction: &half, Threads: 2, Iterations: 9},
		{Kernel: "exact", Shape: "n=16", Impl: "portable", NsPerOp: 7, Rate: 3,
			Unit: "permanents/s", Threads: 1, Iterations: 9},
	} {
		text := must.Get(json.Marshal(r))(t)
		var got map[string]any
		must.Do(t, json.Unmarshal(text, &got))
		want := map[string]any{"kernel": r.Kernel, "shape": r.Shape, "impl": r.Impl,
			"ns_per_op": 7.0, "processor_ns_per_op": r.ProcessorNsPerOp, "rate": 3.0, "unit": r.Unit,
			"peak_fraction": nil}
		if r.Threads == 2 {
			want["shape"], want["peak_fraction"] = "NT-1x2x3-t2", 0.5
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s, want %v", text, want)
		}
	}
}

// TestFormat checks the lines against the grammar of golang.org/design/14313-benchmark-format.
func TestFormat(t *testing.T) {
	var out bytes.Buffer
	must.Do(t, WriteHeader(&out))
	for _, r := range measure(t, Options{}) {
		must.Do(t, r.Write(&out))
	}
	configuration := regexp.MustCompile(`^[a-z][^\sA-Z]*: .*$`)
	result := regexp.MustCompile(`^Benchmark[A-Z][^\s/]*/\S+-[1-9]\d*\s+[1-9]\d*` +
		`(\s+[0-9.]+(e[+-]\d+)?\s+[^\s0-9]\S*)+$`)
	for i, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		if i < 4 && !configuration.MatchString(line) || i >= 4 && !result.MatchString(line) {
			t.Errorf("line %d: %s", i+1, line)
		}
	}
}

func TestSummary(t *testing.T) {
	best := cpu.ISAs()[0]
	if best == "portable" {
		t.Skip("there is nothing to compare")
	}
	results := []Result{
		{Kernel: "fma", Shape: "loop", Impl: best, Rate: 117, Unit: "GFLOP/s", Threads: 1},
		{Kernel: "gemm", Shape: "a", Impl: best, NsPerOp: 10, Threads: 1},
		{Kernel: "gemm", Shape: "a", Impl: best, NsPerOp: 5, Threads: 2},
		{Kernel: "gemm", Shape: "a", Impl: "gonum", NsPerOp: 20, Threads: 1},
		{Kernel: "gemm", Shape: "b", Impl: best, NsPerOp: 1, Threads: 1},
		{Kernel: "gemm", Shape: "b", Impl: "gonum", NsPerOp: 8, Threads: 1},
	}
	var out bytes.Buffer
	must.Do(t, Summarize(&out, results))
	want := "# fma loop, " + best + "-1: 117 GFLOP/s\n" +
		"# gemm: " + best + " is 4× as fast as gonum (geometric mean of 2 shapes; least 2× at a)\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestMedian(t *testing.T) {
	if got := (&contestant{ns: []float64{5, 1, 100, 2, 3}}).median(); got != 3 {
		t.Errorf("median %v, want 3", got)
	}
}

func TestRounds(t *testing.T) {
	for rounds := leastRounds; rounds <= mostRounds; rounds++ {
		c := &contestant{rounds: rounds}
		n := 0
		for round := range mostRounds {
			if c.takesPart(round) {
				n++
			}
		}
		if n != rounds {
			t.Errorf("a contestant of %d rounds takes part in %d", rounds, n)
		}
	}
}

// TestLimits checks that the loops do what their rates assume.
func TestLimits(t *testing.T) {
	for _, isa := range cpu.ISAs() {
		l := loopsOf(isa)
		if fmaOperation%l.flops != 0 {
			t.Errorf("%s: %d flops do not divide %d", isa, l.flops, fmaOperation)
		}
		const guard, n = 64, 4096
		dst, src := make([]float32, n+2*guard), make([]float32, n)
		for i := range src {
			src[i] = float32(i + 1)
		}
		l.copy(dst[guard:guard+n], src)
		if !slices.Equal(dst[guard:guard+n], src) ||
			slices.ContainsFunc(append(dst[:guard], dst[guard+n:]...), func(x float32) bool {
				return x != 0
			}) {
			t.Errorf("%s: the copy loop does not copy", isa)
		}
	}
}

// A program that fails ends the run with what it said.
func TestProgramFails(t *testing.T) {
	program, err := exec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	o := Options{Match: regexp.MustCompile("^startUp"), Program: program, Time: time.Microsecond}
	plan := must.Get(newPlan(o, tiny))(t)
	err = plan.Run(t.Context(), func(r Result) error { t.Errorf("result %+v", r); return nil })
	if err == nil || !strings.Contains(err.Error(), "go train: unknown command") {
		t.Errorf("error %v, want what the program said", err)
	}
}
