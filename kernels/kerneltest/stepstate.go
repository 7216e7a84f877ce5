package kerneltest

import (
	"slices"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// stateOf moves what a state can say from a step into one, and leaves wrong values there.
func stateOf(s *kernels.GaussianStep) []int32 {
	adam := s.Adam()
	a := adam.Constants()
	now := kernels.StepState{Step: uint32(s.Step - 1), First: -1, LR: a.LR,
		Correct1: a.Correct1, Correct2: a.Correct2, Weight: s.Weight}
	s.Key.Step -= now.Step
	s.Next.Step -= now.Step
	s.Step, s.LR, s.Weight = 1, 7, 5
	return words(now)
}

func words(s kernels.StepState) []int32 {
	w := make([]int32, kernels.StepWords)
	s.Put(w)
	return w
}

// testStepState checks the operations that take the number of a step, or the place of its rows,
// from memory. GaussianStep's own test has it.
func testStepState(t *testing.T, d kernels.Device) {
	if kernels.HasPermutations(d) {
		testDrawnOfState(t, d)
	}
	testMinibatchOfState(t, d)
}

func testDrawnOfState(t *testing.T, d kernels.Device) {
	in := newInputs()
	state := words(kernels.StepState{Step: 1<<31 + 5})
	key := kernels.Key{Seed: 8, Stream: 3, Step: 1<<31 + 2, Sample: 1}
	moved := key
	moved.Step = 7
	for _, n := range []int{1, 5, 33} {
		const batch, count = 2, 3
		c := newCall(t, d, "RandomPermutations of a state, n=%d", n)
		r := kernels.RandomPermutations{Key: key, Batch: batch, Count: count, N: n}
		r.State, _ = c.inInt("State", state)
		var perms []int32
		r.Dst, perms = c.outInt("Dst", batch*count*n)
		d.RandomPermutations(r)
		for i := range batch * count {
			nextSample(moved, i/count).Permutation(perms[i*n:(i+1)*n], uint32(i%count))
		}
		c.check()

		logs := in.normal64(batch*n*n, 3)
		propose := func(key kernels.Key, state []int32) ([]int32, []float64) {
			p := kernels.ProposePermutations{Key: key, Batch: batch, K: count, N: n, C: d.Float64(len(logs)),
				Perms: d.Int32(batch * count * n), LogProposal: d.Float64(batch * count)}
			p.C.Upload(logs)
			if state != nil {
				p.State = d.Int32(len(state))
				defer p.State.Free()
				p.State.Upload(state)
			}
			defer p.C.Free()
			defer p.Perms.Free()
			defer p.LogProposal.Free()
			d.ProposePermutations(p)
			return kernelcase.Read(t, p.Perms), kernelcase.Read(t, p.LogProposal)
		}
		perms, densities := propose(key, state)
		wantPerms, wantDensities := propose(moved, nil)
		if !slices.Equal(perms, wantPerms) || !slices.Equal(densities, wantDensities) {
			t.Errorf("ProposePermutations of a state, n=%d: %v %v, want %v %v", n, perms, densities,
				wantPerms, wantDensities)
		}
	}
}

func testMinibatchOfState(t *testing.T, d kernels.Device) {
	in := newInputs()
	const rows, srcRows, cols, first = 5, 7, 9, 4
	c := newCall(t, d, "Minibatch of a state")
	m := kernels.Minibatch{Rows: rows, SrcRows: srcRows, Cols: cols}
	var at, label []int32
	var x, y []float32
	m.Index, at = c.inInt("Index", in.indices(rows+first, srcRows))
	m.X, x = c.in32("X", in.normal(srcRows*cols, 1))
	m.DstX, y = c.out32("DstX", rows*cols)
	var labels []int32
	m.Labels, labels = c.inInt("Labels", in.indices(srcRows, 10))
	m.DstLabels, label = c.outInt("DstLabels", rows)
	m.State, _ = c.inInt("State", words(kernels.StepState{Step: 7, First: first, LR: 1}))
	kernels.RunMinibatch(d, m)
	for i, r := range at[first:] {
		copy(y[i*cols:(i+1)*cols], x[int(r)*cols:])
		label[i] = labels[r]
	}
	c.check()
}

// windows is a Device with steps' states: a Recorder, and the CPU.
type windows interface {
	kernels.Device
	StepWindow(kernels.StepWindow)
}

// testStepWindow goes through a plan.
func testStepWindow(t *testing.T, device kernels.Device) {
	d, ok := device.(windows)
	if !ok {
		t.Skip("the device has no windows")
	}
	for _, rows := range []int{0, 1, 2, 20, 40} {
		plan := make([]int32, (3*rows+2)*kernels.StepWords)
		for i := range plan {
			plan[i] = int32(7 * i)
		}
		c := newCall(t, d, "StepWindow rows=%d", rows)
		w := kernels.StepWindow{Rows: rows, PlanRows: 3*rows + 2}
		w.Plan, _ = c.inInt("Plan", plan)
		var window, next []int32
		w.Window, window = c.outInt("Window", rows*kernels.StepWords)
		w.Next, next = c.inInt("Next", []int32{2})
		for range 3 {
			d.StepWindow(w)
			ref.StepWindow(window, plan, next)
		}
		c.check()
	}
}

// testRecord runs recordings whose operations depend on what has been run before, some that cannot
// be kept, and one that other operations come between.
func testRecord(t *testing.T, device kernels.Device) {
	whole, ok := device.(kernels.Recorder)
	if !ok || !kernels.HasPermutations(device) {
		t.Skip("the device has no recordings, or nothing to draw in them")
	}
	d := whole.Fork()
	const n, states, rounds = 70, 4, 5
	var plan []int32
	for i := range states * rounds {
		plan = append(plan, words(kernels.StepState{Step: uint32(3 * i)})...)
	}
	next, planned, window := d.Int32(1), d.Int32(len(plan)), d.Int32(states*kernels.StepWords)
	mu, sigma, drawn := d.Float32(n), d.Float32(n), d.Int32(states*n)
	defer func() {
		for _, b := range []interface{ Free() }{next, planned, window, mu, sigma, drawn} {
			b.Free()
		}
	}()
	planned.Upload(plan)
	calls := 0
	steps := d.Record(func() {
		calls++
		d.StepWindow(kernels.StepWindow{Rows: states, PlanRows: states * rounds, Window: window,
			Plan: planned, Next: next})
		for i := range states {
			kernels.Repeat(d, func() {
				state := window.Slice(i*kernels.StepWords, (i+1)*kernels.StepWords)
				d.RandomPermutations(kernels.RandomPermutations{Key: kernels.Key{Seed: 2}, Batch: 1,
					Count: 1, N: n, Dst: drawn.Slice(i*n, (i+1)*n), State: state})
			})
			d.Unary(kernels.Unary{Function: kernels.Softplus, N: n, Src: mu, Dst: sigma})
			d.Copy2D(kernels.Copy2D{Batch: 1, Rows: 1, Cols: n, Src: sigma, SrcRow: n, SrcCol: 1,
				Dst: mu, DstRow: n, DstCol: 1})
		}
	})
	defer steps.Free()
	reads := d.Record(func() { // waits, which no recording can hold
		d.Unary(kernels.Unary{Function: kernels.TanhFunction, N: n, Src: mu, Dst: sigma})
		if _, err := kernels.Read(sigma); err != nil {
			t.Error(err)
		}
		d.Unary(kernels.Unary{Function: kernels.TanhFunction, N: n, Src: sigma, Dst: mu})
	})
	defer reads.Free()
	want := make([]float32, n)
	for round := range rounds {
		steps.Run()
		whole.Unary(kernels.Unary{Function: kernels.Exp, N: n, Src: sigma, Dst: sigma}) // of another
		for range states {
			apply(ref.Softplus, want)
		}
		if round%2 == 1 {
			reads.Run()
			apply(ref.Tanh, want)
			apply(ref.Tanh, want)
		}
		if round == 2 { // scratch memory that the recording does not know
			c := d.Float64(400 * 400)
			perms, logs := d.Int32(3*400), d.Float64(3)
			d.ProposePermutations(kernels.ProposePermutations{Batch: 1, K: 3, N: 400, C: c,
				Perms: perms, LogProposal: logs})
			for _, b := range []interface{ Free() }{c, perms, logs} {
				b.Free()
			}
		}
		got := kernelcase.Read(t, drawn)
		for i := range states {
			p := make([]int32, n)
			kernels.Key{Seed: 2, Step: uint32(3 * (round*states + i))}.Permutation(p, 0)
			if !slices.Equal(got[i*n:(i+1)*n], p) {
				t.Fatalf("round %d: step %d drew %v, want %v", round, i, got[i*n:(i+1)*n], p)
			}
		}
		if x := kernelcase.Read(t, mu); !slices.Equal(x, want) {
			t.Fatalf("round %d: %v, want %v", round, x, want)
		}
	}
	if calls == 0 {
		t.Error("f was never called")
	}
}

func apply(f func(float32) float32, x []float32) {
	for i, v := range x {
		x[i] = f(v)
	}
}
