//go:build mpi

package mpi

// #include "calls.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// World is this process among those that were started together. It implements
// bnn.Communicator.
type World struct {
	rank, size, localRank, localSize int
	hosts                            []string // of all processes

	mu       sync.Mutex
	patience time.Duration
	fail     func(error)    // is told of a call that cannot be completed
	lent     runtime.Pinner // what MPI reads and writes until Wait
}

// Join joins the others, who must do so within patience. fail is called when a call cannot be
// completed; it should end the process.
func Join(patience time.Duration, fail func(error)) (*World, error) {
	w := &World{patience: patience, fail: fail}
	// OpenMPI would take over signals that are the Go runtime's.
	os.Setenv("OMPI_MCA_opal_signal", "")
	late := time.AfterFunc(patience, func() {
		fail(fmt.Errorf("the other processes have not all started within %v", patience))
	})
	defer late.Stop()
	var threads, rank, size, localRank, localSize C.int
	if err := failure("MPI_Init_thread", C.start_up(&threads)); err != nil {
		return nil, err
	}
	if threads == 0 {
		return nil, errors.New("the MPI library can only be called by the thread that has started it")
	}
	placed := C.place(&rank, &size, &localRank, &localSize)
	if err := failure("MPI_Comm_split_type", placed); err != nil {
		return nil, err
	}
	w.rank, w.size, w.localRank, w.localSize = int(rank), int(size), int(localRank), int(localSize)
	name := make([]byte, C.MPI_MAX_PROCESSOR_NAME)
	var length C.int
	if err := failure("MPI_Get_processor_name",
		C.MPI_Get_processor_name((*C.char)(unsafe.Pointer(&name[0])), &length)); err != nil {
		return nil, err
	}
	for _, host := range w.Share(name[:length]) {
		w.hosts = append(w.hosts, string(host))
	}
	return w, nil
}

// failure words an error of an MPI call.
func failure(call string, code C.int) error {
	switch code {
	case C.MPI_SUCCESS:
		return nil
	case C.gave_up:
		return fmt.Errorf("%s: the other processes do not answer", call)
	}
	text := make([]byte, C.MPI_MAX_ERROR_STRING)
	var length C.int
	C.MPI_Error_string(code, (*C.char)(unsafe.Pointer(&text[0])), &length)
	return fmt.Errorf("%s: %s", call, text[:length])
}

// Version names the MPI library.
func Version() string {
	text := make([]byte, C.MPI_MAX_LIBRARY_VERSION_STRING)
	var length C.int
	C.MPI_Get_library_version((*C.char)(unsafe.Pointer(&text[0])), &length)
	return firstLine(string(text[:length]))
}

// Rank is the number of this process, and Size how many there are.
func (w *World) Rank() int { return w.rank }

// Size is the number of processes.
func (w *World) Size() int { return w.size }

// Local is the number of this process among those of its machine, and how many these are.
func (w *World) Local() (rank, size int) { return w.localRank, w.localSize }

// Hosts are the machines of all processes, by rank.
func (w *World) Hosts() []string { return slices.Clone(w.hosts) }

// AllToAll implements bnn.Communicator.
func (w *World) AllToAll(send []float32, to [][2]int, recv []float32, from [][2]int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.check("MPI_Ialltoallv", C.all_to_all(w.lend(send), ranges(to), w.lend(recv), ranges(from)))
}

// AllGather implements bnn.Communicator.
func (w *World) AllGather(x []float32, parts [][2]int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.check("MPI_Iallgatherv", C.all_gather(w.lend(x), ranges(parts)))
}

// Wait implements bnn.Communicator.
func (w *World) Wait() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wait()
}

func (w *World) wait() {
	w.check("MPI_Test", C.wait_for_all(w.seconds()))
	w.lent.Unpin()
}

// lend is the address of x for MPI, which has it until Wait; that of nothing for an empty one.
func (w *World) lend(x []float32) *C.float {
	if len(x) == 0 {
		return nil
	}
	w.lent.Pin(&x[0])
	return (*C.float)(&x[0])
}

// ranges is the address of ranges.
func ranges(x [][2]int) *C.part { return (*C.part)(unsafe.Pointer(unsafe.SliceData(x))) }

// Share implements bnn.Communicator.
func (w *World) Share(mine []byte) [][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	lengths := make([]C.int, w.size)
	w.check("MPI_Iallgather", C.all_gather_int(C.int(len(mine)), &lengths[0], w.seconds()))
	places, end := make([][2]int, w.size), 0
	for r, n := range lengths {
		places[r] = [2]int{end, end + int(n)}
		end += int(n)
	}
	all := make([]byte, end+1) // so that there is an address
	copy(all[places[w.rank][0]:], mine)
	w.lent.Pin(&all[0])
	w.check("MPI_Iallgatherv", C.all_gather_bytes(unsafe.Pointer(&all[0]), ranges(places)))
	w.wait()
	parts := make([][]byte, w.size)
	for r, at := range places {
		parts[r] = all[at[0]:at[1]:at[1]]
	}
	return parts
}

// seconds is how long a call waits: higher ranks longer, so that one alone says that it gives up.
func (w *World) seconds() C.double {
	return C.double(w.patience.Seconds() + 0.3*float64(w.rank))
}

// check ends the process when a call has failed: the others wait for it or are gone.
func (w *World) check(call string, code C.int) {
	if err := failure(call, code); err != nil {
		w.fail(err)
	}
}

// AllFailed reports whether all processes say, within a second or so, that they have failed; it
// is for what fails in all of them alike. Processes of higher ranks wait longer, so that
// only one of those that fail by themselves comes to say so.
func (w *World) AllFailed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return C.all_failed(C.double(1+0.1*float64(min(w.rank, 20)))) != 0
}

// Abort ends all processes; this one with the code.
func (w *World) Abort(code int) {
	C.abort_all(C.int(code))
	os.Exit(code)
}

// Leave ends the connection, after everything else.
func (w *World) Leave() { C.MPI_Finalize() }

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimRight(line, "\x00 ,")
}
