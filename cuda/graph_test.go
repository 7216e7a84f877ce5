//go:build cuda

package cuda

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// TestRepeat runs steps whose shapes, arguments and sequences of kernels change, and some
// in which f does what a graph cannot hold. The results must be those of the CPU.
func TestRepeat(t *testing.T) {
	const n = 300
	run := func(d kernels.Device) (results [][]float32) {
		x, y := d.Float32(n), d.Float32(n)
		sum := d.Float64(1)
		defer x.Free()
		defer y.Free()
		defer sum.Free()
		start := make([]float32, n)
		for i := range start {
			start[i] = float32(i) / n
		}
		x.Upload(start)
		for step := range 24 {
			kernels.Repeat(d, func() {
				length := n - step%5 // another shape
				kernels.Repeat(d, func() {
					d.Unary(kernels.Unary{Function: kernels.TanhFunction, N: length, Src: x, Dst: y})
				})
				d.Sum(kernels.Sum{Batch: 1, N: length, Src: y, Dst: sum, Scale: float64(step),
					Accumulate: true})
				switch {
				case step%7 == 3:
					extra := d.Float32(n)
					d.Copy2D(kernels.Copy2D{Batch: 1, Rows: 1, Cols: n, Src: y, SrcRow: n,
						SrcCol: 1, Dst: extra, DstRow: n, DstCol: 1})
					results = append(results, read(t, extra))
					extra.Free()
				case step%7 == 5:
					x.Upload(slices.Clone(start[:n]))
				case step%3 == 0:
					d.Unary(kernels.Unary{Function: kernels.Exp, N: length, Src: y, Dst: y})
				case step%3 == 1: // as many kernels, others
					d.Unary(kernels.Unary{Function: kernels.Softplus, N: length, Src: y, Dst: y})
				}
				d.Copy2D(kernels.Copy2D{Batch: 1, Rows: 1, Cols: length, Src: y, SrcRow: n,
					SrcCol: 1, Dst: x, DstRow: n, DstCol: 1, Accumulate: true, Scale: float32(step)})
			})
		}
		total, err := kernels.Read(sum)
		if err != nil {
			t.Fatal(err)
		}
		return append(results, read(t, x), read(t, y), []float32{float32(total[0])})
	}
	host, err := cpu.New(cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	d := newDevice(t)
	got, want := run(d), run(host)
	if !slices.EqualFunc(got, want, slices.Equal[[]float32]) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if d.replays.Load() == 0 {
		t.Error("no step was replayed as a graph")
	}
}

// TestManySequences goes round more sequences of kernels than are kept as graphs.
func TestManySequences(t *testing.T) {
	d := newDevice(t)
	x := d.Float32(64)
	defer x.Free()
	for range 3 {
		for i := range maxGraphs + 3 {
			d.Repeat(func() {
				for k := range smallestGraph + i {
					d.Unary(kernels.Unary{Function: kernels.TanhFunction, N: 64 - k, Src: x, Dst: x})
				}
			})
		}
	}
	if err := d.Sync(); err != nil {
		t.Error(err)
	}
}

// TestRepeatPanics: a panic in a step leaves the device usable.
func TestRepeatPanics(t *testing.T) {
	d := newDevice(t)
	x := d.Float32(64)
	defer x.Free()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		d.Repeat(func() { d.Unary(kernels.Unary{N: -1}) })
	}()
	d.Unary(kernels.Unary{Function: kernels.Exp, N: 64, Src: x, Dst: x})
	if got := read(t, x); got[63] != 1 {
		t.Errorf("exp(0) = %v", got[63])
	}
}

func read(t *testing.T, b kernels.F32) []float32 {
	t.Helper()
	got, err := kernels.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestForksAreApart: a recording holds what was queued with its own fork alone, although another
// fork works meanwhile.
func TestForksAreApart(t *testing.T) {
	d := newDevice(t)
	fork := d.Fork()
	x, y := d.Float32(64), d.Float32(64)
	defer x.Free()
	defer y.Free()
	d.Unary(kernels.Unary{Function: kernels.Exp, N: 64, Src: x, Dst: x})
	d.Unary(kernels.Unary{Function: kernels.Exp, N: 64, Src: y, Dst: y})
	double := func(d kernels.Device, b kernels.F32) { // b += b
		d.Copy2D(kernels.Copy2D{Batch: 1, Rows: 1, Cols: 64, Src: b, SrcRow: 64, SrcCol: 1,
			Dst: b, DstRow: 64, DstCol: 1, Accumulate: true, Scale: 1})
	}
	r := fork.Record(func() {
		for range smallestGraph {
			double(fork, x)
		}
		double(d, y)
	})
	defer r.Free()
	for range 3 {
		r.Run()
	}
	if got := read(t, x); got[0] != 1<<(3*smallestGraph) {
		t.Errorf("the recording's operations made %v, want %v", got[0], 1<<(3*smallestGraph))
	}
	if got := read(t, y); got[0] != 2 {
		t.Errorf("another fork's operation ran %v times twice, want once", got[0])
	}
	if n := d.replays.Load(); n != 0 {
		t.Errorf("%d steps were counted, of none", n)
	}
}

// TestFreedWhileRecorded: the next owner of memory that is freed while launches which use it are
// recorded, and not queued yet, has it for itself.
func TestFreedWhileRecorded(t *testing.T) {
	for what, run := range map[string]func(d *Device, f func()){
		"Repeat": func(d *Device, f func()) { d.Repeat(f) },
		"Record": func(d *Device, f func()) {
			r := d.Record(f)
			r.Run()
			r.Free()
		},
	} {
		t.Run(what, func(t *testing.T) {
			d := newDevice(t)
			fork := d.Fork().(*Device)
			const n = 64
			x := fork.Float32(n)
			var y kernels.F32
			run(fork, func() {
				for range smallestGraph {
					fork.Unary(kernels.Unary{Function: kernels.Exp, N: n, Src: x, Dst: x})
				}
				x.Free()
				y = d.Float32(n)
			})
			defer y.Free()
			if got := read(t, y); got[0] != 0 {
				t.Errorf("new memory holds %v, want 0", got[0])
			}
			z := d.Float32(n)
			defer z.Free()
			if len(d.memory.unused[smallestBlock]) > 0 {
				t.Error("memory freed while something was recorded is not used again")
			}
		})
	}
}

// TestRecordingsGoWithTheirDevice: what is not freed is when the device is closed, and an f that
// panics leaves nothing behind.
func TestRecordingsGoWithTheirDevice(t *testing.T) {
	d := newDevice(t)
	x := d.Float32(64)
	op := kernels.Unary{Function: kernels.TanhFunction, N: 64, Src: x, Dst: x}
	for range 2 {
		r := d.Record(func() {
			for range smallestGraph {
				d.Repeat(func() { d.Unary(op) })
			}
		})
		r.Run()
		r.Run()
	}
	if err := d.Sync(); err != nil {
		t.Fatal(err)
	}
	if n := d.reruns.Load(); n != 4*smallestGraph {
		t.Errorf("%d steps ran as recordings, want %d", n, 4*smallestGraph)
	}
	bad := d.Record(func() { d.Unary(op); d.Unary(kernels.Unary{N: -1}) })
	for range 2 {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			bad.Run()
		}()
	}
	d.Unary(kernels.Unary{Function: kernels.Exp, N: 64, Src: x, Dst: x})
	if got := read(t, x); got[63] != 1 {
		t.Errorf("exp(0) = %v", got[63])
	}
	x.Free()
}

// TestAfter: what a launch of a graph waits for.
func TestAfter(t *testing.T) {
	commands := []command{{}, {aside: true}, {aside: true}, {},
		{step: 1, aside: true}, {step: 1, aside: true}, {step: 1},
		{step: 2}, {step: 2, aside: true}, {step: 3, aside: true}, {step: 3}}
	want := [][]int{{}, {}, {1}, {0, 2}, {3}, {3, 4}, {3, 5}, {6}, {6}, {7, 8}, {7, 9}}
	checkAfter(t, commands, want)
	// one aside after another for which the step has waited already
	commands = []command{{}, {aside: true}, {}, {aside: true}, {}, {step: 1, aside: true}, {step: 1}}
	want = [][]int{{}, {}, {0, 1}, {1}, {2, 3}, {4}, {4, 5}}
	checkAfter(t, commands, want)
	// two replicas, whose launches are shared, apart, apart, shared, apart aside, shared
	commands = []command{{}, {replica: 1}, {replica: 2}, {replica: 1}, {replica: 2}, {},
		{replica: 1, aside: true, step: 1}, {replica: 2, aside: true, step: 1}, {step: 1}}
	want = [][]int{{}, {0}, {0}, {1}, {2}, {3, 4}, {5}, {5}, {5, 6, 7}}
	checkAfter(t, commands, want)
	// three, of which the last two share
	commands = []command{{}, {replica: 1}, {replica: 2, others: 1}, {replica: 3}, {}}
	want = [][]int{{}, {0}, {0}, {2}, {1, 2, 3}}
	checkAfter(t, commands, want)
}

func checkAfter(t *testing.T, commands []command, want [][]int) {
	t.Helper()
	got := after(commands)
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("launch %d waits for %v, want %v", i, got[i], want[i])
		}
	}
}

// TestRunAhead: whoever runs recordings waits when a few of them wait for the GPU.
func TestRunAhead(t *testing.T) {
	d := newDevice(t)
	x := d.Float32(64)
	defer x.Free()
	r := d.Record(func() {
		for range smallestGraph {
			d.Unary(kernels.Unary{Function: kernels.TanhFunction, N: 64, Src: x, Dst: x})
		}
	})
	defer r.Free()
	r.Run()
	started, free := make(chan bool), make(chan bool)
	d.mu.Lock()
	d.queueCommand(command{kind: call, run: func() { started <- true; <-free }})
	d.mu.Unlock()
	<-started // the worker does nothing now
	const runs = 10 * fewAhead
	var done atomic.Int64
	all := make(chan bool)
	go func() {
		for range runs {
			r.Run()
			done.Add(1)
		}
		all <- true
	}()
	for done.Load() <= fewAhead {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond)
	if n := done.Load(); n > fewAhead+1 {
		t.Errorf("%d recordings wait for the worker, want at most %d", n, fewAhead+1)
	}
	free <- true
	<-all
}
