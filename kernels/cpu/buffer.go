package cpu

import (
	"fmt"

	"github.com/symvi/symvi/kernels"
)

// host is a buffer in the CPU's memory.
type host[T kernels.Element] struct{ data []T }

func (b *host[T]) Len() int { return len(b.data) }

func (b *host[T]) Slice(lo, hi int) kernels.Buffer[T] {
	if lo < 0 || hi < lo || hi > len(b.data) {
		panic(fmt.Sprintf("kernels: slice [%d:%d) of a buffer of %d elements", lo, hi, len(b.data)))
	}
	return &host[T]{b.data[lo:hi:hi]}
}

func (b *host[T]) Upload(src []T) {
	checkLen("Upload: source", len(src), len(b.data))
	copy(b.data, src)
}

func (b *host[T]) Download(dst []T) error {
	checkLen("Download: destination", len(dst), len(b.data))
	copy(dst, b.data)
	return nil
}

func (b *host[T]) Free() { b.data = nil }

var _ kernels.HostMemory = (*Device)(nil)

// Float32Of implements kernels.HostMemory.
func (d *Device) Float32Of(x []float32) kernels.F32 { return &host[float32]{x} }

// Uint8Of implements kernels.HostMemory.
func (d *Device) Uint8Of(x []uint8) kernels.U8 { return &host[uint8]{x} }

// hostSlice is the memory of a CPU buffer, nil for a nil buffer.
func hostSlice[T kernels.Element](b kernels.Buffer[T]) []T {
	if b == nil {
		return nil
	}
	h, ok := b.(*host[T])
	if !ok {
		panic(foreign(b))
	}
	return h.data
}

// part is x[lo:hi], nil for nil: what is optional.
func part(x []float32, lo, hi int) []float32 {
	if x == nil {
		return nil
	}
	return x[lo:hi]
}

// checkLen panics unless a range has exactly the length wanted.
func checkLen(what string, got, want int) {
	if got != want {
		panic(fmt.Sprintf("kernels: %s has %d elements, want %d", what, got, want))
	}
}
