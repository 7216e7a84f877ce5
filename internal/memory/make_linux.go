package memory

import "syscall"

// advise asks for large pages (MADV_HUGEPAGE). A system without them answers with an error, and has
// small ones as before.
func advise(x []byte) { _ = syscall.Madvise(x, 14) }
