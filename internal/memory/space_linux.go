package memory

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// addressSpace is what ulimit -v leaves. The Go runtime reserves address space in advance and may
// take another 64 MiB at a time.
func addressSpace() Limit {
	var r syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_AS, &r) != nil || r.Cur > 1<<62 {
		return Limit{}
	}
	const reserve = 192 << 20
	used := int64(0)
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 0 {
			pages, _ := strconv.ParseInt(fields[0], 10, 64)
			used = pages * int64(os.Getpagesize())
		}
	}
	return Limit{int64(r.Cur) - used - reserve, "the limit of the address space (ulimit -v)"}
}
