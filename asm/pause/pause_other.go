//go:build (!amd64 && !arm64) || purego

package pause

// Pause does nothing: there is no hint that Go's assembler knows, or it is not wanted.
func Pause(uint32) {}
