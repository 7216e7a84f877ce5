//go:build cuda

package cuda

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/symvi/symvi/kernels"
)

// buffer is a range of a device's memory.
type buffer[T kernels.Element] struct {
	device  *Device
	address uint64
	n       int
	block   *block // what the address points into; nil in slices, which own nothing
	missing bool   // the memory could not be allocated
}

var errMissing = errors.New("a buffer's memory could not be allocated")

func newBuffer[T kernels.Element](d *Device, n int) *buffer[T] {
	if n < 0 {
		panic(fmt.Sprintf("kernels: allocation of %d elements", n))
	}
	b := &buffer[T]{device: d, n: n}
	if n == 0 {
		return b
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if b.block = d.allocateBlock(b.bytes()); b.block == nil {
		b.missing = true
		return b
	}
	b.address = b.block.address
	d.fill(b.address, b.bytes())
	return b
}

func (b *buffer[T]) bytes() int {
	var element T
	return b.n * int(unsafe.Sizeof(element))
}

func (b *buffer[T]) Len() int { return b.n }

func (b *buffer[T]) Slice(lo, hi int) kernels.Buffer[T] {
	if lo < 0 || hi < lo || hi > b.n {
		panic(fmt.Sprintf("kernels: slice [%d:%d) of a buffer of %d elements", lo, hi, b.n))
	}
	before := buffer[T]{n: lo}
	return &buffer[T]{device: b.device, address: b.address + uint64(before.bytes()), n: hi - lo,
		missing: b.missing}
}

func (b *buffer[T]) Upload(src []T) {
	if len(src) != b.n {
		panic(fmt.Sprintf("kernels: Upload: source has %d elements, want %d", len(src), b.n))
	}
	if b.missing {
		b.device.fail(fmt.Errorf("upload: %w", errMissing))
	}
	if b.n == 0 || b.missing {
		return
	}
	b.device.upload(b.address, raw(src))
}

// upload32 is a block of memory with these numbers, nil if there is none. The caller holds d.mu.
func (d *Device) upload32(x []int32) *block {
	b := d.memory.allocate(4 * len(x))
	if b != nil {
		d.queueCommand(command{kind: copyIn, address: b.address, host: slices.Clone(raw(x))})
	}
	return b
}

// raw views a slice as bytes.
func raw[T kernels.Element](x []T) []byte {
	data := unsafe.SliceData(x)
	return unsafe.Slice((*byte)(unsafe.Pointer(data)), len(x)*int(unsafe.Sizeof(*data)))
}

func (b *buffer[T]) Download(dst []T) error {
	if len(dst) != b.n {
		panic(fmt.Sprintf("kernels: Download: destination has %d elements, want %d", len(dst), b.n))
	}
	if b.missing {
		b.device.fail(fmt.Errorf("download: %w", errMissing))
	}
	if b.n == 0 || b.missing {
		return b.device.download(nil, 0)
	}
	return b.device.download(raw(dst), b.address)
}

func (b *buffer[T]) Free() {
	if b.block == nil {
		return
	}
	b.device.mu.Lock()
	defer b.device.mu.Unlock()
	b.device.letGo() // what may use the memory
	b.device.memory.free(b.block)
	b.block, b.n, b.address = nil, 0, 0
}
