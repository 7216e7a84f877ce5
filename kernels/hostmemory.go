package kernels

// HostMemory is a Device whose buffers lie in the host's memory, so that it can work on a slice
// where that is. The slice must not change while a buffer of it is in use.
type HostMemory interface {
	// Float32Of and Uint8Of are buffers of x itself, not of a copy.
	Float32Of(x []float32) F32
	Uint8Of(x []uint8) U8
}
