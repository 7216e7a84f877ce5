package kerneltest

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// faulty is a device whose first Unary does something wrong to its buffers, guard zones included.
type faulty struct {
	kernels.Device
	fault func(src, dst []float32)
	whole []kernels.F32
	done  bool
}

func (f *faulty) Float32(n int) kernels.F32 {
	b := f.Device.Float32(n)
	f.whole = append(f.whole, b)
	return b
}

func (f *faulty) Unary(u kernels.Unary) {
	f.Device.Unary(u)
	if f.done {
		return
	}
	f.done = true
	src, _ := kernels.Read(f.whole[0])
	dst, _ := kernels.Read(f.whole[1])
	f.fault(src, dst)
	f.whole[0].Upload(src)
	f.whole[1].Upload(dst)
}

// recorder keeps a failure from failing the test.
type recorder struct {
	testing.TB
	failure string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failure = fmt.Sprintf(format, args...)
	panic(r)
}

// TestFaults checks that the suite sees every kind of fault.
func TestFaults(t *testing.T) {
	first := func(x []float32) int { // where the guard zone ends
		for i, v := range x {
			if bits(v) != bits(guard[float32]()) {
				return i
			}
		}
		return len(x)
	}
	in := []float32{0, 1, float32(math.NaN()), 3, 4}
	for _, c := range []struct {
		name  string
		fault func(src, dst []float32)
		want  string
	}{
		{"none", func(src, dst []float32) {}, ""},
		{"another NaN", func(src, dst []float32) {
			dst[first(dst)+2] = math.Float32frombits(0xffc12345)
		}, ""},
		{"one bit", func(src, dst []float32) { dst[first(dst)+3] *= 1.0000001 }, "Dst[3]"},
		{"sign of zero", func(src, dst []float32) {
			dst[first(dst)] = float32(math.Copysign(0, -1))
		}, "Dst[0]"},
		{"left out", func(src, dst []float32) { dst[first(dst)+4] = unset[float32]() }, "Dst[4]"},
		{"changed input", func(src, dst []float32) { src[first(src)+1] = 2 }, "Src[1]"},
		{"write in front", func(src, dst []float32) { dst[first(dst)-1] = 0 }, "element -1 of 5"},
		{"write behind", func(src, dst []float32) {
			dst[first(dst)+5] = float32(math.NaN())
		}, "element 5 of 5"},
		{"write behind an input", func(src, dst []float32) { src[len(src)-1] = 0 }, "outside Src"},
	} {
		host := must.Get(cpu.New(cpu.Options{Threads: 1}))(t)
		r := &recorder{TB: t}
		func() {
			defer func() {
				if p := recover(); p != nil && p != r {
					panic(p)
				}
			}()
			Unary(r, &faulty{Device: host, fault: c.fault}, kernels.TanhFunction, in)
		}()
		if (c.want == "") != (r.failure == "") || !strings.Contains(r.failure, c.want) {
			t.Errorf("%s: failure %q, want one with %q", c.name, r.failure, c.want)
		}
	}
}

// TestCore holds a device to the suite that has the operations of every training and no others.
func TestCore(t *testing.T) {
	Run(t, func(t testing.TB) kernels.Device {
		host := must.Get(cpu.New(cpu.Options{Threads: 1}))(t)
		return struct {
			kernels.Core
			kernels.NoPermutations
		}{Core: host}
	})
}
