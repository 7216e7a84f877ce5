package cpu

import (
	"runtime"
	"syscall"
)

// yield lets other goroutines and other threads of the processor run.
func yield() {
	runtime.Gosched()
	_, _, _ = syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0)
}
