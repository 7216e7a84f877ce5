//go:build cuda

package cuda

import (
	"fmt"
	"math/bits"
)

// block is one allocation of device memory.
type block struct {
	address uint64
	size    int
	part    bool // of a replica's memory, and returned with it
}

// pool keeps freed blocks for the next allocation of their size class. All work runs in
// one stream, so a block may be given out again while kernels of its former owner are
// still queued, but not while they are only recorded: its next owner's would come first.
// Guarded by Device.mu.
type pool struct {
	// raw asks the driver for memory, release returns it.
	raw     func(size int) (uint64, error)
	release func(address uint64) error
	// fail takes an allocation's error, because the interface's allocations return none.
	fail func(error)
	// exact turns the size classes and the reuse off, so that a tool that watches
	// allocations (address sanitizer, compute-sanitizer) sees every one.
	exact bool

	unused map[int][]*block
	inUse  map[*block]struct{}
	held   []*block // freed while something was recorded, which may use them
	// recordings under way
	recordings int
}

func newPool(raw func(int) (uint64, error), release func(uint64) error, fail func(error),
	exact bool) *pool {
	return &pool{raw: raw, release: release, fail: fail, exact: exact, unused: map[int][]*block{},
		inUse: map[*block]struct{}{}}
}

// smallestBlock is the alignment that cuMemAlloc promises.
const smallestBlock = 256

// aligned rounds up to it.
func aligned(size int) int { return (size + smallestBlock - 1) / smallestBlock * smallestBlock }

// sizeClass rounds up to four classes per power of two, so at most a quarter is wasted.
func sizeClass(size int) int {
	if size <= smallestBlock {
		return smallestBlock
	}
	step := max(smallestBlock, 1<<(bits.Len(uint(size-1))-3))
	return (size + step - 1) / step * step
}

// allocate returns a block of at least size bytes, or reports that there is no memory
// and returns nil.
func (p *pool) allocate(size int) *block {
	if !p.exact {
		size = sizeClass(size)
	}
	if free := p.unused[size]; len(free) > 0 {
		b := free[len(free)-1]
		p.unused[size] = free[:len(free)-1]
		p.inUse[b] = struct{}{}
		return b
	}
	address, err := p.raw(size)
	if err != nil && p.trim() {
		address, err = p.raw(size)
	}
	if err != nil {
		p.fail(fmt.Errorf("allocating %d bytes beside %d in use: %w", size, p.bytes(), err))
		return nil
	}
	b := &block{address: address, size: size}
	p.inUse[b] = struct{}{}
	return b
}

// free takes a block back.
func (p *pool) free(b *block) {
	if b.part {
		return
	}
	delete(p.inUse, b)
	switch {
	case p.exact:
		p.giveBack(b)
	case p.recordings > 0:
		p.held = append(p.held, b)
	default:
		p.unused[b.size] = append(p.unused[b.size], b)
	}
}

// startRecording and stopRecording enclose what is recorded. It is queued before the next
// allocation, so from then on the blocks freed in it may be given out.
func (p *pool) startRecording() { p.recordings++ }

func (p *pool) stopRecording() {
	p.recordings--
	if p.recordings > 0 {
		return
	}
	for _, b := range p.held {
		p.unused[b.size] = append(p.unused[b.size], b)
	}
	p.held = nil
}

// giveBack returns a block to the driver.
func (p *pool) giveBack(b *block) {
	if err := p.release(b.address); err != nil {
		p.fail(fmt.Errorf("freeing %d bytes: %w", b.size, err))
	}
}

// trim returns unused blocks to the driver and reports whether there were any.
func (p *pool) trim() bool {
	free := p.held // releasing lets what is recorded go first
	for _, blocks := range p.unused {
		free = append(free, blocks...)
	}
	p.held = nil
	clear(p.unused)
	for _, b := range free {
		p.giveBack(b)
	}
	return len(free) > 0
}

// bytes is the memory in use.
func (p *pool) bytes() int {
	n := 0
	for b := range p.inUse {
		n += b.size
	}
	return n
}
