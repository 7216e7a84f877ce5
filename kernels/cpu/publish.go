package cpu

import (
	"sync/atomic"
	"time"

	"github.com/symvi/symvi/asm/stream"
)

// publishing says how workers write what all of them will read: through the caches or past them.
// The other cores have read what was there before. Where all share a cache, taking a line back
// from them costs little. Where they do not, on two chips, or on a virtual machine whose host has
// put it there, each line waits for the one before it. Stores past the caches do not wait, but the
// memory is then slower to read. So stores through the caches are timed, and where they take too
// long the next ones go past them. It never shows in a result.
type publishing struct {
	alone      bool        // one worker, who reads what it has written
	past       int         // for how many more times to store past the caches
	slow, fast atomic.Bool // parts that were timed since the last time
}

const (
	// dearLine is what a line of 64 bytes takes where others must give it back: 12 to 28 ns with
	// fetching what is copied, else 2 to 10.
	dearLine = 11 * time.Nanosecond
	// timesPast is how often stores go past the caches until those through them are timed again.
	timesPast = 64
)

// next reports whether to store past the caches this time. One fast part shows that lines are not
// dear: the others were interrupted.
func (p *publishing) next() bool {
	if p.slow.Load() && !p.fast.Load() && !p.alone {
		p.past = timesPast
	}
	p.slow.Store(false)
	p.fast.Store(false)
	if p.past == 0 {
		return false
	}
	p.past--
	return true
}

// timed learns how long n numbers took to be stored through the caches, a part of all.
func (p *publishing) timed(took time.Duration, n int) {
	switch {
	case n == 0:
	case took > time.Duration(n/16)*dearLine:
		p.slow.Store(true)
	default:
		p.fast.Store(true)
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
