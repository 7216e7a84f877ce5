package cpu

import (
	"unsafe"

	"github.com/symvi/symvi/asm/prefetch"
)

// aheadSize elements of a sample are drawn between two pieces, a multiple of their groups of 64.
const aheadSize = 128

// ahead asks for rows in random places of the main memory while something else is computed, a piece
// with every next: more than a dozen or two of lines at once and the processor waits for them.
type ahead struct {
	src      unsafe.Pointer // rows of rowBytes
	rowBytes int
	index    []int32 // the rows that are wanted
	at       int     // bytes of the first that were asked for
	piece    int     // bytes to ask for at a time
}

// newAhead asks for the rows of src that index names, in so many pieces.
func newAhead[T any](src []T, cols int, index []int32, pieces int) ahead {
	rowBytes := cols * int(unsafe.Sizeof(src[0]))
	return ahead{src: unsafe.Pointer(unsafe.SliceData(src)), rowBytes: rowBytes, index: index,
		piece: roundUp(ceilDiv(len(index)*rowBytes, max(pieces, 1)), 64)}
}

func (a *ahead) next() {
	if len(a.index) == 0 {
		return
	}
	prefetch.Lines(unsafe.Add(a.src, int(a.index[0])*a.rowBytes+a.at), min(a.piece, a.rowBytes-a.at))
	if a.at += a.piece; a.at >= a.rowBytes {
		a.index, a.at = a.index[1:], 0
	}
}
