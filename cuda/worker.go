//go:build cuda

package cuda

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"unsafe"

	"gorgonia.org/cu"

	"github.com/symvi/symvi/cuda/driver"
)

// worker carries out a device's commands on one operating system thread, which holds
// the device's only context and stream.
type worker struct {
	device    *Device
	gpu       cu.Device
	cubin     int // the compute capability of the cubins to load, 0 for PTX
	context   cu.CUContext
	stream    cu.Stream
	modules   map[string]cu.Module
	functions map[kernel]*function
	graphs    graphs
	kept      map[*batch]*driver.Graph // of recordings
	fences    fences
	staging   staging
	arguments []unsafe.Pointer
	last      command // the launch before, for errors that come late
	lost      error   // the context is unusable
	patient   bool    // wait after every launch, so that errors name their kernel
	graphless bool    // launch the kernels of repeated steps one by one
}

// function is a loaded kernel.
type function struct {
	cu     cu.Function
	shared int // the dynamic shared memory that it has been allowed
}

// start makes the context; the calling goroutine stays on its thread from here on.
func (w *worker) start() (err error) {
	runtime.LockOSThread()
	if w.context, err = w.gpu.MakeContext(cu.SchedAuto); err != nil {
		return about("making a context", err)
	}
	if w.stream, err = cu.MakeStream(cu.NonBlocking); err != nil {
		return errors.Join(about("making a stream", err), w.context.Destroy())
	}
	if err = w.staging.allocate(); err != nil {
		return errors.Join(about(fmt.Sprintf("page-locking %d bytes of the host's memory",
			stagingSize), err), w.stream.Destroy(), w.context.Destroy())
	}
	w.modules, w.functions = map[string]cu.Module{}, map[kernel]*function{}
	w.kept = map[*batch]*driver.Graph{}
	w.patient = os.Getenv("SYMVI_CUDA_SYNC") == "1"
	w.graphless = w.patient || os.Getenv("SYMVI_CUDA_GRAPHS") == "off"
	return nil
}

// work carries out commands until the queue is closed.
func (w *worker) work(q *queue) {
	b := &batch{}
	for q.take(b) {
		w.execute(b)
		b.reset()
	}
}

// execute carries out a batch. Failures are the device's; the rest goes on, except on
// a lost context, where only those who wait are woken. Any call may return the error of a
// kernel before it, so after a failure the worker waits, which tells the two apart.
func (w *worker) execute(b *batch) {
	for i := range b.commands {
		c := &b.commands[i]
		if w.lost == nil {
			if err := w.command(c, b.cells[c.lo:c.hi]); err != nil {
				if w.wait(); w.lost == nil {
					w.device.fail(err)
				}
			}
		}
		if w.lost != nil {
			w.device.fail(w.lost)
		}
		if c.done != nil {
			close(c.done)
		}
	}
}

func (w *worker) command(c *command, cells []uint64) error {
	switch c.kind {
	case launchKernel:
		return w.launch(c, cells)
	case fillZero:
		return about(fmt.Sprintf("clearing %d bytes", c.size),
			cu.MemsetD8Async(cu.DevicePtr(c.address), 0, int64(c.size), w.stream))
	case copyIn:
		return about(fmt.Sprintf("copying %d bytes to the GPU", len(c.host)), w.copyIn(c.address, c.host))
	case copyOut:
		return about(fmt.Sprintf("copying %d bytes from the GPU", len(c.host)),
			w.copyOut(c.host, c.address))
	case replay:
		return w.replay(c.recorded)
	case rerun:
		return w.rerun(c.recorded)
	case forget:
		return w.forget(c.recorded)
	case call:
		c.run()
	}
	return nil
}

// wait waits for the stream. What fails here failed in a kernel, and the driver then
// refuses everything else in this context.
func (w *worker) wait() {
	w.staging.used = 0
	if w.lost != nil {
		return
	}
	if err := w.stream.Synchronize(); err != nil {
		where := "in or before %v; SYMVI_CUDA_SYNC=1 finds where"
		if w.patient {
			where = "in %v"
		}
		w.lost = fmt.Errorf("the GPU stopped: %w ("+where+")", named(err), &w.last)
	}
}

// about adds to an error what was being done.
func about(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, named(err))
}

// named words an error of gorgonia.org/cu as the driver does: that package's own words have
// no descriptions and end with CUDA 11.0.
func named(err error) error {
	if code := reflect.ValueOf(err); code.Kind() == reflect.Int {
		return driver.Result(code.Int())
	}
	return err
}

// launch runs one kernel.
func (w *worker) launch(c *command, cells []uint64) error {
	f, err := w.prepare(c)
	if err != nil {
		return c.failed(err)
	}
	w.arguments = w.arguments[:0]
	for i := range cells {
		w.arguments = append(w.arguments, unsafe.Pointer(&cells[i]))
	}
	g, b := c.grid, c.block
	if err := f.cu.Launch(g.x, g.y, g.z, b.x, b.y, b.z, c.shared, w.stream, w.arguments); err != nil {
		return c.failed(err)
	}
	w.last = *c
	if w.patient {
		w.wait()
	}
	return nil
}

// String describes a launch.
func (c *command) String() string {
	return fmt.Sprintf("kernel %s, %v blocks of %v threads, %d bytes of shared memory",
		c.kernel.name, c.grid, c.block, c.shared)
}

// failed adds the kernel's name and shape to an error.
func (c *command) failed(err error) error { return about(c.String(), err) }

// prepare loads the kernel of a command and allows the shared memory it asks for, which
// must be done from 48 KiB less the kernel's own variables.
func (w *worker) prepare(c *command) (*function, error) {
	f, err := w.function(c.kernel)
	if err != nil || c.shared <= f.shared {
		return f, err
	}
	if err := driver.SetMaxDynamicShared(f.handle(), c.shared); err != nil {
		return nil, err
	}
	f.shared = c.shared
	return f, nil
}

func (w *worker) function(k kernel) (*function, error) {
	if f := w.functions[k]; f != nil {
		return f, nil
	}
	m, err := w.module(k.module)
	if err != nil {
		return nil, err
	}
	f, err := m.Function(k.name)
	if err != nil {
		return nil, about("module "+k.module, err)
	}
	w.functions[k] = &function{cu: f}
	return w.functions[k], nil
}

// module loads a module when it is first needed: its cubin for this GPU, or its PTX where there
// is none or the driver refuses it.
func (w *worker) module(name string) (m cu.Module, err error) {
	if m, ok := w.modules[name]; ok {
		return m, nil
	}
	if w.cubin != 0 {
		image, err := moduleCubin(name, w.cubin)
		if err != nil {
			return m, err
		}
		if m, err = cu.LoadData(image); err == nil {
			w.modules[name] = m
			w.device.cubins.Add(1)
			return m, nil
		}
	}
	text, err := modulePTX(name)
	if err != nil {
		return m, err
	}
	if m, err = cu.LoadData(text); err != nil {
		return m, refused(name, text, err)
	}
	w.modules[name] = m
	return m, nil
}

// refused is the error of a module that does not load, with the compiler's words.
func refused(module, text string, err error) error {
	err = about("loading module "+module, err)
	if log := driver.JITLog(text); log != "" {
		return fmt.Errorf("%w (%s)", err, log)
	}
	return err
}

// handle is the driver's pointer to the function, the only field of gorgonia's type.
func (f *function) handle() driver.Handle { return *(*driver.Handle)(unsafe.Pointer(&f.cu)) }

func (w *worker) streamHandle() driver.Handle { return unsafe.Pointer(w.stream.C()) }

// allocate and release are the driver's; the kernels that use the memory end before it
// is released.
func (w *worker) allocate(size int) (uint64, error) {
	p, err := cu.MemAlloc(int64(size))
	if err != nil {
		w.wait() // is it the error of a kernel before?
	}
	return uint64(p), named(err)
}

func (w *worker) release(address uint64) error {
	w.wait()
	if w.lost != nil { // reported already
		return nil
	}
	return named(cu.MemFree(cu.DevicePtr(address)))
}

// stop gives everything back. In a lost context every call returns the same error, and
// the memory is free when the context is.
func (w *worker) stop() error {
	w.wait()
	errs := []error{w.graphs.destroy(), w.fences.destroy()}
	for b := range w.kept {
		errs = append(errs, w.forget(b))
	}
	for name, m := range w.modules {
		errs = append(errs, about("unloading module "+name, m.Unload()))
	}
	errs = append(errs, w.staging.free(), named(w.stream.Destroy()), named(w.context.Destroy()))
	if w.lost != nil {
		return w.lost
	}
	return errors.Join(errs...)
}
