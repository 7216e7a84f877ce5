package benchmark

import (
	"context"
	"runtime"
	"slices"
	"time"
)

// rounds is how often every contestant of a case is timed.
const rounds = 7

// contestant is one implementation, set up and ready to run.
type contestant struct {
	name    string
	threads int
	run     func(n int) // does n operations
	work    float64     // of an operation of a limit
	n       int         // operations in a round
	ns      []float64   // per operation, a value a round
}

// race times the contestants round by round, each for an equal part of total.
func race(ctx context.Context, contestants []*contestant, total time.Duration) error {
	for _, c := range contestants {
		c.calibrate(total / rounds)
	}
	for round := range rounds {
		for i := range contestants {
			if err := ctx.Err(); err != nil {
				return err
			}
			c := contestants[(i+round)%len(contestants)]
			c.ns = append(c.ns, float64(c.time(c.n))/float64(c.n))
		}
	}
	return nil
}

// calibrate finds the number of operations that take about as long as a round.
func (c *contestant) calibrate(round time.Duration) {
	const most = 1 << 30
	for c.n = 1; ; {
		t := max(c.time(c.n), 1)
		fitting := int(min(float64(c.n)*float64(round)/float64(t), most))
		if t >= round/2 || fitting >= most {
			c.n = max(fitting, 1)
			return
		}
		c.n = min(max(fitting, c.n+1), 100*c.n)
	}
}

// time runs n operations with as many processors as the contestant has threads.
func (c *contestant) time(n int) time.Duration {
	runtime.GOMAXPROCS(c.threads)
	start := time.Now()
	c.run(n)
	return time.Since(start)
}

// median is the contestant's time per operation, in nanoseconds.
func (c *contestant) median() float64 {
	sorted := slices.Sorted(slices.Values(c.ns))
	return sorted[len(sorted)/2]
}
