package kerneltest

import (
	"fmt"
	"math"
	"testing"

	"github.com/symvi/symvi/kernels"
)

// call is one operation under test. Every buffer has a mirror on the host: the
// test computes what the operation should do on the mirrors, and check compares
// all of every buffer, so that a wrong result, a changed input and a write outside
// the range that was given all show in the same way.
type call struct {
	t       testing.TB
	d       kernels.Device
	what    string
	buffers []mirrored
}

type mirrored interface {
	check(c *call)
	free()
}

// newCall starts a call that failures describe by the op and its sizes.
func newCall(t testing.TB, d kernels.Device, format string, args ...any) *call {
	return &call{t: t, d: d, what: fmt.Sprintf(format, args...)}
}

// in32, in64 and inInt give the operation a buffer that holds x. The slice they return is the
// mirror.
func (c *call) in32(name string, x []float32) (kernels.F32, []float32) {
	return mirror(c, c.d.Float32, name, x)
}

func (c *call) in64(name string, x []float64) (kernels.F64, []float64) {
	return mirror(c, c.d.Float64, name, x)
}

func (c *call) inInt(name string, x []int32) (kernels.I32, []int32) {
	return mirror(c, c.d.Int32, name, x)
}

// out32, out64 and outInt give it one of n elements that nothing has set.
func (c *call) out32(name string, n int) (kernels.F32, []float32) {
	return c.in32(name, repeat(unset[float32](), n))
}

func (c *call) out64(name string, n int) (kernels.F64, []float64) {
	return c.in64(name, repeat(unset[float64](), n))
}

func (c *call) outInt(name string, n int) (kernels.I32, []int32) {
	return c.inInt(name, repeat(unset[int32](), n))
}

// check compares all buffers with their mirrors and frees them.
func (c *call) check() {
	c.t.Helper()
	for _, b := range c.buffers {
		b.check(c)
	}
	for _, b := range c.buffers {
		b.free()
	}
}

// mirroredBuffer is the range [lo, hi) of a buffer, between guard zones.
type mirroredBuffer[T kernels.Element] struct {
	name   string
	whole  kernels.Buffer[T]
	want   []T
	lo, hi int
}

// guardSize is as long as the widest vector, so that one store too many is seen.
const guardSize = 16

func mirror[T kernels.Element](c *call, alloc func(int) kernels.Buffer[T], name string,
	x []T) (kernels.Buffer[T], []T) {
	lo := guardSize + (5*len(c.buffers)+7*len(x))%guardSize // any alignment
	hi := lo + len(x)
	want := repeat(guard[T](), hi+guardSize)
	copy(want[lo:], x)
	b := &mirroredBuffer[T]{name, alloc(len(want)), want, lo, hi}
	b.whole.Upload(want)
	c.buffers = append(c.buffers, b)
	return b.whole.Slice(lo, hi), want[lo:hi:hi]
}

func (b *mirroredBuffer[T]) free() { b.whole.Free() }

func (b *mirroredBuffer[T]) check(c *call) {
	c.t.Helper()
	got, err := kernels.Read(b.whole)
	if err != nil {
		c.t.Fatalf("%s: reading %s: %v", c.what, b.name, err)
	}
	for i, g := range got {
		if (i < b.lo || i >= b.hi) && bits(g) != bits(b.want[i]) {
			c.t.Fatalf("%s: a write outside %s: element %d of %d is now %s", c.what, b.name, i-b.lo,
				b.hi-b.lo, show(g))
		}
	}
	first, count := 0, 0
	for i := b.hi - 1; i >= b.lo; i-- {
		if !same(got[i], b.want[i]) {
			first = i
			count++
		}
	}
	if count > 0 {
		c.t.Fatalf("%s: %s[%d] = %s, want %s (%d of %d elements differ)",
			c.what, b.name, first-b.lo, show(got[first]), show(b.want[first]), count, b.hi-b.lo)
	}
}

// same reports equal bits; a NaN equals any other.
func same[T kernels.Element](a, b T) bool {
	if a == b {
		return a != 0 || bits(a) == bits(b)
	}
	return isNaN(a) && isNaN(b)
}

func isNaN[T kernels.Element](a T) bool { return math.IsNaN(float64(a)) }

func bits[T kernels.Element](a T) uint64 {
	switch a := any(a).(type) {
	case float32:
		return uint64(math.Float32bits(a))
	case float64:
		return math.Float64bits(a)
	case int32:
		return uint64(uint32(a))
	case uint8:
		return uint64(a)
	}
	panic("unreachable")
}

func show[T kernels.Element](a T) string { return fmt.Sprintf("%v (bits %#x)", a, bits(a)) }

// guard is what guard zones hold: NaNs, so that a read beyond an input spoils the result.
func guard[T kernels.Element]() (x T) {
	switch p := any(&x).(type) {
	case *float32:
		*p = math.Float32frombits(0x7fc5a5a5)
	case *float64:
		*p = math.Float64frombits(0x7ff8a5a5a5a5a5a5)
	case *int32:
		*p = 0x5a5a5a5a
	case *uint8:
		*p = 0x5a
	}
	return x
}

// unset is what outputs hold before the call: no NaN, so that an element left out cannot pass
// for one.
func unset[T kernels.Element]() (x T) {
	switch p := any(&x).(type) {
	case *float32:
		*p = -0x1.5bd5bp62
	case *float64:
		*p = -0x1.5bd5bp300
	case *int32:
		*p = -0x5bd5bd5b
	case *uint8:
		*p = 0xbd
	}
	return x
}

func repeat[T any](x T, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = x
	}
	return s
}
