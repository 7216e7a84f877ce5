// Package benchmark times the kernels beside what else could do their work and
// beside the machine's limits, all in one run.
//
// A case is one kernel at one shape. Its contestants – every row of microkernels,
// other libraries and the loops that show the machine's limit – take turns, so that
// a disturbance hits them alike; what is reported are medians over the rounds.
package benchmark

import (
	"context"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/symvi/symvi/kernels/cpu"
)

// Options chooses what is timed, and for how long.
type Options struct {
	// Match selects cases by "kernel/shape"; nil selects all.
	Match *regexp.Regexp
	// ISAs are the rows of microkernels to time; nil stands for all that this machine has.
	ISAs []string
	// Threads is the number of threads of every contestant but OpenBLAS and gonum, which
	// have one; 0 stands for one, and for one, two and all in the cases about scaling.
	Threads int
	// Program is the symvi whose start-up and memory are measured; "" leaves them out.
	Program string
	// Time is how long a contestant runs in all rounds of a case together.
	Time time.Duration
}

// DefaultTime is the time of a measurement.
const DefaultTime = 300 * time.Millisecond

// check returns the first mistake in the options.
func (o *Options) check() error {
	for _, isa := range o.ISAs {
		if !slices.Contains(cpu.ISAs(), isa) {
			return fmt.Errorf("isa %q: not available; this processor and build have: %s", isa,
				strings.Join(cpu.ISAs(), ", "))
		}
	}
	if most := 4 * runtime.NumCPU(); o.Threads < 0 || o.Threads > most {
		return fmt.Errorf("threads %d: want 0 (one; one, two and all in the cases about scaling) "+
			"to %d, four for each processor", o.Threads, most)
	}
	if o.Time <= 0 {
		return fmt.Errorf("time %v: want a positive duration", o.Time)
	}
	return nil
}

// Plan is a checked selection of cases.
type Plan struct {
	options Options
	cases   []benchmark
}

// NewPlan checks the options and selects the cases.
func NewPlan(o Options) (*Plan, error) { return newPlan(o, fullSize) }

func newPlan(o Options, s sizes) (*Plan, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.ISAs == nil {
		o.ISAs = cpu.ISAs()
	}
	p := &Plan{options: o}
	all := cases(s)
	if o.Program != "" {
		for _, c := range commands {
			all = append(all, c.benchmark(o.Program))
		}
	}
	for _, c := range all {
		if o.Match == nil || o.Match.MatchString(c.kernel+"/"+c.shape) {
			p.cases = append(p.cases, c)
		}
	}
	if len(p.cases) == 0 {
		return nil, fmt.Errorf("kernel %q: nothing matches; names are like gemm/NT-100x30x784", o.Match)
	}
	return p, nil
}

// Run times the cases one after another and reports the contestants of each when it
// is done. It ends early with the first error of report, or the context's.
func (p *Plan) Run(ctx context.Context, report func(Result) error) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for i := range p.cases {
		results, err := p.time(ctx, &p.cases[i])
		if err != nil {
			return err
		}
		for _, r := range results {
			if err := report(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// time runs one case.
func (p *Plan) time(ctx context.Context, b *benchmark) ([]Result, error) {
	f := newField(&p.options, b)
	defer f.close()
	if err := race(ctx, f.contestants, p.options.Time); err != nil {
		return nil, err
	}
	return f.results(b), nil
}
