package kernels

// Element is the type of a buffer's elements.
type Element interface {
	float32 | float64 | int32 | uint8
}

// Buffer is a range of device memory. Matrices are row-major ranges of it; their
// shapes and strides, in elements, are arguments of the operations.
type Buffer[T Element] interface {
	// Len is the number of elements.
	Len() int
	// Slice is the range [lo, hi) of the buffer; it shares the memory.
	Slice(lo, hi int) Buffer[T]
	// Upload copies src, of the buffer's length, to the device.
	Upload(src []T)
	// Download waits for the operations that were queued and copies the buffer
	// to dst, of the same length. It returns the device's first error, if any.
	Download(dst []T) error
	// Free returns the memory; the buffer and its slices must not be used again.
	Free()
}

// The three kinds of buffer.
type (
	// F32 holds parameters, activations and gradients.
	F32 = Buffer[float32]
	// F64 holds log-densities, sums and other scalars.
	F64 = Buffer[float64]
	// I32 holds labels, row indices and permutations.
	I32 = Buffer[int32]
)

// Read is a convenience: the contents of a buffer as a new slice.
func Read[T Element](b Buffer[T]) ([]T, error) {
	dst := make([]T, b.Len())
	return dst, b.Download(dst)
}
