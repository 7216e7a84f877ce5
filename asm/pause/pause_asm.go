//go:build (amd64 || arm64) && !purego

package pause

// Pause executes the processor's hint n > 0 times, some 10 to 50 nanoseconds each on amd64.
//
//go:noescape
func Pause(n uint32)
