package cpu

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/symvi/symvi/internal/memory"
	"github.com/symvi/symvi/kernels"
)

// Options configures New; the zero value means "the best".
type Options struct {
	// Threads is the number of threads, 0 for GOMAXPROCS. It never changes a result.
	Threads int
	// ISA forces a row of microkernels by name (see ISAs); "" obeys the
	// environment variable SYMVI_ISA and else takes the best one.
	ISA string
}

// Device is the kernels.Device of the machine's processors: it owns blocking, packing,
// threads and scratch, and leaves the arithmetic to a row of microkernels.
type Device struct {
	row *row

	mu      sync.Mutex
	unlock  func() // mu's
	closing sync.Once
	pool    *pool
	jobs    jobs
	// per worker
	scratch []scratch
	// shared by the workers, filled before the parallel part of an operation
	partial  []float64
	expected []float64
	prior    []float32
	packed   []float32
	merged   []float32
	kept     keptNoise
	publish  publishing
	ratio    ratio
}

// jobs holds one job of every kind; only one runs at a time.
type jobs struct {
	gemm           gemmJob
	pack           packJob
	merge          mergeJob
	split          splitJob
	activationGrad operation[kernels.ActivationGrad]
	unary          operation[kernels.Unary]
	sumRows        operation[kernels.SumRows]
	gatherRows     gatherRowsJob
	gatherBytes    gatherBytesJob
	minibatch      minibatchJob
	copy2D         operation[kernels.Copy2D]
	crossEntropy   operation[kernels.SoftmaxCrossEntropy]
	gaussianNLL    gaussianNLLJob
	scaleNLL       scaleNLLJob
	softmax        operation[kernels.Softmax]
	sum            sumJob
	accumulate     operation[kernels.Accumulate]
	scale          operation[kernels.GaussianScale]
	scaleGrad      operation[kernels.GaussianScaleGrad]
	kl             klJob
	sample         sampleJob
	sampleGrad     operation[kernels.SampleGaussianGrad]
	adam           adamJob
	gaussianStep   gaussianStepJob
	shardGradients shardGradientsJob
	shardStep      shardStepJob
	pair           pairJob
	pairGrad       pairGradJob
	permanent      permanentJob
	permutations   operation[kernels.RandomPermutations]
	gather         operation[kernels.PermutationLogDensity]
	permuted       permutedJob
	permutedGrad   operation[kernels.PermutedGrad]
	marginals      operation[kernels.PermutationMarginals]
	propose        proposeJob
	conditional    conditionalJob
	expected       expectedJob
	combineSigns   operation[kernels.CombineSigns]
}

// scratch is one worker's private memory; it only ever grows.
type scratch struct {
	f32 []float32
	f64 []float64
	i32 []int32
}

// grow returns a slice of n elements, reusing s's memory when it suffices.
func grow[T kernels.Element](s *[]T, n int) []T {
	if cap(*s) < n {
		*s = make([]T, n)
	}
	return (*s)[:n]
}

// MaxThreads is the most threads of a device.
const MaxThreads = 4096

// New starts a CPU device. It is an error to ask for a row of microkernels that this processor
// lacks, or for a number of threads that is negative or above MaxThreads.
func New(o Options) (*Device, error) {
	if o.Threads > MaxThreads {
		return nil, fmt.Errorf("threads: %d, want at most %d", o.Threads, MaxThreads)
	}
	if o.Threads < 0 {
		return nil, fmt.Errorf("threads: %d is negative; want 0 (all) or more", o.Threads)
	}
	row, err := selectRow(o.ISA)
	if err != nil {
		return nil, err
	}
	threads := o.Threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	d := &Device{row: row, pool: newPool(threads), scratch: make([]scratch, threads)}
	d.unlock, d.publish.alone = d.mu.Unlock, threads == 1
	return d, nil
}

var _ kernels.Device = (*Device)(nil)

// Name says which microkernels and how many threads the device uses.
func (d *Device) Name() string {
	threads := "threads"
	if d.pool.workers == 1 {
		threads = "thread"
	}
	return fmt.Sprintf("cpu (%s, %d %s)", d.row.name, d.pool.workers, threads)
}

// ISA is the name of the microkernel row in use.
func (d *Device) ISA() string { return d.row.name }

// CacheFloats is how many float32 values of intermediate results stay in a core's caches:
// whoever takes a long series through several operations does well to cut it into chunks of
// that size.
func (d *Device) CacheFloats() int { return 1 << 18 }

// Float32 allocates a zeroed buffer.
func (d *Device) Float32(n int) kernels.F32 { return newHost[float32](n) }

// Float64 allocates a zeroed buffer.
func (d *Device) Float64(n int) kernels.F64 { return newHost[float64](n) }

// Int32 allocates a zeroed buffer.
func (d *Device) Int32(n int) kernels.I32 { return newHost[int32](n) }

func newHost[T kernels.Element](n int) *host[T] {
	if n < 0 {
		panic(fmt.Sprintf("kernels: allocation of %d elements", n))
	}
	return &host[T]{memory.Make[T](n)}
}

// Sync returns nil, or an error after Close: the CPU's operations are done when their calls return.
func (d *Device) Sync() error {
	if d.pool.closed.Load() {
		return errors.New("the CPU device is closed")
	}
	return nil
}

// Close stops the worker threads. Closing again does nothing.
func (d *Device) Close() error {
	d.closing.Do(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.pool.close()
	})
	return nil
}
