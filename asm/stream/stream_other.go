//go:build !amd64 || purego

package stream

// Copy copies src to dst, which are of one length.
func Copy(dst, src []float32) { copy(dst, src) }
