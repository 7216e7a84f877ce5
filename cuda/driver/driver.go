//go:build cuda && linux

// Package driver loads the CUDA driver library at run time, so that gorgonia.org/cu,
// which expects it at link time, works in a program that also starts without it. Importing
// the package is enough for that. It also has the calls that gorgonia.org/cu lacks: graphs
// of kernels, page-locked memory, the limit of dynamic shared memory and the compiler's log.
//
// SYMVI_LIBCUDA=path loads another library than libcuda.so.1, such as the simulator.
package driver

// #cgo CFLAGS: -O2
// #cgo LDFLAGS: -ldl
// #include <stdlib.h>
// #include "driver.h"
import "C"

import (
	"fmt"
	"os"
	"strings"
	"unsafe"
)

// Result is an error code of the driver, CUresult.
type Result int

// stubLibrary is what the stub that comes with the toolkit returns from everything.
const stubLibrary Result = 34

// noDevice is what cuInit returns where there is no GPU.
const noDevice Result = 100

// Error names and describes the code as CUDA does.
func (r Result) Error() string {
	if r == stubLibrary {
		return "it is the toolkit's stub, not a driver"
	}
	if name := C.symvi_error_name(C.int(r)); name != nil {
		text := C.GoString(name)
		if description := C.symvi_error_text(C.int(r)); description != nil {
			text += ": " + C.GoString(description)
		}
		return text
	}
	return fmt.Sprintf("CUDA error %d", int(r))
}

func result(code C.int) error {
	if code == 0 {
		return nil
	}
	return Result(code)
}

// Status starts the driver if that has not been done, and says why there is none: nil if it
// was loaded and started. Only then can there be devices; otherwise the driver's calls report
// 0 devices.
func Status() error {
	s := C.symvi_cuda_status()
	switch {
	case *s.library == 0:
		return fmt.Errorf("no CUDA driver: %s", C.GoString(s.problem))
	case s.init != 0:
		err := fmt.Errorf("the CUDA driver %s does not start: %w", C.GoString(s.library), Result(s.init))
		if Result(s.init) == noDevice {
			err = fmt.Errorf("%w%s", err, Visible())
		}
		return err
	}
	return nil
}

// Visible is a remark on CUDA_VISIBLE_DEVICES for errors about missing GPUs, empty where the
// variable is not set.
func Visible() string {
	if devices, set := os.LookupEnv("CUDA_VISIBLE_DEVICES"); set {
		return fmt.Sprintf(" (CUDA_VISIBLE_DEVICES=%q)", devices)
	}
	return ""
}

// Handle is a function, stream or other object of the driver.
type Handle = unsafe.Pointer

// SetMaxDynamicShared lets a kernel be launched with up to so many bytes of dynamic
// shared memory; without it 48 KiB is the most.
func SetMaxDynamicShared(function Handle, bytes int) error {
	return result(C.symvi_max_dynamic_shared(function, C.int(bytes)))
}

// AllocHost allocates page-locked memory of the host, which the GPU can read and write
// by itself. FreeHost frees it.
func AllocHost(bytes int) ([]byte, error) {
	var memory unsafe.Pointer
	if err := result(C.symvi_alloc_host(&memory, C.size_t(bytes))); err != nil {
		return nil, err
	}
	return unsafe.Slice((*byte)(memory), bytes), nil
}

// FreeHost frees memory of AllocHost.
func FreeHost(memory []byte) error {
	return result(C.symvi_free_host(unsafe.Pointer(unsafe.SliceData(memory))))
}

// JITLog is what the driver's compiler has against a module of PTX, on one line; empty if
// nothing. It compiles the module again.
func JITLog(ptx string) string {
	const size = 4096
	text := C.CString(ptx)
	defer C.free(unsafe.Pointer(text))
	log := (*C.char)(C.calloc(1, size))
	defer C.free(unsafe.Pointer(log))
	C.symvi_jit_log(text, log, size)
	return strings.Join(strings.Fields(C.GoString(log)), " ")
}

// Launch is one kernel of a graph, with arguments of 8 bytes.
type Launch struct {
	Function    Handle
	Grid, Block [3]int
	Shared      int
	Arguments   []uint64
}

func (l *Launch) c() C.struct_symvi_launch {
	c := C.struct_symvi_launch{function: l.Function, shared: C.uint(l.Shared),
		arguments: C.uint(len(l.Arguments))}
	for i := range 3 {
		c.grid[i], c.block[i] = C.uint(l.Grid[i]), C.uint(l.Block[i])
	}
	return c
}

// Graph is a number of kernels that the GPU runs without the host.
type Graph struct {
	graph, exec unsafe.Pointer
	nodes       []unsafe.Pointer
}

// NewGraph makes a graph of kernels; after lists for each the ones before it that it waits for.
func NewGraph(launches []Launch, after [][]int) (*Graph, error) {
	c := make([]C.struct_symvi_launch, len(launches))
	var cells []uint64
	var waits []C.uint
	for i := range launches {
		c[i] = launches[i].c()
		c[i].waits = C.uint(len(after[i]))
		for _, w := range after[i] {
			waits = append(waits, C.uint(w))
		}
		cells = append(cells, launches[i].Arguments...)
	}
	g := &Graph{nodes: make([]unsafe.Pointer, len(launches))}
	err := result(C.symvi_graph_create(unsafe.SliceData(c), C.size_t(len(c)), cell(cells),
		unsafe.SliceData(waits), unsafe.SliceData(g.nodes), &g.graph, &g.exec))
	if err != nil {
		return nil, err
	}
	return g, nil
}

// Set changes the shape and the arguments of kernel i for the next launches.
func (g *Graph) Set(i int, l *Launch) error {
	c := l.c()
	return result(C.symvi_graph_set(g.exec, g.nodes[i], &c, cell(l.Arguments)))
}

// Launch queues the graph in a stream.
func (g *Graph) Launch(stream Handle) error { return result(C.symvi_graph_launch(g.exec, stream)) }

// Destroy frees the graph; launches that are under way finish first.
func (g *Graph) Destroy() error { return result(C.symvi_graph_destroy(g.graph, g.exec)) }

func cell(cells []uint64) *C.uint64_t { return (*C.uint64_t)(unsafe.SliceData(cells)) }
