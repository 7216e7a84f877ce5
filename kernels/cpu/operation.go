package cpu

import "fmt"

// operation is a job that needs no more than the arguments of a call: run computes task i. It is
// a field of the device, so that starting one allocates nothing. Jobs of many small tasks keep
// the slices of their buffers instead, which costs less than to look them up in every task.
type operation[T any] struct {
	d   *Device
	a   T
	run func(d *Device, a *T, worker, i int)
}

func (o *operation[T]) task(worker, i int) { o.run(o.d, &o.a, worker, i) }

// inTasks runs the n tasks of an operation, whose elements number work in all.
func inTasks[T any](d *Device, o *operation[T], a T, work, n int,
	run func(d *Device, a *T, worker, i int)) {
	defer d.lock()()
	*o = operation[T]{d, a, run}
	d.pool.runIf(work, o, n)
}

// inChunks runs an elementwise operation on so many chunks.
func inChunks[T any](d *Device, o *operation[T], a T, n int,
	run func(d *Device, a *T, worker, i int)) {
	defer d.lock()()
	*o = operation[T]{d, a, run}
	d.pool.run(o, n)
}

// lock waits until no other operation runs, and returns what ends that.
func (d *Device) lock() (unlock func()) {
	d.mu.Lock()
	return d.unlock
}

// ours panics unless all buffers are the CPU's, or nil: tasks run where nobody recovers.
func ours(buffers ...any) {
	for _, b := range buffers {
		switch b.(type) {
		case nil, *host[float32], *host[float64], *host[int32], *host[uint8]:
		default:
			panic(foreign(b))
		}
	}
}

func foreign(b any) string {
	return fmt.Sprintf("kernels: a %T was given to the CPU device, which takes only its own "+
		"buffers", b)
}
