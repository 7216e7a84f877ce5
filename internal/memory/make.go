package memory

import "unsafe"

// block is the size of a large page on most processors.
const block = 2 << 20

// Make is make([]T, n), on large pages where there is room for some and the system has them: rows
// in random places of many megabytes cost a walk through the page table each on small ones, and the
// first touch of each page costs a fault.
func Make[T any](n int) []T {
	x := make([]T, n)
	lo := uintptr(unsafe.Pointer(unsafe.SliceData(x)))
	skip := -lo % block
	if size := uintptr(n) * unsafe.Sizeof(*new(T)); size >= skip+block {
		advise(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(x)), skip)),
			(size-skip)/block*block))
	}
	return x
}
