//go:build amd64 && !purego

package stream

// Copy copies src to dst, which are of one length, past the caches. Memory that several cores have
// read is written many times faster so; it is slower to read afterwards.
//
//go:noescape
func Copy(dst, src []float32)
