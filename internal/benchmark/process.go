package benchmark

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Usage is what a process took.
type Usage struct {
	// Processor is the time of all its threads.
	Processor time.Duration
	// Peak is the most of memory that was resident, in bytes; 0 where the system does not say.
	Peak int64
}

// RunProcess runs a program to its end. It looks at Linux's VmHWM until then, because the peak that
// wait reports is at least that of the process which started it.
func RunProcess(cmd *exec.Cmd) (Usage, error) {
	if err := cmd.Start(); err != nil {
		return Usage{}, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	var u Usage
	for {
		select {
		case err := <-done:
			u.Processor = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			return u, err
		case <-time.After(time.Millisecond):
			u.Peak = max(u.Peak, resident(cmd.Process.Pid))
		}
	}
}

// resident is the peak of a process so far, 0 where there is no /proc and for one that has ended.
func resident(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kibibytes int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kibibytes); n == 1 {
			return 1024 * kibibytes
		}
	}
	return 0
}
