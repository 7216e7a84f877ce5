package kernels

import "fmt"

// matrices is the shape of a batch of matrices in a buffer: stride elements from
// one matrix to the next (0: all share one), ld from one row to the next.
type matrices struct{ batch, stride, rows, ld, cols int }

// vector is the shape of n contiguous elements.
func vector(n int) matrices { return matrices{1, 0, 1, n, n} }

// dense is the shape of a contiguous rows×cols matrix.
func dense(rows, cols int) matrices { return matrices{1, 0, rows, cols, cols} }

func (m matrices) String() string {
	s := fmt.Sprintf("%d×%d", m.rows, m.cols)
	if m.rows == 1 {
		s = fmt.Sprintf("of %d", m.cols)
	}
	if m.batch != 1 {
		s = fmt.Sprintf("%d times %s (stride %d)", m.batch, s, m.stride)
	}
	if m.ld != m.cols {
		s += fmt.Sprintf(" (leading dimension %d)", m.ld)
	}
	return s
}

// span is the number of elements from the first to the last of the batch.
func (m matrices) span() int {
	if m.batch == 0 || m.rows == 0 || m.cols == 0 {
		return 0
	}
	return (m.batch-1)*m.stride + (m.rows-1)*m.ld + m.cols
}

// check panics unless the shape is sensible and the named buffer holds it.
func check[T Element](op, name string, b Buffer[T], m matrices) {
	switch {
	case m.batch < 0 || m.stride < 0 || m.rows < 0 || m.cols < 0:
		panic(fmt.Sprintf("kernels: %s: %s: negative size or stride in shape %v", op, name, m))
	case m.ld < m.cols && m.rows > 1:
		panic(fmt.Sprintf("kernels: %s: %s: leading dimension %d is less than the row length of "+
			"shape %v", op, name, m.ld, m))
	case b == nil && m.span() > 0:
		panic(fmt.Sprintf("kernels: %s: %s is missing, want shape %v", op, name, m))
	case m.span() > 0 && b.Len() < m.span():
		panic(fmt.Sprintf("kernels: %s: %s has %d elements, but shape %v needs %d", op, name,
			b.Len(), m, m.span()))
	}
}

// checkOptional is check for a buffer that may be nil.
func checkOptional[T Element](op, name string, b Buffer[T], m matrices) {
	if b != nil {
		check(op, name, b, m)
	}
}

// checkOutput is check for a result: its matrices must not share elements.
func checkOutput[T Element](op, name string, b Buffer[T], m matrices) {
	check(op, name, b, m)
	if m.batch > 1 && m.stride < (matrices{1, 0, m.rows, m.ld, m.cols}).span() {
		panic(fmt.Sprintf("kernels: %s: results %s overlap: stride %d in shape %v", op, name,
			m.stride, m))
	}
}

// checkArg panics with a message about an argument that is not a buffer. Its
// parameter is no interface, because filling one allocates.
func checkArg[T any](ok bool, op, format string, value T) {
	if !ok {
		panic(fmt.Sprintf("kernels: %s: "+format, op, value))
	}
}
