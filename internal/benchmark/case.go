package benchmark

import (
	"math/rand/v2"
	"runtime"
	"slices"

	"github.com/symvi/symvi/internal/memory"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// benchmark is one kernel at one shape.
type benchmark struct {
	kernel, shape string
	// work is what one operation does, in the unit's numerator: 1e-9 flops for GFLOP/s.
	work    float64
	unit    string
	limit   limit // nil: none
	scaling bool  // also with two threads, and with all
	// setup adds the contestants.
	setup func(f *field)
}

// sizes are the dimensions that tests make small.
type sizes struct {
	products   []product
	elements   int // of elementwise operations
	samples    []int
	average    average
	permanents []int
	steps      []trainStep
}

var fullSize = sizes{
	products: products,
	elements: 16 << 20,
	// the parameters of the MNIST network; beyond the second-level cache
	samples:    []int{23860, 1 << 20},
	average:    average{n: 30, d: 795, k: 1000},
	permanents: []int{16, 20},
	steps: []trainStep{
		{widths: []int{784, 30, 10}, batch: 100, samples: 1, rows: 20000},
		{widths: []int{784, 30, 10}, batch: 100, samples: 16, rows: 20000},
		{widths: []int{784, 512, 10}, batch: 100, samples: 1, rows: 20000},
		{widths: []int{784, 512, 512, 10}, batch: 100, samples: 1, rows: 20000},
	},
}

// cases is the registry.
func cases(s sizes) []benchmark {
	all := limitCases(s.elements)
	for _, p := range s.products {
		all = append(all, p.benchmark())
	}
	for _, n := range s.samples {
		all = append(all, sampleCases(n)...)
	}
	all = append(all, elementwiseCases(s.elements)...)
	all = append(all, s.average.benchmarks()...)
	for _, n := range s.permanents {
		all = append(all, permanentCase(n))
	}
	for _, step := range s.steps {
		all = append(all, step.benchmark())
	}
	return all
}

// field holds the contestants of one case and what they work on.
type field struct {
	options     *Options
	scaling     bool
	contestants []*contestant
	limits      map[int]*contestant // by number of threads
	devices     []*cpu.Device
	memory      *cpu.Device // where all buffers are allocated: rows share them
	random      *rand.Rand
}

// newField sets up a case.
func newField(o *Options, b *benchmark) *field {
	f := &field{options: o, scaling: b.scaling, random: rand.New(rand.NewPCG(1, 2))}
	f.memory = f.device("portable", 1)
	b.setup(f)
	f.addLimits(b.limit)
	runtime.GC() // of what earlier cases left, and not while timing
	return f
}

// addLimits adds the limit's loop for every number of threads that is timed.
func (f *field) addLimits(l limit) {
	if l == nil {
		return
	}
	f.limits = map[int]*contestant{}
	for _, c := range slices.Clone(f.contestants) {
		if f.limits[c.threads] == nil {
			f.limits[c.threads] = l(c.threads)
			f.contestants = append(f.contestants, f.limits[c.threads])
		}
	}
}

// device starts a device that close closes. The options were checked, so it is there.
func (f *field) device(isa string, threads int) *cpu.Device {
	d, err := cpu.New(cpu.Options{ISA: isa, Threads: threads})
	if err != nil {
		panic(err)
	}
	f.devices = append(f.devices, d)
	return d
}

func (f *field) close() {
	for _, d := range f.devices {
		d.Close()
	}
}

// threads are the numbers of threads to time.
func (f *field) threads() []int {
	switch {
	case f.options.Threads > 0:
		return []int{f.options.Threads}
	case f.scaling && runtime.NumCPU() > 2:
		return []int{1, 2, runtime.NumCPU()}
	case f.scaling && runtime.NumCPU() > 1:
		return []int{1, 2}
	}
	return []int{1}
}

// add adds a contestant whose run does n operations.
func (f *field) add(name string, threads int, run func(n int)) {
	f.contestants = append(f.contestants, &contestant{name: name, threads: threads, run: run})
}

// rows adds an operation with every row of microkernels and number of threads.
func (f *field) rows(operation func(d *cpu.Device) func()) { f.named("", operation) }

// named is rows with a prefix for the names.
func (f *field) named(prefix string, operation func(d *cpu.Device) func()) {
	f.each(prefix, func(d *cpu.Device) func(n int) { return repeat(operation(d)) })
}

// each is named for what can only be repeated in its own way.
func (f *field) each(prefix string, operation func(d *cpu.Device) func(n int)) {
	for _, threads := range f.threads() {
		for _, isa := range f.options.ISAs {
			f.add(prefix+isa, threads, operation(f.device(isa, threads)))
		}
	}
}

func repeat(operation func()) func(n int) {
	return func(n int) {
		for range n {
			operation()
		}
	}
}

func (f *field) upload(x []float32) kernels.F32 {
	b := f.memory.Float32(len(x))
	b.Upload(x)
	return b
}

func (f *field) values(n int, lo, hi float32) []float32 {
	x := memory.Make[float32](n)
	for i := range x {
		x[i] = lo + (hi-lo)*f.random.Float32()
	}
	return x
}

// results turns the measured times into rates.
func (f *field) results(b *benchmark) []Result {
	var results []Result
	for _, c := range f.contestants {
		if c == f.limits[c.threads] {
			continue
		}
		ns := c.median()
		r := Result{Kernel: b.kernel, Shape: b.shape, Impl: c.name, NsPerOp: ns,
			Rate: b.work * 1e9 / ns, Unit: b.unit,
			Threads: c.threads, Iterations: c.n * len(c.ns)}
		r.ProcessorNsPerOp = float64(c.processor) / float64(r.Iterations)
		if c.process != nil {
			r.Rate, r.PeakBytes = c.process.median()
			r.ProcessorNsPerOp = 1e9 * r.Rate
		}
		if limit := f.limits[c.threads]; limit != nil {
			fraction := r.Rate * limit.median() / (limit.work * 1e9)
			r.PeakFraction = &fraction
		}
		results = append(results, r)
	}
	return results
}
