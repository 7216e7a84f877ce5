//go:build !amd64 && !arm64

package pause

// Pause does nothing: there is no hint on this architecture that Go's assembler knows.
func Pause(uint32) {}
