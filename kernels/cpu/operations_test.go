package cpu_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

func TestAllocations(t *testing.T) {
	for _, isa := range cpu.ISAsToTest() {
		for _, threads := range []int{1, 3} {
			for _, o := range kernelcase.All(newCPU(t, isa, threads), kernelcase.Small(9000)) {
				if allocs := allocations(o.Run); allocs != 0 {
					t.Errorf("%s, %d threads: %s allocates %v times", isa, threads, o.Name(), allocs)
				}
			}
		}
	}
}

// allocations is the least of several measurements: a helper that comes for the first time on a
// busy machine still makes its scratch.
func allocations(f func()) (least float64) {
	for range 10 {
		if least = testing.AllocsPerRun(3, f); least == 0 {
			break
		}
	}
	return least
}

// TestThreads checks that results do not depend on the number of threads.
func TestThreads(t *testing.T) {
	one := kernelcase.All(newCPU(t, "", 1), kernelcase.Small(9000))
	for _, o := range one {
		o.Run()
	}
	for _, threads := range []int{2, 5, 16} {
		for i, o := range kernelcase.All(newCPU(t, "", threads), kernelcase.Small(9000)) {
			o.Run()
			want := one[i].Contents(t)
			for name, got := range o.Contents(t) {
				if got != want[name] {
					t.Errorf("%s: %s differs between 1 and %d threads", o.Name(), name, threads)
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
	optional := []string{"Gemm.Bias", "Permanent.Coefficients", "KLGaussian.InvPrior",
		"ImportanceAverage.Perms", "ImportanceLayer.Coefficients", "GaussianScale.InvSigma",
		"GaussianStep.InvSigma"}
	unchecked := []string{"GatherLabels.Src"} // its length is what the indices may reach
	for _, o := range kernelcase.All(newCPU(t, "", 2), kernelcase.Small(200)) {
		before := o.Contents(t)
		v := reflect.ValueOf(o.Op)
		spoil := func(field int, what string, value reflect.Value, want ...string) {
			t.Helper()
			op := reflect.New(v.Type()).Elem()
			op.Set(v)
			op.Field(field).Set(value)
			got := message(func() { o.With(op.Interface()) })
			for _, w := range append(want, "kernels: "+o.Name()+": ") {
				if !strings.Contains(got, w) {
					t.Errorf("%s with %s: message %q does not contain %q", o.Name(), what, got, w)
				}
			}
			for name, now := range o.Contents(t) {
				if now != before[name] {
					t.Errorf("%s with %s modified %s", o.Name(), what, name)
				}
			}
		}
		for i := range v.NumField() {
			f, name := v.Field(i), v.Type().Field(i).Name
			full := o.Name() + "." + name
			switch {
			case f.Kind() == reflect.Int:
				spoil(i, name+" = −1", reflect.ValueOf(-1).Convert(f.Type()))
			case f.Kind() == reflect.Interface && !f.IsNil():
				length := int(f.MethodByName("Len").Call(nil)[0].Int())
				short := f.MethodByName("Slice").Call([]reflect.Value{reflect.ValueOf(0),
					reflect.ValueOf(length - 1)})[0]
				if !slices.Contains(unchecked, full) {
					spoil(i, "a short "+name, short, name, fmt.Sprintf("%d elements", length-1),
						fmt.Sprintf("needs %d", length))
				}
				if !slices.Contains(optional, full) && o.Name() != "Sum" {
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
	scaleNLL := kernels.GaussianScaleNLL{Batch: 1, Rows: 2, Targets: 2, Mean: f, Raw: f, Target: f,
		Loss: f, GradMean: f, GradRaw: f, StrideGradMean: 2, StrideGradRaw: 2}
	nll := kernels.GaussianNLL{Batch: 1, Rows: 1, Outputs: 1, Prediction: f, Target: f,
		Loss: f, Grad: f}
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
		{func() {
			d.Unary(kernels.Unary{Function: -1, N: 1, Src: f, Dst: f})
		}, []string{"Unary", "unknown function -1"}},
		{func() {
			d.ActivationGrad(kernels.ActivationGrad{Activation: 3, Y: f, DY: f, DX: f})
		}, []string{"ActivationGrad", "unknown activation 3"}},
		{func() {
			d.Accumulate(kernels.Accumulate{Kind: 2, Src: f, State: f64})
		}, []string{"Accumulate", "unknown kind 2"}},
		{func() { d.Adam(kernels.Adam{N: 1, X: f, M: f, V: f, Grad: f}) }, []string{"Adam", "step 0"}},
		{func() { kl.PriorStd = 0; d.KLGaussian(kl) }, []string{"KLGaussian", "0"}},
		{func() { kl.PriorStd = -1; d.KLGaussian(kl) }, []string{"KLGaussian", "-1"}},
		{func() { kl.PriorStd = inf; d.KLGaussian(kl) }, []string{"KLGaussian", "+Inf"}},
		{func() { kl.PriorStd = nan; d.KLGaussian(kl) }, []string{"KLGaussian", "NaN"}},
		{func() { klWeight.Weight = -1; d.KLGaussian(klWeight) }, []string{"KLGaussian", "weight -1"}},
		{func() { klWeight.Weight = inf; d.KLGaussian(klWeight) }, []string{"KLGaussian", "weight +Inf"}},
		{func() { klWeight.Weight = nan; d.KLGaussian(klWeight) }, []string{"KLGaussian", "weight NaN"}},
		{func() {
			s := scaleNLL
			s.StrideGradMean = 1
			d.GaussianScaleNLL(s)
		}, []string{"GaussianScaleNLL", "GradMean overlap", "1"}},
		{func() {
			s := scaleNLL
			s.StrideGradRaw = 0
			d.GaussianScaleNLL(s)
		}, []string{"GaussianScaleNLL", "GradRaw overlap", "0"}},
		{func() { d.GaussianNLL(nll) }, []string{"GaussianNLL", "noise 0"}},
		{func() { nll.Noise = inf; d.GaussianNLL(nll) }, []string{"GaussianNLL", "+Inf"}},
		{func() { nll.Noise = nan; d.GaussianNLL(nll) }, []string{"GaussianNLL", "NaN"}},
		{func() {
			d.Softmax(kernels.Softmax{Rows: 2, Src: f, Dst: f})
		}, []string{"Softmax", "0 classes"}},
		{func() {
			d.SoftmaxCrossEntropy(kernels.SoftmaxCrossEntropy{Batch: 1, Rows: 2, Logits: f,
				Labels: i32, Loss: f, Grad: f})
		}, []string{"SoftmaxCrossEntropy", "0 classes"}},
		{func() {
			d.SoftmaxCrossEntropy(kernels.SoftmaxCrossEntropy{Batch: 1, Rows: 3, Classes: 5,
				Logits: f, Labels: bad, Loss: f, Grad: f})
		}, []string{"SoftmaxCrossEntropy", "label 5 of row 2", "0 … 4"}},
		{func() {
			d.GatherRows(kernels.GatherRows{Rows: 3, Cols: 2, SrcRows: 5, Index: bad, Src: f, Dst: f})
		}, []string{"GatherRows", "Index[2] = 5", "0 … 4"}},
		{func() {
			bytes := d.(kernels.Bytes)
			bytes.GatherBytes(kernels.GatherBytes{Rows: 3, Cols: 2, SrcRows: 5, Index: bad,
				Src: bytes.Uint8(10), Table: d.Float32(256), Dst: f})
		}, []string{"GatherBytes", "Index[2] = 5", "0 … 4"}},
		{func() {
			d.GatherLabels(kernels.GatherLabels{N: 3, Index: bad, Src: i32.Slice(0, 5),
				Dst: i32.Slice(10, 20)})
		}, []string{"GatherLabels", "Index[2] = 5", "0 … 4"}},
		{func() {
			d.PermutationAverage(kernels.PermutationAverage{Batch: 1, Logs: f64, Weights: f64,
				Information: f64})
		}, []string{"PermutationAverage", "K = 0"}},
		{func() {
			d.ImportanceAverage(kernels.ImportanceAverage{Batch: 1, K: 1})
		}, []string{"ImportanceAverage", "K = 1"}},
		{func() {
			d.ProposePermutations(kernels.ProposePermutations{Batch: -1, K: -1, N: 1, C: f64})
		}, []string{"ProposePermutations", "negative"}},
		{func() {
			d.Permanent(kernels.Permanent{Batch: 1, C: f64, Information: f64})
		}, []string{"Permanent", "N = 0"}},
		{func() {
			d.Permanent(kernels.Permanent{Batch: 1, N: 23, C: f64, Information: f64})
		}, []string{"Permanent", "N = 23", "22"}},
		{func() {
			d.RandomPermutations(kernels.RandomPermutations{Batch: -1, Count: -1, N: 4, Dst: i32})
		}, []string{"RandomPermutations", "Dst", "-1"}},
		{func() {
			d.SumRows(kernels.SumRows{Batch: 2, Rows: 1, Cols: 4, X: f, Dst: f, StrideDst: 3})
		}, []string{"SumRows", "Dst overlap", "3"}},
		{func() {
			d.Copy2D(kernels.Copy2D{Batch: 2, Rows: 2, Cols: 2, Src: f, Dst: f, DstRow: 2, DstCol: 1})
		}, []string{"Copy2D", "Dst overlap"}},
		{func() {
			d.PermutedGrad(kernels.PermutedGrad{Batch: 2, K: 1, Rows: 2, Cols: 2, W: f, DW: f,
				StrideW: 3, Mu: f, InvSigma: f, RowPerms: i32, ColPerms: i32, Weights: f64})
		}, []string{"PermutedGrad", "DW overlap", "3"}},
		{with(func(g *kernels.Gemm) { g.LDA = 3 }), []string{"Gemm: A", "leading dimension 3", "2×4"}},
		{with(func(g *kernels.Gemm) { g.LDB = 2 }), []string{"Gemm: B", "leading dimension 2", "4×3"}},
		{with(func(g *kernels.Gemm) { g.LDC = 2 }), []string{"Gemm: C", "leading dimension 2", "2×3"}},
		{with(func(g *kernels.Gemm) { g.Batch = 2; g.StrideC = 5 }), []string{"Gemm", "C overlap", "5"}},
		{with(func(g *kernels.Gemm) { g.Transpose = 3 }), []string{"Gemm", "unknown transpose 3"}},
		{with(func(g *kernels.Gemm) { g.Activation = 3 }), []string{"Gemm", "unknown activation 3"}},
		{func() {
			d.Unary(kernels.Unary{N: 64, Src: foreign{f}, Dst: f})
		}, []string{"foreign", "its own buffers"}},
	} {
		got := message(c.run)
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("message %q does not contain %q", got, w)
			}
		}
	}
	for _, x := range kernelcase.Read(t, f) {
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
