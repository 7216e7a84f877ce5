//go:build cuda

package cuda

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/kernels"
)

// kernel names one function of a module: ptx/MODULE.ptx, made from MODULE.cu.
type kernel struct{ module, name string }

// dim3 counts blocks or threads; y and z left 0 mean 1.
type dim3 struct{ x, y, z int }

func (d dim3) filled() dim3 { return dim3{d.x, max(d.y, 1), max(d.z, 1)} }

func (d dim3) String() string {
	d = d.filled()
	return fmt.Sprintf("%d×%d×%d", d.x, d.y, d.z)
}

// blocks is the number of blocks that cover n elements, each block per of them.
func blocks(n, per int) int { return (n + per - 1) / per }

// cell is one argument of a kernel: 8 bytes, of which the kernel reads as many as its
// parameter has. A pointer remembers its device and whether its memory is missing.
type cell struct {
	kind    argument
	bits    uint64
	owner   *gpu
	bytes   int // of memory that a pointer is for
	missing bool
	source  bool // the kernel only reads that memory
	common  bool // which replicas have in common
	varies  bool // replicas may differ in the number
}

// ptr passes a buffer's address, null for no buffer.
func ptr[T kernels.Element](b kernels.Buffer[T]) cell {
	if b == nil {
		return cell{}
	}
	d, ok := b.(*buffer[T])
	if !ok {
		panic(fmt.Sprintf("kernels: a %T was given to the CUDA device, which takes only its own "+
			"buffers", b))
	}
	return cell{bits: d.address, owner: d.device.gpu, bytes: d.bytes(), missing: d.missing}
}

// source is ptr for a kernel that only reads the memory.
func source[T kernels.Element](b kernels.Buffer[T]) cell {
	c := ptr(b)
	c.source = true
	return c
}

// common is source for a kernel that reads the same memory for all replicas.
func common[T kernels.Element](b kernels.Buffer[T]) cell {
	c := source(b)
	c.common = true
	return c
}

// replicaStride is where a kernel of several replicas takes the stride of their memory.
var replicaStride = cell{kind: strideArgument}

// varies is num for a number in which replicas that share a launch may differ: the kernel, whose
// blocks along x it may change, takes everyone's from replicaCounts.
func varies(x int) cell {
	c := num(x)
	c.varies = true
	return c
}

// replicaCounts is where a kernel of several replicas takes the first of the numbers in which they
// differ, of each of them; null where they do not.
var replicaCounts = cell{kind: countsArgument}

// offset passes an address some bytes after another one.
func offset(c cell, bytes int) cell {
	c.bits += uint64(bytes)
	c.bytes -= bytes
	return c
}

// num passes an integer to a parameter of type int, unsigned or long long.
func num(x int) cell { return cell{kind: integerArgument, bits: uint64(int64(x))} }

// u32 and u64 pass unsigned integers, such as the parts of a key.
func u32(x uint32) cell { return cell{kind: unsignedArgument, bits: uint64(x)} }
func u64(x uint64) cell { return cell{kind: wordArgument, bits: x} }

// f32 and f64 pass floating-point numbers.
func f32(x float32) cell {
	return cell{kind: floatArgument, bits: uint64(math.Float32bits(x))}
}

func f64(x float64) cell { return cell{kind: doubleArgument, bits: math.Float64bits(x)} }

// flag passes a truth value to a parameter of type int.
func flag(x bool) cell {
	if x {
		return num(1)
	}
	return num(0)
}

// note remembers what argument i is to replicas.
func (c *command) note(i int, a cell) {
	if a.owner != nil && !a.common {
		c.moves |= 1 << i
	}
	if a.varies {
		c.varies |= 1 << i
	}
	switch a.kind {
	case strideArgument:
		c.strides, c.strideAt = true, i
	case countsArgument:
		c.countsAt = i
	}
}

// maxGridYZ is the number of blocks that fit in the y and z directions of a grid.
const maxGridYZ = 1<<16 - 1

// launch queues a kernel over a grid of blocks with shared bytes of dynamic shared
// memory. A grid without blocks (x = 0) does nothing. The caller holds d.mu.
func (d *Device) launch(k kernel, grid, block dim3, shared int, args ...cell) {
	grid, block = grid.filled(), block.filled()
	if grid.x <= 0 {
		return
	}
	if grid.x > math.MaxInt32 || grid.y > maxGridYZ || grid.z > maxGridYZ {
		d.fail(fmt.Errorf("kernel %s: grid %v is larger than a GPU takes", k.name, grid))
		return
	}
	for _, a := range args {
		if a.owner != nil && a.owner != d.gpu {
			panic(fmt.Sprintf("kernels: a buffer of %s was given to another CUDA device, %s",
				a.owner.name, d.name))
		}
		if a.missing {
			d.fail(fmt.Errorf("kernel %s: %w", k.name, errMissing))
			return
		}
	}
	if err := d.checked(k, args); err != nil {
		d.fail(fmt.Errorf("kernel %s: %w", k.name, err))
		return
	}
	b := d.batch()
	c := command{kind: launchKernel, kernel: k, grid: grid, block: block, shared: shared,
		lo: len(b.cells), hi: len(b.cells) + len(args), step: b.steps,
		aside: d.recording != nil && b.record(args, d.besides || estimating[k.module])}
	for i, a := range args {
		b.cells = append(b.cells, a.bits)
		c.note(i, a)
	}
	b.commands = append(b.commands, c)
	d.submit(b)
}
