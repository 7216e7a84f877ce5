//go:build cuda

package cuda

import (
	"unsafe"

	"gorgonia.org/cu"

	"github.com/symvi/symvi/cuda/driver"
)

// staging is page-locked memory of the host through which everything is copied: the
// GPU reads and writes it by itself, and no Go pointer is given to the driver. Uploads
// take it from the front to the back and wait only when it is used up.
type staging struct {
	memory []byte
	used   int // by copies that may still be under way
}

const stagingSize = 4 << 20

func (s *staging) allocate() (err error) {
	s.memory, err = driver.AllocHost(stagingSize)
	return err
}

func (s *staging) free() error { return driver.FreeHost(s.memory) }

// room waits until there is some and returns it.
func (w *worker) room() []byte {
	if w.staging.used == stagingSize {
		w.wait()
	}
	return w.staging.memory[w.staging.used:]
}

// copyIn queues copies to the GPU; the host's memory is free again when it returns.
func (w *worker) copyIn(address uint64, host []byte) error {
	for len(host) > 0 && w.lost == nil {
		room := w.room()
		n := copy(room, host)
		if err := cu.MemcpyHtoDAsync(cu.DevicePtr(address), unsafe.Pointer(unsafe.SliceData(room)),
			int64(n), w.stream); err != nil {
			return err
		}
		w.staging.used += n
		address, host = address+uint64(n), host[n:]
	}
	return nil
}

// copyOut waits for the stream and copies from the GPU.
func (w *worker) copyOut(host []byte, address uint64) error {
	w.wait()
	for len(host) > 0 && w.lost == nil {
		n := min(len(host), stagingSize)
		if err := cu.MemcpyDtoHAsync(unsafe.Pointer(unsafe.SliceData(w.staging.memory)),
			cu.DevicePtr(address), int64(n), w.stream); err != nil {
			return err
		}
		w.wait()
		copy(host, w.staging.memory[:n])
		address, host = address+uint64(n), host[n:]
	}
	return nil
}
