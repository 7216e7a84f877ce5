//go:build cuda

package cuda

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"gorgonia.org/cu"

	"github.com/symvi/symvi/cuda/driver"
	"github.com/symvi/symvi/kernels"
)

// Options configures New.
type Options struct {
	// Ordinal is the GPU's number as the driver counts them.
	Ordinal int
	// TF32 lets matrix products round their inputs to 10 bits of mantissa and use the
	// tensor cores: faster, and no longer the bits of the CPU.
	TF32 bool
}

// Device is a GPU. Operations are queued for a worker, which owns the GPU's context and
// one stream; the GPU carries them out in order.
type Device struct {
	*gpu
	recording *batch   // what Repeat or Record has recorded, nil outside them
	besides   bool     // launches are to run aside of the recording
	replica   *replica // whose the device is, nil for others
}

// gpu is what a device and its forks share.
type gpu struct {
	name string
	tf32 bool

	mu         sync.Mutex // held while an operation queues its commands
	queue      *queue
	single     batch // what is being queued
	memory     *pool
	signatures map[kernel]signature // of the kernels launched so far
	recorders  []*Device            // that record at the moment
	scratches  scratches
	closed     bool

	errorMu sync.Mutex
	first   error // since the last Sync
	ended   chan error

	multiprocessors int

	// for tests
	replays atomic.Int64 // steps that ran as graphs
	reruns  atomic.Int64 // those of them that ran without the host
	nodes   atomic.Int64 // their launches
	levels  atomic.Int64 // those one after another in their graphs
	cubins  atomic.Int64 // modules loaded as cubins
}

var _ kernels.Device = (*Device)(nil)

// The oldest driver and GPU that can run the modules: PTX 7.8, compute capability 8.0.
const (
	oldestDriver  = 11080
	oldestCapable = 80
)

// Available says why there is no usable GPU; nil if there is one.
func Available() error {
	_, err := find(0)
	return err
}

// Names lists the usable GPUs as Device.Name does; without any it is empty.
func Names() []string {
	if driver.Status() != nil {
		return nil
	}
	count, err := cu.NumDevices()
	if err != nil {
		return nil
	}
	var names []string
	for ordinal := range count {
		gpu, err := find(ordinal)
		if err != nil {
			continue
		}
		if name, err := deviceName(gpu.Device, ordinal); err == nil {
			names = append(names, name)
		}
	}
	return names
}

func deviceName(gpu cu.Device, ordinal int) (string, error) {
	name, err := gpu.Name()
	if err != nil {
		return "", about(fmt.Sprintf("GPU %d", ordinal), err)
	}
	return fmt.Sprintf("cuda:%d (%s)", ordinal, name), nil
}

// found is a GPU with its compute capability, such as 90 for 9.0.
type found struct {
	cu.Device
	capability int
}

// find checks that a GPU exists and can run the modules.
func find(ordinal int) (found, error) {
	gpu, err := get(ordinal)
	if err != nil {
		return found{}, err
	}
	major, err := gpu.Attribute(cu.ComputeCapabilityMajor)
	if err != nil {
		return found{}, about(fmt.Sprintf("GPU %d", ordinal), err)
	}
	minor, err := gpu.Attribute(cu.ComputeCapabilityMinor)
	if err != nil {
		return found{}, about(fmt.Sprintf("GPU %d", ordinal), err)
	}
	if 10*major+minor < oldestCapable {
		return found{}, fmt.Errorf("GPU %d is too old: it has compute capability %d.%d, and "+
			"%d.%d is needed", ordinal, major, minor, oldestCapable/10, oldestCapable%10)
	}
	return found{gpu, 10*major + minor}, nil
}

// get asks the driver for a GPU.
func get(ordinal int) (cu.Device, error) {
	if err := driver.Status(); err != nil {
		return 0, err
	}
	if v := cu.Version(); v < oldestDriver {
		return 0, fmt.Errorf("the CUDA driver is too old: it supports CUDA %s, and %s is needed; "+
			"update the driver to version 520 or later", version(v), version(oldestDriver))
	}
	n, err := cu.NumDevices()
	if err != nil {
		return 0, about("counting GPUs", err)
	}
	if n == 0 {
		return 0, fmt.Errorf("the CUDA driver finds no GPU%s", driver.Visible())
	}
	if ordinal < 0 || ordinal >= n {
		return 0, fmt.Errorf("there is no GPU %d: the CUDA driver finds %d, numbered from 0", ordinal, n)
	}
	gpu, err := cu.GetDevice(ordinal)
	if err != nil {
		return 0, about(fmt.Sprintf("GPU %d", ordinal), err)
	}
	return gpu, nil
}

// version writes CUDA's version numbers, such as 11080, as 11.8.
func version(v int) string { return fmt.Sprintf("%d.%d", v/1000, v%1000/10) }

// New starts a device.
func New(o Options) (*Device, error) {
	found, err := find(o.Ordinal)
	if err != nil {
		return nil, err
	}
	name, err := deviceName(found.Device, o.Ordinal)
	if err != nil {
		return nil, err
	}
	multiprocessors, err := found.Attribute(cu.MultiprocessorCount)
	if err != nil {
		return nil, about(name, err)
	}
	if o.TF32 {
		name += " TF32"
	}
	d := &Device{gpu: &gpu{name: name, tf32: o.TF32, multiprocessors: multiprocessors,
		signatures: map[kernel]signature{}, queue: newQueue(), ended: make(chan error, 1)}}
	w := &worker{device: d, gpu: found.Device, cubin: cubinFor(found.capability)}
	exact := os.Getenv("SYMVI_CUDA_POOL") == "off"
	d.memory = newPool(d.allocate(w), d.release(w), d.fail, exact)
	started := make(chan error)
	go func() {
		err := w.start()
		started <- err
		if err == nil {
			w.work(d.queue)
			d.ended <- w.stop()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return d, nil
}

// Fork implements kernels.Recorder.
func (d *Device) Fork() kernels.Recorder { return &Device{gpu: d.gpu, replica: d.replica} }

// Name says which GPU the device is.
func (d *Device) Name() string { return d.name }

// Float32 allocates a zeroed buffer.
func (d *Device) Float32(n int) kernels.F32 { return newBuffer[float32](d, n) }

// Float64 allocates a zeroed buffer.
func (d *Device) Float64(n int) kernels.F64 { return newBuffer[float64](d, n) }

// Int32 allocates a zeroed buffer.
func (d *Device) Int32(n int) kernels.I32 { return newBuffer[int32](d, n) }

// Sync waits for all queued work and returns the first error since the last Sync. A
// GPU that stopped stays so: every later Sync returns its error again.
func (d *Device) Sync() error {
	d.mu.Lock()
	d.await(command{kind: copyOut})
	d.mu.Unlock()
	d.errorMu.Lock()
	defer d.errorMu.Unlock()
	err := d.first
	d.first = nil
	return err
}

// Close waits and gives the GPU back; unlike the others it must be the last call.
// Closing again does nothing.
func (d *Device) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.scratches.free(d.gpu)
	d.memory.trim()
	d.closed = true
	d.queue.close()
	if err := <-d.ended; err != nil {
		d.fail(err)
	}
	d.errorMu.Lock()
	defer d.errorMu.Unlock()
	return d.first
}

// fail keeps the first error for Sync and Download.
func (d *Device) fail(err error) {
	d.errorMu.Lock()
	defer d.errorMu.Unlock()
	if d.first == nil {
		d.first = err
	}
}

// The slots of scratch: those that operations number themselves, and the divergence's, which may
// run beside them.
const (
	scratchDivergence = 4
	scratchSlots      = 5
)

// scratches is a device's memory in these slots.
type scratches struct {
	blocks     [scratchSlots]*block
	generation int // recordings hold their addresses
}

func (s *scratches) free(g *gpu) {
	for i, b := range s.blocks {
		if b != nil {
			g.memory.free(b)
			s.blocks[i] = nil
		}
	}
}

// slots are the device's: replicas, which run side by side, have their own, for what has no place
// in their memory.
func (d *Device) slots() *scratches {
	if d.replica != nil {
		return &d.replica.scratches
	}
	return &d.scratches
}

// generation is that of the scratch memory.
func (d *Device) generation() int {
	n := d.slots().generation
	if d.replica != nil {
		n += d.replica.of.generation
	}
	return n
}

// scratch is memory with undefined contents for one operation; a slot's memory lasts
// until the next operation that uses the slot. The caller holds d.mu.
func (d *Device) scratch(slot, bytes int) cell {
	if p := d.replica; p != nil {
		if at, ok := p.of.place(slot, bytes); ok {
			return cell{bits: p.address(at), owner: d.gpu, bytes: bytes}
		}
	}
	s := d.slots()
	b := s.blocks[slot]
	if b == nil || b.size < bytes {
		if b != nil {
			d.memory.free(b)
		}
		b = d.memory.allocate(max(bytes, 1))
		s.blocks[slot] = b
		s.generation++
	}
	if b == nil {
		return cell{owner: d.gpu, missing: true}
	}
	return cell{bits: b.address, owner: d.gpu, bytes: bytes}
}

// batch is where the next command goes; submit then hands it on, at once or, while
// Repeat records, at its end. The caller holds d.mu.
func (d *Device) batch() *batch {
	if d.recording != nil {
		return d.recording
	}
	return &d.single
}

func (d *Device) submit(b *batch) {
	if b == d.recording {
		return
	}
	if d.closed {
		b.reset()
		d.fail(errClosed)
		return
	}
	d.letGo()
	d.queue.put(b)
}

var errClosed = errors.New("the CUDA device is closed")

// queueCommand hands one command on.
func (d *Device) queueCommand(c command) {
	b := d.batch()
	b.commands = append(b.commands, c)
	d.submit(b)
}

// await hands one command on and waits until it has been carried out. What Repeat has
// recorded so far goes first.
func (d *Device) await(c command) {
	d.flush()
	d.awaitNow(c)
}

// flush puts what is recorded before the command that is queued next. The caller holds d.mu.
func (d *Device) flush() {
	if b := d.recording; b != nil {
		d.single.append(b)
		b.clear()
		b.flushed = true
	}
}

// awaitNow is await for a command that may overtake what Repeat has recorded.
func (d *Device) awaitNow(c command) {
	if d.closed {
		d.fail(errClosed)
		return
	}
	done := make(chan struct{})
	c.done = done
	d.letGo()
	d.single.commands = append(d.single.commands, c)
	d.queue.put(&d.single)
	<-done
}

// fill clears memory. The caller holds d.mu.
func (d *Device) fill(address uint64, bytes int) {
	d.queueCommand(command{kind: fillZero, address: address, size: bytes})
}

// largeUpload is the number of bytes from which an upload waits until the worker has
// read them, instead of copying them.
const largeUpload = 1 << 20

// upload copies the host's memory, which the caller may reuse at once, to the GPU.
func (d *Device) upload(address uint64, host []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(host) >= largeUpload {
		d.await(command{kind: copyIn, address: address, host: host})
		return
	}
	d.queueCommand(command{kind: copyIn, address: address, host: slices.Clone(host)})
}

// download waits, copies the GPU's memory to the host's and returns the first error.
func (d *Device) download(host []byte, address uint64) error {
	d.mu.Lock()
	d.await(command{kind: copyOut, address: address, host: host})
	d.mu.Unlock()
	d.errorMu.Lock()
	defer d.errorMu.Unlock()
	return d.first
}

// allocate and release ask the worker for memory. What has been recorded may still use
// memory that is released, and goes first.
func (d *Device) allocate(w *worker) func(int) (uint64, error) {
	return func(size int) (address uint64, err error) {
		err = errClosed
		d.awaitNow(command{kind: call, run: func() { address, err = w.allocate(size) }})
		return address, err
	}
}

func (d *Device) release(w *worker) func(uint64) error {
	return func(address uint64) (err error) {
		for _, r := range d.recorders {
			r.flush()
		}
		d.awaitNow(command{kind: call, run: func() { err = w.release(address) }})
		return err
	}
}

// leaked is the number of buffers that were not freed.
func (d *Device) leaked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(d.memory.inUse)
	for _, b := range d.scratches.blocks {
		if b != nil {
			n--
		}
	}
	return n
}
