package memory

import (
	"math"
	"syscall"
)

// reserve is what the Go runtime may take ahead of its needs: 64 MiB at a time, and its own tables.
const reserve = 192 << 20

// addressSpace is what ulimit -v, of all mappings, and ulimit -d, of writable ones, leave.
func addressSpace() Limit {
	least := Limit{Bytes: math.MaxInt64}
	for _, l := range []struct {
		resource, field int // field of /proc/self/statm: pages used
		by              string
	}{{syscall.RLIMIT_AS, 0, "the limit of the address space (ulimit -v)"},
		{syscall.RLIMIT_DATA, 5, "the limit of the data segment (ulimit -d)"}} {
		var r syscall.Rlimit
		if syscall.Getrlimit(l.resource, &r) != nil || r.Cur > 1<<62 {
			continue
		}
		if left := int64(r.Cur) - pages(l.field) - reserve; left < least.Bytes {
			least = Limit{left, l.by}
		}
	}
	return least
}
