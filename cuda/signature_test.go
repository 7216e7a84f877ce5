//go:build cuda

package cuda

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// TestTypedLaunches: a launch whose arguments are not what the module's kernel takes is an error
// that names the argument, and the kernel does not run.
func TestTypedLaunches(t *testing.T) {
	d := newDevice(t)
	x := d.Float32(8)
	defer x.Free()
	k := kernel{"unary", "unary_exp"} // dst, src, n
	for _, c := range []struct {
		kernel kernel
		args   []cell
		want   string
	}{
		{k, []cell{ptr(x), ptr(x)}, "2 arguments for 3 parameters"},
		{k, []cell{ptr(x), ptr(x), num(8), num(8)}, "4 arguments for 3 parameters"},
		{k, []cell{ptr(x), num(8), f32(1)}, "argument 2 is a float32"},
		{k, []cell{ptr(x), u32(8), num(8)}, "argument 1 is an unsigned integer"},
		{k, []cell{f64(1), ptr(x), num(8)}, "argument 0 is a float64"},
		{kernel{"gather", "gather_rows"}, []cell{ptr(x), ptr(x), ptr(x), num(1 << 33), num(1)},
			"argument 3 is an integer (0x200000000), its parameter a u32"},
		{kernel{"unary", "unary_cosine"}, []cell{ptr(x), ptr(x), num(8)},
			"module unary has no such kernel"},
		{kernel{"unitary", "unary_exp"}, []cell{ptr(x), ptr(x), num(8)}, "module unitary was not built"},
	} {
		d.mu.Lock()
		d.launch(c.kernel, dim3{x: 1}, dim3{x: 32}, 0, c.args...)
		d.mu.Unlock()
		wantError(t, d.Sync(), "kernel "+c.kernel.name, c.want)
	}
	if got := read(t, x); slices.Max(got) != 0 {
		t.Errorf("a kernel has run: %v", got)
	}
}

// TestSignatures: every kernel of every module is found, with the parameters that PTX may have.
func TestSignatures(t *testing.T) {
	files, err := texts.ReadDir("ptx")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		module := strings.TrimSuffix(f.Name(), path.Ext(f.Name()))
		text, err := modulePTX(module)
		if err != nil {
			t.Fatal(err)
		}
		found, err := signatures(text)
		if err != nil {
			t.Errorf("%s: %v", module, err)
		}
		if n := strings.Count(text, ".entry"); len(found) != n {
			t.Errorf("%s: %d kernels of %d", module, len(found), n)
		}
		for name, s := range found {
			if i := slices.IndexFunc(s, func(p parameter) bool {
				return !slices.Contains([]parameter{"u32", "u64", "f32", "f64"}, p)
			}); len(s) == 0 || i >= 0 {
				t.Errorf("%s: parameters %v", name, s)
			}
		}
	}
	for _, text := range []string{".visible .entry f(\n", ".visible .entry f(\n\t.reg .u32 x\n)"} {
		if s, err := signatures(text); err == nil {
			t.Errorf("signatures(%q) = %v, want an error", text, s)
		}
	}
}
