//go:build cuda

package cuda

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// simulated skips a test that needs a machine which only the simulator can be.
func simulated(t *testing.T) {
	t.Helper()
	if names := Names(); len(names) > 0 && !strings.Contains(names[0], "simulator") {
		t.Skip("needs the simulator: cuda/sim/run go test -tags cuda ./cuda")
	}
}

// wantError checks an error's text, which must be one line.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range append(parts, "") {
		if !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %q, want one line with %q", err, part)
		}
	}
}

// TestUnusable: what New says where it finds no GPU that it can use.
func TestUnusable(t *testing.T) {
	_, err := New(Options{Ordinal: 99})
	wantError(t, err, "no GPU 99")
	_, err = New(Options{Ordinal: -1})
	wantError(t, err, "no GPU -1")
	simulated(t)
	for _, c := range []struct{ variable, value, want string }{
		{"SYMVI_SIM_DEVICES", "0", "finds no GPU"},
		{"SYMVI_SIM_DRIVER", "11040", "supports CUDA 11.4, and 11.8 is needed"},
		{"SYMVI_SIM_CAPABILITY", "75", "compute capability 7.5, and 8.0 is needed"},
		{"SYMVI_SIM_CAPABILITY", "62", "compute capability 6.2"},
	} {
		t.Run(c.variable+"="+c.value, func(t *testing.T) {
			t.Setenv(c.variable, c.value)
			_, err := New(Options{})
			wantError(t, err, c.want)
			wantError(t, Available(), c.want)
			if names := Names(); len(names) > 0 {
				t.Errorf("Names() = %q, want none", names)
			}
		})
	}
}

// TestNames: a GPU that is too old does not hide those after it.
func TestNames(t *testing.T) {
	simulated(t)
	t.Setenv("SYMVI_SIM_DEVICES", "3")
	t.Setenv("SYMVI_SIM_OLD", "0")
	if got, want := Names(),
		[]string{"cuda:1 (CUDA simulator)", "cuda:2 (CUDA simulator)"}; !slices.Equal(got, want) {
		t.Errorf("Names() = %q, want %q", got, want)
	}
}

// TestOutOfMemory: a failed allocation is reported once, by the next Sync or Download;
// what needed the memory does nothing, and the rest goes on.
func TestOutOfMemory(t *testing.T) {
	simulated(t)
	t.Setenv("SYMVI_SIM_MEMORY", "100000")
	d := newDevice(t)
	small, large := d.Float32(1000), d.Float32(1_000_000)
	defer small.Free()
	defer large.Free()
	wantError(t, d.Sync(), "allocating", "CUDA_ERROR_OUT_OF_MEMORY")
	if err := d.Sync(); err != nil {
		t.Errorf("the second Sync returned the error again: %v", err)
	}
	large.Slice(5, 10).Upload(make([]float32, 5))
	wantError(t, d.Sync(), "could not be allocated")
	d.Unary(kernels.Unary{Function: kernels.Exp, N: 1000, Src: small, Dst: large})
	wantError(t, d.Sync(), "unary_exp", "could not be allocated")
	wantError(t, large.Download(make([]float32, 1_000_000)), "could not be allocated")
	d.Sync()
	d.Unary(kernels.Unary{Function: kernels.Exp, N: 1000, Src: small, Dst: small})
	if got, err := kernels.Read(small); err != nil || got[999] != 1 {
		t.Errorf("exp(0) = %v, %v", got[999], err)
	}

	c := trainingCases(50)[0]
	c.model.Network.Widths[1] = 2000
	_, err := bnn.Fit(context.Background(), d, c.model, c.data(), c.options)
	wantError(t, err, "cuda:0", "CUDA_ERROR_OUT_OF_MEMORY")
	d.Sync()
}

// TestTooLarge: more memory than any GPU has is refused, and the device goes on.
func TestTooLarge(t *testing.T) {
	d := newDevice(t)
	x := d.Float32(1 << 42)
	defer x.Free()
	wantError(t, d.Sync(), "allocating", "CUDA_ERROR_OUT_OF_MEMORY")
	y := d.Float32(100)
	defer y.Free()
	d.Unary(kernels.Unary{Function: kernels.Exp, N: 100, Src: y, Dst: y})
	if got := read(t, y); got[99] != 1 {
		t.Errorf("exp(0) = %v", got[99])
	}
}

// TestSharedMemoryIsAllowed: 48 KiB that a kernel may have without being allowed more
// include its own variables, of which this one has 8 KiB.
func TestSharedMemoryIsAllowed(t *testing.T) {
	d := newDevice(t)
	x := d.Float32(16)
	defer x.Free()
	d.mu.Lock()
	d.launch(kernel{"sample", "sample_gaussian_grad"}, dim3{x: 1}, dim3{x: 16, y: 16}, 48<<10,
		ptr(x), ptr(x), ptr(x), u64(0), u32(0), u32(0), u32(0), num(0), num(0))
	d.mu.Unlock()
	if err := d.Sync(); err != nil {
		t.Error(err)
	}
}

// TestRefusedModule: where the driver's compiler refuses a kernel the error has its words.
func TestRefusedModule(t *testing.T) {
	simulated(t)
	t.Setenv("SYMVI_SIM_REFUSE", "1")
	d := newDevice(t)
	x := d.Float32(10)
	defer x.Free()
	d.Unary(kernels.Unary{Function: kernels.Exp, N: 10, Src: x, Dst: x})
	wantError(t, d.Sync(), "kernel unary_exp", "loading module unary",
		"CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "Unsupported .version")
}

// TestImages: a GPU gets the cubins of its own kind, else PTX, and PTX where the driver refuses
// a cubin; the results are the same.
func TestImages(t *testing.T) {
	simulated(t)
	for _, c := range []struct {
		capability, refuse string
		cubins             int64
	}{{"80", "", 1}, {"87", "", 1}, {"89", "", 1}, {"90", "", 1}, {"100", "", 0}, {"120", "", 0},
		{"90", "1", 0}} {
		t.Run(c.capability+"/"+c.refuse, func(t *testing.T) {
			t.Setenv("SYMVI_SIM_CAPABILITY", c.capability)
			t.Setenv("SYMVI_SIM_NO_CUBIN", c.refuse)
			d := newDevice(t)
			x := d.Float32(100)
			defer x.Free()
			d.Unary(kernels.Unary{Function: kernels.Exp, N: 100, Src: x, Dst: x})
			if got := read(t, x); got[99] != 1 {
				t.Errorf("exp(0) = %v", got[99])
			}
			if n := d.cubins.Load(); n != c.cubins {
				t.Errorf("%d modules were loaded as cubins, want %d", n, c.cubins)
			}
		})
	}
}

// TestCubinFor: machine code runs on GPUs of its major version, from its minor one on.
func TestCubinFor(t *testing.T) {
	for gpu, want := range map[int]int{75: 0, 80: 80, 86: 86, 87: 86, 89: 89, 90: 90, 100: 0,
		103: 0, 120: 0} {
		if got := cubinFor(gpu); got != want {
			t.Errorf("compute capability %d takes cubins for %d, want %d", gpu, got, want)
		}
	}
}

// TestMemoryIsReturned: freed memory that was kept for reuse goes back to the driver
// when an allocation of another size needs it.
func TestMemoryIsReturned(t *testing.T) {
	simulated(t)
	t.Setenv("SYMVI_SIM_MEMORY", "100000")
	d := newDevice(t)
	for n := range 20 {
		d.Float32(10_000 + 700*n).Free()
	}
	if err := d.Sync(); err != nil {
		t.Error(err)
	}
}

// TestLost: after a kernel has broken the context every wait says so, and nothing hangs.
func TestLost(t *testing.T) {
	simulated(t)
	t.Setenv("SYMVI_SIM_LOSE", "unary_log")
	for _, sync := range []string{"", "1"} {
		t.Run("SYMVI_CUDA_SYNC="+sync, func(t *testing.T) {
			t.Setenv("SYMVI_CUDA_SYNC", sync)
			d, err := New(Options{})
			if err != nil {
				t.Fatal(err)
			}
			x := d.Float32(100)
			d.Unary(kernels.Unary{Function: kernels.Log, N: 100, Src: x, Dst: x})
			if sync == "1" {
				d.Unary(kernels.Unary{Function: kernels.Exp, N: 100, Src: x, Dst: x})
			}
			for range 2 {
				wantError(t, d.Sync(), "the GPU stopped", "CUDA_ERROR_ILLEGAL_ADDRESS: an "+
					"illegal memory access", "kernel unary_log", "threads, 0 bytes of shared memory")
			}
			wantError(t, x.Download(make([]float32, 100)), "the GPU stopped")
			x.Upload(make([]float32, 100))
			d.Float64(1000).Free()
			wantError(t, d.Close(), "the GPU stopped")
		})
	}
}

// TestLostLate: the error of a kernel comes from a later call of any kind, which must not
// be blamed.
func TestLostLate(t *testing.T) {
	simulated(t)
	t.Setenv("SYMVI_SIM_LOSE", "unary_log")
	for name, later := range map[string]func(d *Device, x kernels.F32){
		"launch": func(d *Device, x kernels.F32) {
			d.Unary(kernels.Unary{Function: kernels.Exp, N: 100, Src: x, Dst: x})
		},
		"graph": func(d *Device, x kernels.F32) {
			d.Repeat(func() {
				for range smallestGraph {
					d.Unary(kernels.Unary{Function: kernels.Exp, N: 100, Src: x, Dst: x})
				}
			})
		},
		"upload":   func(_ *Device, x kernels.F32) { x.Upload(make([]float32, 100)) },
		"allocate": func(d *Device, _ kernels.F32) { d.Float64(1_000_000).Free() },
	} {
		t.Run(name, func(t *testing.T) {
			d, err := New(Options{})
			if err != nil {
				t.Fatal(err)
			}
			x := d.Float32(100)
			d.Unary(kernels.Unary{Function: kernels.Log, N: 100, Src: x, Dst: x})
			for range 300 { // more than the stream takes before the first error
				later(d, x)
			}
			wantError(t, d.Sync(), "the GPU stopped", "CUDA_ERROR_ILLEGAL_ADDRESS",
				"in or before kernel unary_")
			wantError(t, d.Close(), "the GPU stopped")
		})
	}
}

// TestBadLaunch: an error names the kernel and its shape.
func TestBadLaunch(t *testing.T) {
	d := newDevice(t)
	x := d.Float32(10)
	defer x.Free()
	launch := func(k kernel, grid, block dim3) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.launch(k, grid, block, 0, ptr(x), ptr(x), num(10))
	}
	launch(kernel{"unary", "unary_exp"}, dim3{x: 7}, dim3{x: 5000})
	wantError(t, d.Sync(), "unary_exp", "7×1×1 blocks", "5000×1×1 threads")
	launch(kernel{"unary", "unary_exp"}, dim3{x: 1, y: 1 << 16}, dim3{x: 32})
	wantError(t, d.Sync(), "unary_exp", "1×65536×1")
	launch(kernel{"unary", "unary_nothing"}, dim3{x: 1}, dim3{x: 32})
	wantError(t, d.Sync(), "unary_nothing")
	launch(kernel{"nothing", "unary_exp"}, dim3{x: 1}, dim3{x: 32})
	wantError(t, d.Sync(), "make ptx")
	launch(kernel{"unary", "unary_exp"}, dim3{}, dim3{x: 32})
	if err := d.Sync(); err != nil {
		t.Errorf("a grid without blocks: %v", err)
	}
}

// TestForeignBuffers: buffers of the CPU and of another device are refused.
func TestForeignBuffers(t *testing.T) {
	host, err := cpu.New(cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	d, other := newDevice(t), newDevice(t)
	x := d.Float32(4)
	defer x.Free()
	for name, foreign := range map[string]kernels.Device{"cpu": host, "another device": other} {
		t.Run(name, func(t *testing.T) {
			y := foreign.Float32(4)
			defer y.Free()
			defer func() {
				if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "kernels: a ") {
					t.Errorf("panic %q", s)
				}
			}()
			d.Unary(kernels.Unary{Function: kernels.Exp, N: 4, Src: y, Dst: x})
		})
	}
}

// TestClosed: using a closed device is an error, not a hang.
func TestClosed(t *testing.T) {
	d, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := d.Float32(4)
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	x.Upload(make([]float32, 4))
	d.Unary(kernels.Unary{Function: kernels.Exp, N: 4, Src: x, Dst: x})
	wantError(t, x.Download(make([]float32, 4)), "closed")
	wantError(t, d.Sync(), "closed")
	d.Float32(5).Free()
	x.Free()
}
