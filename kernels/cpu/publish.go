package cpu

import (
	"sync/atomic"
	"time"

	"github.com/symvi/symvi/asm/stream"
)

// publishing says how workers write what all of them will read: through the caches or past them.
// The other cores have read what was there before. Where all share a cache, taking a line back
// from them costs little. Where they do not, on two chips, or on a virtual machine whose host has
// put it there, it takes some 40 ns, one line after the other. Stores past the caches do not
// wait for it, but the memory is then slower to read. So stores through the caches are timed, and
// where they take too long the next ones go past them. It never shows in a result.
type publishing struct {
	alone bool         // one worker, who reads what it has written
	past  atomic.Int32 // for how many more times to store past the caches
}

const (
	// dearLine is what a line of 64 bytes takes at least where others must give it back.
	dearLine = 30 * time.Nanosecond
	// timesPast is how often stores go past the caches until those through them are timed again.
	timesPast = 64
)

// next reports whether to store past the caches this time.
func (p *publishing) next() bool {
	n := p.past.Load()
	if n > 0 {
		p.past.Store(n - 1)
	}
	return n > 0
}

// timed learns how long n numbers took to be stored through the caches.
func (p *publishing) timed(took time.Duration, n int) {
	if !p.alone && n > 0 && took > time.Duration(n/16)*dearLine {
		p.past.Store(timesPast)
	}
}

// copyPast copies src to dst, past the caches if so wanted.
func copyPast(past bool, dst, src []float32) {
	if past {
		stream.Copy(dst, src)
	} else {
		copy(dst, src)
	}
}
