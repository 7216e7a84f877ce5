// Package kernelcase is the one registry of kernel cases: calls of every operation of a device
// with valid arguments, which feed conformance tests, known digests, fuzzing and benchmarks.
package kernelcase

import (
	"fmt"
	"math/rand/v2"
	"reflect"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Case is a call of an operation with valid arguments, whose buffers are exactly as long as needed.
type Case struct {
	Op    any
	Run   func()
	RunOn func(d kernels.Device) // Run on another device that takes the buffers
	With  func(op any)           // Run with other arguments
}

func newCase[T any](run func(kernels.Device, T), m Memory, op T) Case {
	return Case{op, func() { run(m.d, op) }, func(d kernels.Device) { run(d, op) },
		func(other any) { run(m.d, other.(T)) }}
}

// Name is the operation's.
func (o Case) Name() string { return reflect.TypeOf(o.Op).Name() }

// Free frees the buffers.
func (o Case) Free() {
	for _, b := range o.buffers() {
		b.(interface{ Free() }).Free()
	}
}

// buffers are the operation's buffers by field, those of an operation that is a part of it too.
func (o Case) buffers() map[string]any {
	m := map[string]any{}
	collect(m, "", reflect.ValueOf(o.Op))
	return m
}

func collect(m map[string]any, prefix string, v reflect.Value) {
	for i := range v.NumField() {
		name := prefix + v.Type().Field(i).Name
		switch f := v.Field(i); {
		case f.Kind() == reflect.Struct:
			collect(m, name+".", f)
		case f.Kind() == reflect.Interface && !f.IsNil():
			m[name] = f.Interface()
		}
	}
}

// tester is a testing.TB.
type tester interface {
	Helper()
	Fatal(args ...any)
}

// Contents prints the bits of all buffers.
func (o Case) Contents(t tester) map[string]string {
	t.Helper()
	m := map[string]string{}
	for name, b := range o.buffers() {
		switch b := b.(type) {
		case kernels.F32:
			m[name] = fmt.Sprintf("%x", Read(t, b))
		case kernels.F64:
			m[name] = fmt.Sprintf("%x", Read(t, b))
		case kernels.I32:
			m[name] = fmt.Sprint(Read(t, b))
		case kernels.U8:
			m[name] = fmt.Sprint(Read(t, b))
		}
	}
	return m
}

// Read is the contents of a buffer.
func Read[T kernels.Element](t tester, b kernels.Buffer[T]) []T {
	t.Helper()
	x, err := kernels.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Memory uploads to a device and draws numbers, the same on every platform: those of
// package rand would not be, because math.Exp is not.
type Memory struct {
	d    kernels.Device
	Rand *rand.Rand // of integers
	key  *kernels.Key
}

// NewMemory draws the same numbers every time.
func NewMemory(d kernels.Device) Memory {
	return Memory{d, rand.New(rand.NewPCG(1, 2)), &kernels.Key{Seed: 3}}
}

// F32 uploads numbers.
func (m Memory) F32(x []float32) kernels.F32 {
	b := m.d.Float32(len(x))
	b.Upload(x)
	return b
}

// F64 uploads numbers.
func (m Memory) F64(x []float64) kernels.F64 {
	b := m.d.Float64(len(x))
	b.Upload(x)
	return b
}

// I32 uploads numbers.
func (m Memory) I32(x []int32) kernels.I32 {
	b := m.d.Int32(len(x))
	b.Upload(x)
	return b
}

// pixels are any bytes.
func (m Memory) pixels(n int) kernels.U8 {
	x := make([]uint8, n)
	for i := range x {
		x[i] = uint8(m.Rand.IntN(256))
	}
	b := m.d.(kernels.Bytes).Uint8(n)
	b.Upload(x)
	return b
}

// Pixels is a table of bytes that holds b/d.
func Pixels(d float32) []float32 {
	x := make([]float32, 256)
	for b := range x {
		x[b] = float32(b) / d
	}
	return x
}

// Normal draws N(mean, std²).
func (m Memory) Normal(n int, mean, std float64) []float32 {
	x := make([]float32, n)
	m.key.Normals(x, 0)
	m.key.Step++
	for i, z := range x {
		x[i] = float32(mean + float64(std*float64(z)))
	}
	return x
}

// Normal64 draws N(0, std²).
func (m Memory) Normal64(n int, std float64) []float64 {
	x := make([]float64, n)
	for i, z := range m.Normal(n, 0, 1) {
		x[i] = std * float64(z)
	}
	return x
}

// Scales draws e^N(0, spread²).
func (m Memory) Scales(n int, spread float64) []float32 {
	x := m.Normal(n, 0, spread)
	for i, z := range x {
		x[i] = ref.Exp(z)
	}
	return x
}

// Permutations draws permutations; the first of every k is the identity.
func (m Memory) Permutations(count, k, n int) []int32 {
	var x []int32
	for t := range count {
		for i, j := range m.Rand.Perm(n) {
			if t%k == 0 {
				j = i
			}
			x = append(x, int32(j))
		}
	}
	return x
}

// normal, positive, double and index are buffers of everyday numbers.
func (m Memory) normal(n int) kernels.F32 { return m.F32(m.Normal(n, 0, 1)) }

func (m Memory) positive(n int) kernels.F32 { return m.F32(m.Scales(n, 1)) }

func (m Memory) double(n int) kernels.F64 { return m.F64(m.Normal64(n, 1)) }

func (m Memory) index(n, limit int) kernels.I32 {
	x := make([]int32, n)
	for i := range x {
		x[i] = int32(i * 7 % limit)
	}
	return m.I32(x)
}
