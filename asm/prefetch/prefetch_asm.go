//go:build (amd64 || arm64) && !purego

package prefetch

import "unsafe"

// Lines asks for the cache lines of the n bytes from p on, or for p's alone if n ≤ 0. It changes
// nothing and never faults.
//
//go:noescape
func Lines(p unsafe.Pointer, n int)
