//go:build !linux

package memory

// advise does nothing: the system decides alone about its pages, or has no large ones.
func advise([]byte) {}
