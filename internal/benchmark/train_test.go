package benchmark

import (
	"path/filepath"
	"strconv"
	"testing"

	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/mnist"
	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels/cpu"
)

// BenchmarkTrain is the command symvi train on one thread with every row of microkernels:
// it loads MNIST, trains for 10 epochs, scores and saves. For a profile of one row:
//
//	go test -run '^$' -bench Train/avx512 -benchtime 3x -cpuprofile cpu.prof ./internal/benchmark
func BenchmarkTrain(b *testing.B) {
	for _, isa := range cpu.ISAs() {
		b.Run(isa, func(b *testing.B) {
			d := must.Get(cpu.New(cpu.Options{ISA: isa, Threads: 1}))(b)
			defer d.Close()
			r := experiment.Runner{Device: d,
				Builtin: map[string]func() (*dataset.Split, error){"mnist": mnist.Load}}
			seconds := 0.0
			for b.Loop() {
				s := must.Get(r.Train(b.Context(), experiment.Default(),
					filepath.Join(b.TempDir(), strconv.Itoa(b.N))))(b)
				seconds += s.Seconds
			}
			b.ReportMetric(seconds/float64(b.N), "training-s/op")
		})
	}
}
