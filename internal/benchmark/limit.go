package benchmark

import (
	"math"
	"runtime"
	"sync"

	"github.com/symvi/symvi/kernels/cpu"
)

// limit makes the contestant whose rate bounds a kernel's, nil for none known.
type limit func(threads int) *contestant

// loops are the two loops that show a machine's limits.
type loops struct {
	flops int // of one iteration of fma
	fma   func(n int)
	copy  func(dst, src []float32)
}

// loopsOf are a row's loops. The machine's limit is what the best row's reach.
func loopsOf(isa string) loops {
	if l, ok := vectorLoops[isa]; ok {
		return l
	}
	return loops{2 * scalarChains, scalarFMA, runtimeCopy}
}

// runtimeCopy is Go's. It writes large slices past the caches, where the other loops'
// plain stores first read what they overwrite: the same bytes in two thirds of the traffic.
func runtimeCopy(dst, src []float32) { copy(dst, src) }

const scalarChains = 8

// scalarFMA is the portable loop, in float64 because Go has no other math.FMA: an
// instruction where the compiler knows that the processor has it, else a checked one.
func scalarFMA(n int) {
	var s0, s1, s2, s3, s4, s5, s6, s7 float64
	x, y := float64(n), 1/float64(n)
	for range n {
		s0 = math.FMA(x, y, s0)
		s1 = math.FMA(x, y, s1)
		s2 = math.FMA(x, y, s2)
		s3 = math.FMA(x, y, s3)
		s4 = math.FMA(x, y, s4)
		s5 = math.FMA(x, y, s5)
		s6 = math.FMA(x, y, s6)
		s7 = math.FMA(x, y, s7)
	}
	runtime.KeepAlive(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7)
}

// fmaOperation is the number of flops of one operation of the multiply loops, all
// threads together, a multiple of what one iteration of any of them does.
const fmaOperation = 768

// multiplyLimit is the rate of fused multiply-adds.
func multiplyLimit(threads int) *contestant {
	c := newMultiply(bestLoops(), threads)
	c.work = fmaOperation * 1e-9
	return c
}

func newMultiply(l loops, threads int) *contestant {
	return &contestant{threads: threads, run: func(n int) {
		iterations := n * (fmaOperation / l.flops)
		together(threads, func(int) { l.fma(max(iterations/threads, 1)) })
	}}
}

// copyLimit is the rate at which a loop copies elements from memory to memory; bytes
// read and written count.
func copyLimit(elements int) limit {
	return func(threads int) *contestant {
		dst, src := make([]float32, elements), make([]float32, elements)
		for i := range src {
			dst[i], src[i] = 1, 2 // unwritten pages would all be the same zeros, and cached
		}
		c := newCopy(bestLoops().copy, dst, src, threads)
		c.work = copyBytes(elements)
		return c
	}
}

// copyBytes is the work of a copy in GB.
func copyBytes(elements int) float64 { return 8e-9 * float64(elements) }

func newCopy(loop func(dst, src []float32), dst, src []float32, threads int) *contestant {
	part := len(src) / threads / 64 * 64 // whole vectors
	return &contestant{threads: threads, run: func(n int) {
		together(threads, func(t int) {
			for range n {
				loop(dst[t*part:(t+1)*part], src[t*part:(t+1)*part])
			}
		})
	}}
}

// together runs a function in several threads at once.
func together(threads int, f func(thread int)) {
	var running sync.WaitGroup
	for t := 1; t < threads; t++ {
		running.Go(func() { f(t) })
	}
	f(0)
	running.Wait()
}

// bestLoops are those of the machine's best row.
func bestLoops() loops { return loopsOf(cpu.ISAs()[0]) }

// limitCases show the loops of every row.
func limitCases(elements int) []benchmark {
	return []benchmark{
		{kernel: "fma", shape: "loop", work: fmaOperation * 1e-9, unit: "GFLOP/s",
			limit: multiplyLimit, scaling: true, setup: func(f *field) {
				for _, threads := range f.threads() {
					for _, isa := range f.options.ISAs {
						f.add(isa, threads, newMultiply(loopsOf(isa), threads).run)
					}
				}
			}},
		{kernel: "copy", shape: count(elements), work: copyBytes(elements), unit: "GB/s",
			limit: copyLimit(elements), setup: func(f *field) {
				dst, src := f.values(elements, 0, 1), f.values(elements, 0, 1)
				for _, isa := range f.options.ISAs {
					f.add(isa, 1, newCopy(loopsOf(isa).copy, dst, src, 1).run)
				}
			}},
	}
}
