package cpu_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
	"github.com/symvi/symvi/kernels/kerneltest"
)

// operation is a call with valid arguments, whose buffers are exactly as long as needed.
type operation struct {
	op   any
	run  func()
	with func(op any) // run with other arguments
}

func newOperation[T any](f func(T), op T) operation {
	return operation{op, func() { f(op) }, func(other any) { f(other.(T)) }}
}

func (o operation) name() string { return reflect.TypeOf(o.op).Name() }

// buffers are the operation's buffers by field.
func (o operation) buffers() map[string]any {
	m := map[string]any{}
	v := reflect.ValueOf(o.op)
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Interface && !f.IsNil() {
			m[v.Type().Field(i).Name] = f.Interface()
		}
	}
	return m
}

// contents prints the bits of all buffers.
func (o operation) contents(t testing.TB) map[string]string {
	t.Helper()
	m := map[string]string{}
	for name, b := range o.buffers() {
		switch b := b.(type) {
		case kernels.F32:
			m[name] = fmt.Sprintf("%x", read(t, b))
		case kernels.F64:
			m[name] = fmt.Sprintf("%x", read(t, b))
		case kernels.I32:
			m[name] = fmt.Sprint(read(t, b))
		case kernels.U8:
			m[name] = fmt.Sprint(read(t, b))
		}
	}
	return m
}

// memory uploads to a device and draws numbers, the same on every platform: those of
// package rand would not be, because math.Exp is not.
type memory struct {
	d   kernels.Device
	rng *rand.Rand
	key *kernels.Key
}

func newMemory(d kernels.Device) memory {
	return memory{d, rand.New(rand.NewPCG(1, 2)), &kernels.Key{Seed: 3}}
}

func (m memory) f32(x []float32) kernels.F32 {
	b := m.d.Float32(len(x))
	b.Upload(x)
	return b
}

func (m memory) f64(x []float64) kernels.F64 {
	b := m.d.Float64(len(x))
	b.Upload(x)
	return b
}

func (m memory) i32(x []int32) kernels.I32 {
	b := m.d.Int32(len(x))
	b.Upload(x)
	return b
}

// normal draws N(mean, std²).
func (m memory) normal(n int, mean, std float64) []float32 {
	x := make([]float32, n)
	m.key.Normals(x, 0)
	m.key.Step++
	for i, z := range x {
		x[i] = float32(mean + float64(std*float64(z)))
	}
	return x
}

func (m memory) normal64(n int, std float64) []float64 {
	x := make([]float64, n)
	for i, z := range m.normal(n, 0, 1) {
		x[i] = std * float64(z)
	}
	return x
}

// scales draws e^N(0, spread²).
func (m memory) scales(n int, spread float64) []float32 {
	x := m.normal(n, 0, spread)
	for i, z := range x {
		x[i] = ref.Exp(z)
	}
	return x
}

// permutations draws permutations; the first of every k is the identity.
func (m memory) permutations(count, k, n int) []int32 {
	var x []int32
	for t := range count {
		for i, j := range m.rng.Perm(n) {
			if t%k == 0 {
				j = i
			}
			x = append(x, int32(j))
		}
	}
	return x
}

func read[T kernels.Element](t testing.TB, b kernels.Buffer[T]) []T {
	t.Helper()
	x, err := kernels.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// operations has every operation at least once; n is the length of long vectors.
func operations(d kernels.Device, n int) []operation {
	m := newMemory(d)
	vec := func(n int) kernels.F32 { return m.f32(m.normal(n, 0, 1)) }
	pos := func(n int) kernels.F32 { return m.f32(m.scales(n, 1)) }
	dbl := func(n int) kernels.F64 { return m.f64(m.normal64(n, 1)) }
	index := func(n, limit int) kernels.I32 {
		x := make([]int32, n)
		for i := range x {
			x[i] = int32(i * 7 % limit)
		}
		return m.i32(x)
	}
	const batch, k, a, b = 3, 4, 5, 6
	rows := n / 50
	return []operation{
		newOperation(d.Gemm, kernels.Gemm{Batch: 2, M: rows, N: 40, K: 30, A: vec(2 * rows * 30), LDA: 30, StrideA: rows * 30, B: vec(2 * 30 * 40), LDB: 40, StrideB: 30 * 40,
			C: vec(2 * rows * 40), LDC: 40, StrideC: rows * 40, Bias: vec(80), StrideBias: 40, Activation: kernels.Tanh}),
		newOperation(d.Gemm, kernels.Gemm{Transpose: kernels.NT, Batch: 2, M: rows, N: 40, K: 30, A: vec(2 * rows * 30), LDA: 30, StrideA: rows * 30, B: vec(2 * 30 * 40), LDB: 30, StrideB: 30 * 40,
			C: vec(2 * rows * 40), LDC: 40, StrideC: rows * 40, Bias: vec(80), StrideBias: 40, Activation: kernels.ReLU}),
		newOperation(d.Gemm, kernels.Gemm{Transpose: kernels.TN, Batch: 2, M: 30, N: 40, K: rows, A: vec(2 * rows * 30), LDA: 30, StrideA: rows * 30, B: vec(2 * rows * 40), LDB: 40, StrideB: rows * 40,
			C: vec(2 * 30 * 40), LDC: 40, StrideC: 30 * 40, Bias: vec(40)}),
		newOperation(d.ActivationGrad, kernels.ActivationGrad{Activation: kernels.Tanh, N: n, Y: vec(n), DY: vec(n), DX: vec(n)}),
		newOperation(d.SumRows, kernels.SumRows{Batch: batch, Rows: rows, Cols: 30, X: vec(batch * rows * 30), Dst: vec(batch * 30), StrideDst: 30}),
		newOperation(d.Unary, kernels.Unary{Function: kernels.Softplus, N: n, Src: vec(n), Dst: vec(n)}),
		newOperation(d.Copy2D, kernels.Copy2D{Batch: batch, Rows: rows, Cols: 20, Src: vec(batch * rows * 20), StrideSrc: rows * 20, SrcRow: 20, SrcCol: 1,
			Dst: vec(batch * rows * 20), StrideDst: rows * 20, DstRow: 1, DstCol: rows, Accumulate: true, Scale: 0.5}),
		newOperation(d.GatherRows, kernels.GatherRows{Rows: rows, Cols: 20, SrcRows: 11, Index: index(rows, 11), Src: vec(220), Dst: vec(rows * 20)}),
		newOperation(d.GatherLabels, kernels.GatherLabels{N: n, Index: index(n, 100), Src: index(100, 10), Dst: index(n, 3)}),
		newOperation(d.SoftmaxCrossEntropy, kernels.SoftmaxCrossEntropy{Batch: batch, Rows: rows, Classes: 300, Logits: vec(batch * rows * 300), Labels: index(rows, 300),
			Loss: vec(batch * rows), Grad: vec(batch * rows * 300), Scale: 0.1}),
		newOperation(d.GaussianNLL, kernels.GaussianNLL{Batch: batch, Rows: rows, Outputs: 3, Prediction: vec(batch * rows * 3), Target: vec(rows * 3), Noise: 0.7,
			Loss: vec(batch * rows), Grad: vec(batch * rows * 3), Scale: 0.1}),
		newOperation(d.Softmax, kernels.Softmax{Rows: rows, Classes: 300, Src: vec(rows * 300), Dst: vec(rows * 300)}),
		newOperation(d.Sum, kernels.Sum{Batch: batch, N: n, Src: vec(batch * n), Dst: dbl(batch), Scale: 2}),
		newOperation(d.Sum, kernels.Sum{Batch: batch, N: n, Src64: dbl(batch * n), Dst: dbl(batch), Scale: 2, Accumulate: true}),
		newOperation(d.Accumulate, kernels.Accumulate{Kind: kernels.SumOfSamples, Samples: batch, N: n, Src: vec(batch * n), State: dbl(n)}),
		newOperation(d.Accumulate, kernels.Accumulate{Kind: kernels.LogSumExpOfNegated, Samples: batch, N: n, Src: vec(batch * n), State: dbl(2 * n), First: true}),
		newOperation(d.GaussianScale, kernels.GaussianScale{N: n, Rho: vec(n), Sigma: vec(n), InvSigma: vec(n)}),
		newOperation(d.GaussianScaleGrad, kernels.GaussianScaleGrad{N: n, DSigma: vec(n), Rho: vec(n), DRho: vec(n)}),
		newOperation(d.SampleGaussian, kernels.SampleGaussian{Key: kernels.Key{Seed: 1}, Samples: batch, N: n, Mu: vec(n), Sigma: pos(n), W: vec(batch * n)}),
		newOperation(d.SampleGaussianGrad, kernels.SampleGaussianGrad{Key: kernels.Key{Seed: 1}, Samples: batch, N: n, DW: vec(batch * n), DMu: vec(n), DSigma: vec(n)}),
		newOperation(d.KLGaussian, kernels.KLGaussian{N: n, Mu: vec(n), Sigma: pos(n), PriorStd: 0.7, Weight: 1, KL: dbl(1), DMu: vec(n), DSigma: vec(n)}),
		newOperation(d.Adam, kernels.Adam{N: n, X: vec(n), M: vec(n), V: pos(n), Grad: vec(n), LR: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Step: 1000}),
		newOperation(d.PairLogDensity, kernels.PairLogDensity{Batch: batch, N: a, D: n / 10, W: vec(batch * a * (n / 10)), Mu: vec(a * (n / 10)), InvSigma: pos(a * (n / 10)), C: dbl(batch * a * a)}),
		newOperation(d.PairGrad, kernels.PairGrad{Batch: batch, N: a, D: n / 10, Coefficients: vec(batch * a * a), W: vec(batch * a * (n / 10)), Mu: vec(a * (n / 10)), InvSigma: pos(a * (n / 10)), DW: vec(batch * a * (n / 10))}),
		newOperation(d.RandomPermutations, kernels.RandomPermutations{Key: kernels.Key{Seed: 1}, Batch: batch, Count: rows, N: 50, IdentityFirst: true, Dst: m.i32(make([]int32, batch*rows*50))}),
		newOperation(d.PermutationLogDensity, kernels.PermutationLogDensity{Batch: batch, K: rows, N: 20, C: dbl(batch * 400), Perms: m.i32(m.permutations(batch*rows, rows, 20)), Logs: dbl(batch * rows)}),
		newOperation(d.PermutedLogDensity, kernels.PermutedLogDensity{Batch: batch, K: rows, Rows: a, Cols: b, W: vec(batch * a * b), StrideW: a * b, Mu: vec(a * b), InvSigma: pos(a * b),
			RowPerms: m.i32(m.permutations(batch*rows, rows, a)), ColPerms: m.i32(m.permutations(batch*rows, rows, b)), Logs: dbl(batch * rows)}),
		newOperation(d.PermutedGrad, kernels.PermutedGrad{Batch: batch, K: k, Rows: a, Cols: b, W: vec(batch * a * b), DW: vec(batch * a * b), StrideW: a * b, Mu: vec(a * b), InvSigma: pos(a * b),
			RowPerms: m.i32(m.permutations(batch*k, k, a)), ColPerms: m.i32(m.permutations(batch*k, k, b)), Weights: dbl(batch * k), Scale: 0.3}),
		newOperation(d.PermutationAverage, kernels.PermutationAverage{Batch: batch, K: rows, Logs: dbl(batch * rows), Weights: dbl(batch * rows), Information: dbl(batch)}),
		newOperation(d.PermutationMarginals, kernels.PermutationMarginals{Batch: batch, K: k, N: b, Weights: dbl(batch * k), Perms: m.i32(m.permutations(batch*k, k, b)), Coefficients: vec(batch * b * b)}),
		newOperation(d.Permanent, kernels.Permanent{Batch: batch, N: b, C: dbl(batch * b * b), Information: dbl(batch), Coefficients: vec(batch * b * b)}),
		newOperation(d.ProposePermutations, kernels.ProposePermutations{Key: kernels.Key{Seed: 1}, Batch: batch, K: rows, N: 20, Sweep: 8, C: dbl(batch * 400), Perms: m.i32(make([]int32, batch*rows*20)), LogProposal: dbl(batch * rows)}),
		newOperation(d.ProposePermutations, kernels.ProposePermutations{Key: kernels.Key{Seed: 1}, Batch: batch, K: k, N: 20, Sweep: 1, First: 2, C: dbl(batch * k * 400), PerPermutation: true, Perms: m.i32(make([]int32, batch*k*20)), LogProposal: dbl(batch * k), Accumulate: true}),
		newOperation(d.ProposePermutations, kernels.ProposePermutations{Key: kernels.Key{Seed: 1}, Batch: batch, K: k, N: 20, C: dbl(batch * 3 * 400), Components: 3, Perms: m.i32(make([]int32, batch*k*20)), LogProposal: dbl(batch * k)}),
		newOperation(d.ConditionalPairs, kernels.ConditionalPairs{Batch: batch, K: rows, Rows: a, Cols: b, W: vec(batch * a * b), StrideW: a * b, Mu: vec(a * b), InvSigma: pos(a * b),
			Perms: m.i32(m.permutations(batch*rows, rows, b)), Base: dbl(batch * a * a), C: dbl(batch * rows * a * a)}),
		newOperation(d.ExpectedPairs, kernels.ExpectedPairs{Batch: batch, Rows: a, Cols: b, W: vec(batch * a * b), StrideW: a * b, Mu: vec(a * b), InvSigma: pos(a * b), Neighbour: dbl(batch * b * b), C: dbl(batch * a * a)}),
		newOperation(d.ExpectedPairs, kernels.ExpectedPairs{Batch: batch, Rows: a, Cols: b, Below: true, W: vec(batch * a * b), StrideW: a * b, Mu: vec(a * b), InvSigma: pos(a * b), Neighbour: dbl(batch * a * a), C: dbl(batch * b * b)}),
		newOperation(d.CombineSigns, kernels.CombineSigns{Batch: batch, N: b, Positive: dbl(batch * b * b), Negative: dbl(batch * b * b), Offset: 1, Correction: dbl(batch)}),
		newOperation(d.SplitSigns, kernels.SplitSigns{Batch: batch, N: b, Shares: dbl(batch * b * b), Coefficients: vec(batch * b * b), Negative: vec(batch * b * b)}),
		newOperation(d.ImportanceAverage, kernels.ImportanceAverage{Batch: batch, K: rows, Logs: dbl(batch * rows), LogProposal: dbl(batch * rows), LogOrder: 3, Weights: dbl(batch * rows), Lower: dbl(batch), Upper: dbl(batch), Spread: dbl(batch)}),
		newOperation(d.KLGaussian, kernels.KLGaussian{N: n, Mu: vec(n), Sigma: pos(n), InvPrior: pos(n), Weight: 1, KL: dbl(1), DMu: vec(n), DSigma: vec(n)}),
		newOperation(d.GaussianScaleNLL, kernels.GaussianScaleNLL{Batch: batch, Rows: rows, Targets: 3, Mean: vec(batch*rows*4 - 1), StrideMean: 4, Raw: vec(batch*rows*5 - 2), StrideRaw: 5, Target: vec(rows * 3),
			Loss: vec(batch * rows), GradMean: vec(batch * rows * 3), StrideGradMean: 3, GradRaw: vec(batch*rows*6 - 3), StrideGradRaw: 6, Scale: 0.1}),
		newOperation(d.GaussianScaleNLL, kernels.GaussianScaleNLL{Batch: batch, Rows: rows, Targets: 3, Mean: vec(batch * rows * 3), StrideMean: 3, Raw: vec(3), Target: vec(rows * 3),
			Loss: vec(batch * rows), GradMean: vec(batch * rows * 3), StrideGradMean: 3, GradRaw: vec(batch * rows * 3), StrideGradRaw: 3, Scale: 0.1}),
		newOperation(func(s kernels.GaussianStep) { kernels.RunGaussianStep(d, s) }, kernels.GaussianStep{N: n, Extra: 3, Samples: batch, Key: kernels.Key{Seed: 1}, DW: vec(batch * n), PriorStd: 0.7, Weight: 1, KL: dbl(1), HeldHi: 7,
			X: vec(2*n + 3), M: vec(2*n + 3), V: pos(2*n + 3), Grad: vec(2*n + 3), LR: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Step: 7, Sigma: pos(n), InvSigma: pos(n), Next: kernels.Key{Seed: 2}, W: vec(batch * n)}),
		newOperation(d.(kernels.Bytes).GatherBytes, kernels.GatherBytes{Rows: 3, Cols: n, SrcRows: 2, Index: m.i32([]int32{1, 0, 1}), Src: d.(kernels.Bytes).Uint8(2 * n), Table: vec(256), Dst: vec(3 * n)}),
		newOperation(d.ImportanceAverage, kernels.ImportanceAverage{Batch: batch, K: rows, N: 20, C: dbl(batch * 400), Perms: m.i32(m.permutations(batch*rows, rows, 20)),
			Logs: dbl(batch * rows), LogProposal: dbl(batch * rows), LogOrder: 3, Weights: dbl(batch * rows), Lower: dbl(batch), Upper: dbl(batch), Spread: dbl(batch)}),
	}
}

func TestOperationsComplete(t *testing.T) {
	have := map[string]bool{}
	for _, o := range operations(newCPU(t, "", 1), 100) {
		have[o.name()] = true
	}
	for _, name := range kerneltest.OperationNames() {
		if !have[name] {
			t.Errorf("operations lacks %s", name)
		}
	}
}

func TestAllocations(t *testing.T) {
	for _, isa := range cpu.ISAsToTest() {
		for _, threads := range []int{1, 3} {
			for _, o := range operations(newCPU(t, isa, threads), 9000) {
				if allocs := testing.AllocsPerRun(3, o.run); allocs != 0 {
					t.Errorf("%s, %d threads: %s allocates %v times", isa, threads, o.name(), allocs)
				}
			}
		}
	}
}

// TestThreads checks that results do not depend on the number of threads.
func TestThreads(t *testing.T) {
	one := operations(newCPU(t, "", 1), 9000)
	for _, o := range one {
		o.run()
	}
	for _, threads := range []int{2, 5, 16} {
		for i, o := range operations(newCPU(t, "", threads), 9000) {
			o.run()
			want := one[i].contents(t)
			for name, got := range o.contents(t) {
				if got != want[name] {
					t.Errorf("%s: %s differs between 1 and %d threads", o.name(), name, threads)
				}
			}
		}
	}
}

// message is the text of f's panic.
func message(f func()) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = fmt.Sprint(r)
		}
	}()
	f()
	return "no panic"
}

// TestMisuse spoils every argument of every operation in turn.
func TestMisuse(t *testing.T) {
	optional := []string{"Gemm.Bias", "Permanent.Coefficients", "KLGaussian.InvPrior", "ImportanceAverage.Perms"}
	unchecked := []string{"GatherLabels.Src"} // its length is what the indices may reach
	for _, o := range operations(newCPU(t, "", 2), 200) {
		before := o.contents(t)
		v := reflect.ValueOf(o.op)
		spoil := func(field int, what string, value reflect.Value, want ...string) {
			t.Helper()
			op := reflect.New(v.Type()).Elem()
			op.Set(v)
			op.Field(field).Set(value)
			got := message(func() { o.with(op.Interface()) })
			for _, w := range append(want, "kernels: "+o.name()+": ") {
				if !strings.Contains(got, w) {
					t.Errorf("%s with %s: message %q does not contain %q", o.name(), what, got, w)
				}
			}
			for name, now := range o.contents(t) {
				if now != before[name] {
					t.Errorf("%s with %s modified %s", o.name(), what, name)
				}
			}
		}
		for i := range v.NumField() {
			f, name := v.Field(i), v.Type().Field(i).Name
			full := o.name() + "." + name
			switch {
			case f.Kind() == reflect.Int:
				spoil(i, name+" = −1", reflect.ValueOf(-1).Convert(f.Type()))
			case f.Kind() == reflect.Interface && !f.IsNil():
				length := int(f.MethodByName("Len").Call(nil)[0].Int())
				short := f.MethodByName("Slice").Call([]reflect.Value{reflect.ValueOf(0), reflect.ValueOf(length - 1)})[0]
				if !slices.Contains(unchecked, full) {
					spoil(i, "a short "+name, short, name, fmt.Sprintf("%d elements", length-1), fmt.Sprintf("needs %d", length))
				}
				if !slices.Contains(optional, full) && o.name() != "Sum" {
					spoil(i, "no "+name, reflect.Zero(f.Type()), name+" is missing")
				}
			}
		}
	}
}

// TestMisuseArguments has the mistakes that TestMisuse cannot make.
func TestMisuseArguments(t *testing.T) {
	d := newCPU(t, "", 2)
	f, f64, i32 := d.Float32(64), d.Float64(64), d.Int32(64)
	bad := d.Int32(3)
	bad.Upload([]int32{0, 2, 5})
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	kl := kernels.KLGaussian{N: 1, Mu: f, Sigma: f, KL: f64, DMu: f, DSigma: f}
	klWeight := kernels.KLGaussian{N: 1, Mu: f, Sigma: f, PriorStd: 1, KL: f64, DMu: f, DSigma: f}
	scaleNLL := kernels.GaussianScaleNLL{Batch: 1, Rows: 2, Targets: 2, Mean: f, Raw: f, Target: f, Loss: f, GradMean: f, GradRaw: f, StrideGradMean: 2, StrideGradRaw: 2}
	nll := kernels.GaussianNLL{Batch: 1, Rows: 1, Outputs: 1, Prediction: f, Target: f, Loss: f, Grad: f}
	gemm := kernels.Gemm{Batch: 1, M: 2, N: 3, K: 4, A: f, LDA: 4, B: f, LDB: 3, C: f, LDC: 3}
	with := func(change func(g *kernels.Gemm)) func() {
		g := gemm
		change(&g)
		return func() { d.Gemm(g) }
	}
	for _, c := range []struct {
		run  func()
		want []string
	}{
		{func() { d.Float32(-1) }, []string{"-1 elements"}},
		{func() { f.Slice(3, 2) }, []string{"[3:2)", "64"}},
		{func() { f.Slice(-1, 2) }, []string{"[-1:2)", "64"}},
		{func() { f.Slice(0, 65) }, []string{"[0:65)", "64"}},
		{func() { f.Upload(make([]float32, 63)) }, []string{"Upload", "63", "64"}},
		{func() { _ = f.Download(make([]float32, 65)) }, []string{"Download", "65", "64"}},
		{func() { d.Sum(kernels.Sum{Batch: 1, N: 64, Dst: f64}) }, []string{"Sum: Src is missing", "64"}},
		{func() { d.Unary(kernels.Unary{Function: -1, N: 1, Src: f, Dst: f}) }, []string{"Unary", "unknown function -1"}},
		{func() { d.ActivationGrad(kernels.ActivationGrad{Activation: 3, Y: f, DY: f, DX: f}) }, []string{"ActivationGrad", "unknown activation 3"}},
		{func() { d.Accumulate(kernels.Accumulate{Kind: 2, Src: f, State: f64}) }, []string{"Accumulate", "unknown kind 2"}},
		{func() { d.Adam(kernels.Adam{N: 1, X: f, M: f, V: f, Grad: f}) }, []string{"Adam", "step 0"}},
		{func() { kl.PriorStd = 0; d.KLGaussian(kl) }, []string{"KLGaussian", "0"}},
		{func() { kl.PriorStd = -1; d.KLGaussian(kl) }, []string{"KLGaussian", "-1"}},
		{func() { kl.PriorStd = inf; d.KLGaussian(kl) }, []string{"KLGaussian", "+Inf"}},
		{func() { kl.PriorStd = nan; d.KLGaussian(kl) }, []string{"KLGaussian", "NaN"}},
		{func() { klWeight.Weight = -1; d.KLGaussian(klWeight) }, []string{"KLGaussian", "weight -1"}},
		{func() { klWeight.Weight = inf; d.KLGaussian(klWeight) }, []string{"KLGaussian", "weight +Inf"}},
		{func() { klWeight.Weight = nan; d.KLGaussian(klWeight) }, []string{"KLGaussian", "weight NaN"}},
		{func() { s := scaleNLL; s.StrideGradMean = 1; d.GaussianScaleNLL(s) }, []string{"GaussianScaleNLL", "GradMean overlap", "1"}},
		{func() { s := scaleNLL; s.StrideGradRaw = 0; d.GaussianScaleNLL(s) }, []string{"GaussianScaleNLL", "GradRaw overlap", "0"}},
		{func() { d.GaussianNLL(nll) }, []string{"GaussianNLL", "noise 0"}},
		{func() { nll.Noise = inf; d.GaussianNLL(nll) }, []string{"GaussianNLL", "+Inf"}},
		{func() { nll.Noise = nan; d.GaussianNLL(nll) }, []string{"GaussianNLL", "NaN"}},
		{func() { d.Softmax(kernels.Softmax{Rows: 2, Src: f, Dst: f}) }, []string{"Softmax", "0 classes"}},
		{func() {
			d.SoftmaxCrossEntropy(kernels.SoftmaxCrossEntropy{Batch: 1, Rows: 2, Logits: f, Labels: i32, Loss: f, Grad: f})
		}, []string{"SoftmaxCrossEntropy", "0 classes"}},
		{func() {
			d.SoftmaxCrossEntropy(kernels.SoftmaxCrossEntropy{Batch: 1, Rows: 3, Classes: 5, Logits: f, Labels: bad, Loss: f, Grad: f})
		}, []string{"SoftmaxCrossEntropy", "label 5 of row 2", "0 … 4"}},
		{func() { d.GatherRows(kernels.GatherRows{Rows: 3, Cols: 2, SrcRows: 5, Index: bad, Src: f, Dst: f}) }, []string{"GatherRows", "Index[2] = 5", "0 … 4"}},
		{func() {
			bytes := d.(kernels.Bytes)
			bytes.GatherBytes(kernels.GatherBytes{Rows: 3, Cols: 2, SrcRows: 5, Index: bad, Src: bytes.Uint8(10), Table: d.Float32(256), Dst: f})
		}, []string{"GatherBytes", "Index[2] = 5", "0 … 4"}},
		{func() {
			d.GatherLabels(kernels.GatherLabels{N: 3, Index: bad, Src: i32.Slice(0, 5), Dst: i32.Slice(10, 20)})
		}, []string{"GatherLabels", "Index[2] = 5", "0 … 4"}},
		{func() {
			d.PermutationAverage(kernels.PermutationAverage{Batch: 1, Logs: f64, Weights: f64, Information: f64})
		}, []string{"PermutationAverage", "K = 0"}},
		{func() { d.ImportanceAverage(kernels.ImportanceAverage{Batch: 1, K: 1}) }, []string{"ImportanceAverage", "K = 1"}},
		{func() { d.ProposePermutations(kernels.ProposePermutations{Batch: -1, K: -1, N: 1, C: f64}) }, []string{"ProposePermutations", "negative"}},
		{func() { d.Permanent(kernels.Permanent{Batch: 1, C: f64, Information: f64}) }, []string{"Permanent", "N = 0"}},
		{func() { d.Permanent(kernels.Permanent{Batch: 1, N: 23, C: f64, Information: f64}) }, []string{"Permanent", "N = 23", "22"}},
		{func() { d.RandomPermutations(kernels.RandomPermutations{Batch: -1, Count: -1, N: 4, Dst: i32}) }, []string{"RandomPermutations", "Dst", "-1"}},
		{func() {
			d.SumRows(kernels.SumRows{Batch: 2, Rows: 1, Cols: 4, X: f, Dst: f, StrideDst: 3})
		}, []string{"SumRows", "Dst overlap", "3"}},
		{func() {
			d.Copy2D(kernels.Copy2D{Batch: 2, Rows: 2, Cols: 2, Src: f, Dst: f, DstRow: 2, DstCol: 1})
		}, []string{"Copy2D", "Dst overlap"}},
		{func() {
			d.PermutedGrad(kernels.PermutedGrad{Batch: 2, K: 1, Rows: 2, Cols: 2, W: f, DW: f, StrideW: 3, Mu: f, InvSigma: f, RowPerms: i32, ColPerms: i32, Weights: f64})
		}, []string{"PermutedGrad", "DW overlap", "3"}},
		{with(func(g *kernels.Gemm) { g.LDA = 3 }), []string{"Gemm: A", "leading dimension 3", "2×4"}},
		{with(func(g *kernels.Gemm) { g.LDB = 2 }), []string{"Gemm: B", "leading dimension 2", "4×3"}},
		{with(func(g *kernels.Gemm) { g.LDC = 2 }), []string{"Gemm: C", "leading dimension 2", "2×3"}},
		{with(func(g *kernels.Gemm) { g.Batch = 2; g.StrideC = 5 }), []string{"Gemm", "C overlap", "5"}},
		{with(func(g *kernels.Gemm) { g.Transpose = 3 }), []string{"Gemm", "unknown transpose 3"}},
		{with(func(g *kernels.Gemm) { g.Activation = 3 }), []string{"Gemm", "unknown activation 3"}},
		{func() { d.Unary(kernels.Unary{N: 64, Src: foreign{f}, Dst: f}) }, []string{"foreign", "its own buffers"}},
	} {
		got := message(c.run)
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("message %q does not contain %q", got, w)
			}
		}
	}
	for _, x := range read(t, f) {
		if x != 0 {
			t.Fatal("misuse modified a buffer")
		}
	}
}

// foreign is another device's buffer.
type foreign struct{ kernels.F32 }

func TestNewCPUErrors(t *testing.T) {
	for _, c := range []struct {
		o    cpu.Options
		env  string
		want []string
	}{
		{cpu.Options{Threads: -1}, "", []string{"threads", "-1"}},
		{cpu.Options{ISA: "mmx"}, "", []string{"ISA option", `"mmx"`, "portable"}},
		{cpu.Options{}, "sse", []string{"SYMVI_ISA", `"sse"`, "portable"}},
	} {
		if c.env != "" {
			t.Setenv("SYMVI_ISA", c.env)
		}
		_, err := cpu.New(c.o)
		for _, w := range c.want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%+v: error %v does not contain %q", c.o, err, w)
			}
		}
	}
	t.Setenv("SYMVI_ISA", "portable")
	if d := newCPU(t, "", 3); d.Name() != "cpu (portable, 3 threads)" {
		t.Errorf("name is %q", d.Name())
	}
}
