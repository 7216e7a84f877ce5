package benchmark

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"time"
)

// A contestant is timed in at least leastRounds and at most mostRounds of a race: short
// rounds, so that most of them pass undisturbed, unless an operation takes longer.
const leastRounds, mostRounds = 7, 25

// contestant is one implementation, set up and ready to run.
type contestant struct {
	name    string
	threads int
	run     func(n int) // does n operations
	work    float64     // of an operation of a limit
	process *process    // what runs, if it is one
	least   int         // rounds, instead of leastRounds
	rounds  int
	n       int       // operations in a round
	ns      []float64 // per operation, a value a round
	// processor is the processor time of all rounds.
	processor time.Duration
}

// race times the contestants round by round, each for the given time in all.
func race(ctx context.Context, contestants []*contestant, total time.Duration) error {
	for _, c := range contestants {
		c.calibrate(total)
	}
	for round := range mostRounds {
		for i := range contestants {
			if err := ctx.Err(); err != nil {
				return err
			}
			if c := contestants[(i+round)%len(contestants)]; c.takesPart(round) {
				before := processorTime()
				c.ns = append(c.ns, float64(c.time(c.n))/float64(c.n))
				c.processor += processorTime() - before
				if c.process != nil && c.process.err != nil {
					return cmp.Or(ctx.Err(), c.process.err)
				}
			}
		}
	}
	return nil
}

// takesPart spreads a contestant's rounds evenly over the race.
func (c *contestant) takesPart(round int) bool {
	return (round+1)*c.rounds/mostRounds > round*c.rounds/mostRounds
}

// calibrate finds how many operations, in how many rounds, take about the given time.
func (c *contestant) calibrate(total time.Duration) {
	const most = 1 << 30
	for n := 1; ; {
		t := max(c.time(n), 1)
		fitting := int(min(float64(n)*float64(total)/float64(t), most))
		if t >= total/(2*mostRounds) || fitting == most {
			c.rounds = min(max(fitting, cmp.Or(c.least, leastRounds)), mostRounds)
			c.n = max(fitting/c.rounds, 1)
			return
		}
		n = min(max(fitting/mostRounds, n+1), 100*n)
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
