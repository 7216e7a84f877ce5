package kerneltest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// Case is a call of an operation with valid arguments, whose buffers are exactly as long as needed.
type Case struct {
	Op   any
	Run  func()
	With func(op any) // Run with other arguments
}

func newCase[T any](f func(T), op T) Case {
	return Case{op, func() { f(op) }, func(other any) { f(other.(T)) }}
}

// Name is the operation's.
func (o Case) Name() string { return reflect.TypeOf(o.Op).Name() }

// Free frees the buffers.
func (o Case) Free() {
	for _, b := range o.buffers() {
		b.(interface{ Free() }).Free()
	}
}

// buffers are the operation's buffers by field.
func (o Case) buffers() map[string]any {
	m := map[string]any{}
	v := reflect.ValueOf(o.Op)
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Interface && !f.IsNil() {
			m[v.Type().Field(i).Name] = f.Interface()
		}
	}
	return m
}

// Contents prints the bits of all buffers.
func (o Case) Contents(t testing.TB) map[string]string {
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

// Memory uploads to a device and draws numbers, the same on every platform: those of
// package rand would not be, because math.Exp is not.
type Memory struct {
	d    kernels.Device
	Rand *rand.Rand // of integers
	key  *kernels.Key
}

// NewMemory draws the same numbers every time.
func NewMemory(d kernels.Device) Memory {
	return Memory{d, rand.New(rand.NewPCG(1, 2)), &kernels.Key{Seed: 3}}
}

// F32 uploads numbers.
func (m Memory) F32(x []float32) kernels.F32 {
	b := m.d.Float32(len(x))
	b.Upload(x)
	return b
}

// F64 uploads numbers.
func (m Memory) F64(x []float64) kernels.F64 {
	b := m.d.Float64(len(x))
	b.Upload(x)
	return b
}

// I32 uploads numbers.
func (m Memory) I32(x []int32) kernels.I32 {
	b := m.d.Int32(len(x))
	b.Upload(x)
	return b
}

// Normal draws N(mean, std²).
func (m Memory) Normal(n int, mean, std float64) []float32 {
	x := make([]float32, n)
	m.key.Normals(x, 0)
	m.key.Step++
	for i, z := range x {
		x[i] = float32(mean + float64(std*float64(z)))
	}
	return x
}

// Normal64 draws N(0, std²).
func (m Memory) Normal64(n int, std float64) []float64 {
	x := make([]float64, n)
	for i, z := range m.Normal(n, 0, 1) {
		x[i] = std * float64(z)
	}
	return x
}

// Scales draws e^N(0, spread²).
func (m Memory) Scales(n int, spread float64) []float32 {
	x := m.Normal(n, 0, spread)
	for i, z := range x {
		x[i] = ref.Exp(z)
	}
	return x
}

// Permutations draws permutations; the first of every k is the identity.
func (m Memory) Permutations(count, k, n int) []int32 {
	var x []int32
	for t := range count {
		for i, j := range m.Rand.Perm(n) {
			if t%k == 0 {
				j = i
			}
			x = append(x, int32(j))
		}
	}
	return x
}

// Cases has every operation of a device at least once; n is the length of long vectors.
func Cases(d kernels.Device, n int) []Case {
	m := NewMemory(d)
	vec := func(n int) kernels.F32 { return m.F32(m.Normal(n, 0, 1)) }
	pos := func(n int) kernels.F32 { return m.F32(m.Scales(n, 1)) }
	dbl := func(n int) kernels.F64 { return m.F64(m.Normal64(n, 1)) }
	index := func(n, limit int) kernels.I32 {
		x := make([]int32, n)
		for i := range x {
			x[i] = int32(i * 7 % limit)
		}
		return m.I32(x)
	}
	const batch, k, a, b = 3, 4, 5, 6
	rows := n / 50
	all := []Case{
		newCase(d.Gemm, kernels.Gemm{Batch: 2, M: rows, N: 40, K: 30, A: vec(2 * rows * 30), LDA: 30, StrideA: rows * 30, B: vec(2 * 30 * 40), LDB: 40, StrideB: 30 * 40,
			C: vec(2 * rows * 40), LDC: 40, StrideC: rows * 40, Bias: vec(80), StrideBias: 40, Activation: kernels.Tanh}),
		newCase(d.Gemm, kernels.Gemm{Transpose: kernels.NT, Batch: 2, M: rows, N: 40, K: 30, A: vec(2 * rows * 30), LDA: 30, StrideA: rows * 30, B: vec(2 * 30 * 40), LDB: 30, StrideB: 30 * 40,
			C: vec(2 * rows * 40), LDC: 40, StrideC: rows * 40, Bias: vec(80), StrideBias: 40, Activation: kernels.ReLU}),
		newCase(d.Gemm, kernels.Gemm{Transpose: kernels.TN, Batch: 2, M: 30, N: 40, K: rows, A: vec(2 * rows * 30), LDA: 30, StrideA: rows * 30, B: vec(2 * rows * 40), LDB: 40, StrideB: rows * 40,
			C: vec(2 * 30 * 40), LDC: 40, StrideC: 30 * 40, Bias: vec(40)}),
		newCase(d.ActivationGrad, kernels.ActivationGrad{Activation: kernels.Tanh, N: n, Y: vec(n), DY: vec(n), DX: vec(n)}),
		newCase(d.SumRows, kernels.SumRows{Batch: batch, Rows: rows, Cols: 30, X: vec(batch * rows * 30), Dst: vec(batch * 30), StrideDst: 30}),
		newCase(d.Unary, kernels.Unary{Function: kernels.Softplus, N: n, Src: vec(n), Dst: vec(n)}),
		newCase(d.Copy2D, kernels.Copy2D{Batch: batch, Rows: rows, Cols: 20, Src: vec(batch * rows * 20), StrideSrc: rows * 20, SrcRow: 20, SrcCol: 1,
			Dst: vec(batch * rows * 20), StrideDst: rows * 20, DstRow: 1, DstCol: rows, Accumulate: true, Scale: 0.5}),
		newCase(d.GatherRows, kernels.GatherRows{Rows: rows, Cols: 20, SrcRows: 11, Index: index(rows, 11), Src: vec(220), Dst: vec(rows * 20)}),
		newCase(d.GatherLabels, kernels.GatherLabels{N: n, Index: index(n, 100), Src: index(100, 10), Dst: index(n, 3)}),
		newCase(d.SoftmaxCrossEntropy, kernels.SoftmaxCrossEntropy{Batch: batch, Rows: rows, Classes: 300, Logits: vec(batch * rows * 300), Labels: index(rows, 300),
			Loss: vec(batch * rows), Grad: vec(batch * rows * 300), Scale: 0.1}),
		newCase(d.GaussianNLL, kernels.GaussianNLL{Batch: batch, Rows: rows, Outputs: 3, Prediction: vec(batch * rows * 3), Target: vec(rows * 3), Noise: 0.7,
			Loss: vec(batch * rows), Grad: vec(batch * rows * 3), Scale: 0.1}),
		newCase(d.Softmax, kernels.Softmax{Rows: rows, Classes: 300, Src: vec(rows * 300), Dst: vec(rows * 300)}),
		newCase(d.Sum, kernels.Sum{Batch: batch, N: n, Src: vec(batch * n), Dst: dbl(batch), Scale: 2}),
		newCase(d.Sum, kernels.Sum{Batch: batch, N: n, Src64: dbl(batch * n), Dst: dbl(batch), Scale: 2, Accumulate: true}),
		newCase(d.Accumulate, kernels.Accumulate{Kind: kernels.SumOfSamples, Samples: batch, N: n, Src: vec(batch * n), State: dbl(n)}),
		newCase(d.Accumulate, kernels.Accumulate{Kind: kernels.LogSumExpOfNegated, Samples: batch, N: n, Src: vec(batch * n), State: dbl(2 * n), First: true}),
		newCase(d.GaussianScale, kernels.GaussianScale{N: n, Rho: vec(n), Sigma: vec(n), InvSigma: vec(n)}),
		newCase(d.GaussianScaleGrad, kernels.GaussianScaleGrad{N: n, DSigma: vec(n), Rho: vec(n), DRho: vec(n)}),
		newCase(d.SampleGaussian, kernels.SampleGaussian{Key: kernels.Key{Seed: 1}, Samples: batch, N: n, Mu: vec(n), Sigma: pos(n), W: vec(batch * n)}),
		newCase(d.SampleGaussianGrad, kernels.SampleGaussianGrad{Key: kernels.Key{Seed: 1}, Samples: batch, N: n, DW: vec(batch * n), DMu: vec(n), DSigma: vec(n)}),
		newCase(d.KLGaussian, kernels.KLGaussian{N: n, Mu: vec(n), Sigma: pos(n), PriorStd: 0.7, Weight: 1, KL: dbl(1), DMu: vec(n), DSigma: vec(n)}),
		newCase(d.Adam, kernels.Adam{N: n, X: vec(n), M: vec(n), V: pos(n), Grad: vec(n), LR: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Step: 1000}),
		newCase(d.PairLogDensity, kernels.PairLogDensity{Batch: batch, N: a, D: n / 10, W: vec(batch * a * (n / 10)), Mu: vec(a * (n / 10)), InvSigma: pos(a * (n / 10)), C: dbl(batch * a * a)}),
		newCase(d.PairGrad, kernels.PairGrad{Batch: batch, N: a, D: n / 10, Coefficients: vec(batch * a * a), W: vec(batch * a * (n / 10)), Mu: vec(a * (n / 10)), InvSigma: pos(a * (n / 10)), DW: vec(batch * a * (n / 10))}),
		newCase(d.RandomPermutations, kernels.RandomPermutations{Key: kernels.Key{Seed: 1}, Batch: batch, Count: rows, N: 50, IdentityFirst: true, Dst: m.I32(make([]int32, batch*rows*50))}),
		newCase(d.PermutationLogDensity, kernels.PermutationLogDensity{Batch: batch, K: rows, N: 20, C: dbl(batch * 400), Perms: m.I32(m.Permutations(batch*rows, rows, 20)), Logs: dbl(batch * rows)}),
		newCase(d.PermutedLogDensity, kernels.PermutedLogDensity{Batch: batch, K: rows, Rows: a, Cols: b, W: vec(batch * a * b), StrideW: a * b, Mu: vec(a * b), InvSigma: pos(a * b),
			RowPerms: m.I32(m.Permutations(batch*rows, rows, a)), ColPerms: m.I32(m.Permutations(batch*rows, rows, b)), Logs: dbl(batch * rows)}),
		newCase(d.PermutedGrad, kernels.PermutedGrad{Batch: batch, K: k, Rows: a, Cols: b, W: vec(batch * a * b), DW: vec(batch * a * b), StrideW: a * b, Mu: vec(a * b), InvSigma: pos(a * b),
			RowPerms: m.I32(m.Permutations(batch*k, k, a)), ColPerms: m.I32(m.Permutations(batch*k, k, b)), Weights: dbl(batch * k), Scale: 0.3}),
		newCase(d.PermutationAverage, kernels.PermutationAverage{Batch: batch, K: rows, Logs: dbl(batch * rows), Weights: dbl(batch * rows), Information: dbl(batch)}),
		newCase(d.PermutationMarginals, kernels.PermutationMarginals{Batch: batch, K: k, N: b, Weights: dbl(batch * k), Perms: m.I32(m.Permutations(batch*k, k, b)), Coefficients: vec(batch * b * b)}),
		newCase(d.Permanent, kernels.Permanent{Batch: batch, N: b, C: dbl(batch * b * b), Information: dbl(batch), Coefficients: vec(batch * b * b)}),
		newCase(d.ProposePermutations, kernels.ProposePermutations{Key: kernels.Key{Seed: 1}, Batch: batch, K: rows, N: 20, Sweep: 8, C: dbl(batch * 400), Perms: m.I32(make([]int32, batch*rows*20)), LogProposal: dbl(batch * rows)}),
		newCase(d.ProposePermutations, kernels.ProposePermutations{Key: kernels.Key{Seed: 1}, Batch: batch, K: k, N: 20, Sweep: 1, First: 2, C: dbl(batch * k * 400), PerPermutation: true, Perms: m.I32(make([]int32, batch*k*20)), LogProposal: dbl(batch * k), Accumulate: true}),
		newCase(d.ProposePermutations, kernels.ProposePermutations{Key: kernels.Key{Seed: 1}, Batch: batch, K: k, N: 20, C: dbl(batch * 3 * 400), Components: 3, Perms: m.I32(make([]int32, batch*k*20)), LogProposal: dbl(batch * k)}),
		newCase(d.ConditionalPairs, kernels.ConditionalPairs{Batch: batch, K: rows, Rows: a, Cols: b, W: vec(batch * a * b), StrideW: a * b, Mu: vec(a * b), InvSigma: pos(a * b),
			Perms: m.I32(m.Permutations(batch*rows, rows, b)), Base: dbl(batch * a * a), C: dbl(batch * rows * a * a)}),
		newCase(d.ExpectedPairs, kernels.ExpectedPairs{Batch: batch, Rows: a, Cols: b, W: vec(batch * a * b), StrideW: a * b, Mu: vec(a * b), InvSigma: pos(a * b), Neighbor: dbl(batch * b * b), C: dbl(batch * a * a)}),
		newCase(d.ExpectedPairs, kernels.ExpectedPairs{Batch: batch, Rows: a, Cols: b, Below: true, W: vec(batch * a * b), StrideW: a * b, Mu: vec(a * b), InvSigma: pos(a * b), Neighbor: dbl(batch * a * a), C: dbl(batch * b * b)}),
		newCase(d.CombineSigns, kernels.CombineSigns{Batch: batch, N: b, Positive: dbl(batch * b * b), Negative: dbl(batch * b * b), Offset: 1, Correction: dbl(batch)}),
		newCase(d.SplitSigns, kernels.SplitSigns{Batch: batch, N: b, Shares: dbl(batch * b * b), Coefficients: vec(batch * b * b), Negative: vec(batch * b * b)}),
		newCase(d.ImportanceAverage, kernels.ImportanceAverage{Batch: batch, K: rows, Logs: dbl(batch * rows), LogProposal: dbl(batch * rows), LogOrder: 3, Weights: dbl(batch * rows), Lower: dbl(batch), Upper: dbl(batch), Spread: dbl(batch)}),
		newCase(d.KLGaussian, kernels.KLGaussian{N: n, Mu: vec(n), Sigma: pos(n), InvPrior: pos(n), Weight: 1, KL: dbl(1), DMu: vec(n), DSigma: vec(n)}),
		newCase(d.GaussianScaleNLL, kernels.GaussianScaleNLL{Batch: batch, Rows: rows, Targets: 3, Mean: vec(batch*rows*4 - 1), StrideMean: 4, Raw: vec(batch*rows*5 - 2), StrideRaw: 5, Target: vec(rows * 3),
			Loss: vec(batch * rows), GradMean: vec(batch * rows * 3), StrideGradMean: 3, GradRaw: vec(batch*rows*6 - 3), StrideGradRaw: 6, Scale: 0.1}),
		newCase(d.GaussianScaleNLL, kernels.GaussianScaleNLL{Batch: batch, Rows: rows, Targets: 3, Mean: vec(batch * rows * 3), StrideMean: 3, Raw: vec(3), Target: vec(rows * 3),
			Loss: vec(batch * rows), GradMean: vec(batch * rows * 3), StrideGradMean: 3, GradRaw: vec(batch * rows * 3), StrideGradRaw: 3, Scale: 0.1}),
		newCase(func(s kernels.GaussianStep) { kernels.RunGaussianStep(d, s) }, kernels.GaussianStep{N: n, Extra: 3, Samples: batch, Key: kernels.Key{Seed: 1}, DW: vec(batch * n), PriorStd: 0.7, Weight: 1, KL: dbl(1), HeldHi: 7,
			X: vec(2*n + 3), M: vec(2*n + 3), V: pos(2*n + 3), Grad: vec(2*n + 3), LR: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Step: 7, Sigma: pos(n), InvSigma: pos(n), Next: kernels.Key{Seed: 2}, W: vec(batch * n),
			Minibatch: minibatchCase(d)}),
	}
	if bytes, ok := d.(kernels.Bytes); ok {
		all = append(all, newCase(bytes.GatherBytes, kernels.GatherBytes{Rows: 3, Cols: n, SrcRows: 2, Index: m.I32([]int32{1, 0, 1}), Src: bytes.Uint8(2 * n), Table: vec(256), Dst: vec(3 * n)}))
	}
	return append(all,
		newCase(d.ImportanceAverage, kernels.ImportanceAverage{Batch: batch, K: rows, N: 20, C: dbl(batch * 400), Perms: m.I32(m.Permutations(batch*rows, rows, 20)),
			Logs: dbl(batch * rows), LogProposal: dbl(batch * rows), LogOrder: 3, Weights: dbl(batch * rows), Lower: dbl(batch), Upper: dbl(batch), Spread: dbl(batch)}))
}

// minibatchCase draws numbers of its own: those of the cases above stay what digests say.
func minibatchCase(d kernels.Device) kernels.Minibatch {
	m := NewMemory(d)
	vec := func(n int) kernels.F32 { return m.F32(m.Normal(n, 0, 1)) }
	return kernels.Minibatch{Rows: 3, SrcRows: 2, Index: m.I32([]int32{1, 0, 1}), Cols: 9, X: vec(18),
		DstX: vec(27), Targets: vec(4), TargetCols: 2, DstTargets: vec(6)}
}

func read[T kernels.Element](t testing.TB, b kernels.Buffer[T]) []T {
	t.Helper()
	x, err := kernels.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
