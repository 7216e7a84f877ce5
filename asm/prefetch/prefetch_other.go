//go:build (!amd64 && !arm64) || purego

package prefetch

import "unsafe"

// Lines does nothing: there is no hint that Go's assembler knows, or it is not wanted.
func Lines(unsafe.Pointer, int) {}
