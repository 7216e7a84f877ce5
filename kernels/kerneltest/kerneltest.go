// Package kerneltest is the conformance suite of kernels.Device: every operation,
// over many shapes and every kind of float, must give the bits of a plain
// composition of package ref, and must touch nothing else.
package kerneltest

import (
	"reflect"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
)

// operations holds the test of every operation, in the order of the Device interface.
var operations = []struct {
	name string
	test func(t *testing.T, d kernels.Device)
}{
	{"Gemm", testGemm},
	{"ActivationGrad", testActivationGrad},
	{"SumRows", testSumRows},
	{"Unary", testUnary},
	{"Copy2D", testCopy2D},
	{"GatherRows", testGatherRows},
	{"GatherLabels", testGatherLabels},
	{"GatherBytes", testGatherBytes},
	{"Minibatch", testMinibatch},
	{"SoftmaxCrossEntropy", testSoftmaxCrossEntropy},
	{"GaussianNLL", testGaussianNLL},
	{"GaussianScaleNLL", testGaussianScaleNLL},
	{"Softmax", testSoftmax},
	{"Sum", testSum},
	{"Accumulate", testAccumulate},
	{"GaussianScale", testGaussianScale},
	{"GaussianScaleGrad", testGaussianScaleGrad},
	{"SampleGaussian", testSampleGaussian},
	{"SampleGaussianGrad", testSampleGaussianGrad},
	{"KLGaussian", testKLGaussian},
	{"Adam", testAdam},
	{"GaussianStep", testGaussianStep},
	{"StepState", testStepState},
	{"StepWindow", testStepWindow},
	{"Record", testRecord},
	{"Replicas", testReplicas},
	{"Neurons", testNeurons},
	{"NeuronPairs", testNeuronPairs},
	{"ShardGradients", testShardGradients},
	{"ShardStep", testShardStep},
	{"PairLogDensity", testPairLogDensity},
	{"PairGrad", testPairGrad},
	{"RandomPermutations", testRandomPermutations},
	{"PermutationLogDensity", testPermutationLogDensity},
	{"PermutedLogDensity", testPermutedLogDensity},
	{"PermutedGrad", testPermutedGrad},
	{"PermutationAverage", testPermutationAverage},
	{"PermutationMarginals", testPermutationMarginals},
	{"ProposePermutations", testProposePermutations},
	{"ImportanceAverage", testImportanceAverage},
	{"ImportanceLayer", testImportanceLayer},
	{"ConditionalPairs", testConditionalPairs},
	{"ExpectedPairs", testExpectedPairs},
	{"CombineSigns", testCombineSigns},
	{"SplitSigns", testSplitSigns},
	{"Permanent", testPermanent},
}

// Run tests one device, which it closes: the operations of kernels.Core, and those of
// kernels.Permutations where it has them. The operations share it, so that scratch
// memory left behind by one would show in the next.
func Run(t *testing.T, newDevice func(t testing.TB) kernels.Device) {
	d := newDevice(t)
	tested := map[string]bool{}
	t.Run("Buffers", func(t *testing.T) { testBuffers(t, d) })
	lacks := lacking(d)
	for _, op := range operations {
		tested[op.name] = true
		if lacks[op.name] {
			continue
		}
		t.Run(op.name, func(t *testing.T) {
			op.test(t, d)
			if err := d.Sync(); err != nil {
				t.Errorf("Sync: %v", err)
			}
		})
	}
	cases := map[string]bool{}
	for _, c := range kernelcase.All(d, kernelcase.Small(100)) {
		cases[c.Name()] = true
		c.Free()
	}
	t.Run("Concurrent", func(t *testing.T) { testConcurrent(t, d) })
	for _, name := range operationNames() {
		if lacks[name] {
			continue
		}
		t.Run("Misuse"+name, func(t *testing.T) { testMisuse(t, d, name) })
		if !tested[name] {
			t.Errorf("operation %s has no conformance test", name)
		}
		if !cases[name] {
			t.Errorf("package kernelcase lacks operation %s", name)
		}
	}
	if err := d.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// lacking has the names of the operations that a device does not have.
func lacking(d kernels.Device) map[string]bool {
	lacks := map[string]bool{}
	if kernels.HasPermutations(d) {
		return lacks
	}
	permutations := reflect.TypeFor[kernels.Permutations]()
	for i := range permutations.NumMethod() {
		lacks[permutations.Method(i).Name] = true
	}
	return lacks
}

// RunSteps tests what a device may leave to compositions of its other operations: those of a
// training step.
func RunSteps(t *testing.T, d kernels.Device) {
	t.Run("GaussianStep", func(t *testing.T) { testGaussianStep(t, d) })
	t.Run("ShardGradients", func(t *testing.T) { testShardGradients(t, d) })
	t.Run("ShardStep", func(t *testing.T) { testShardStep(t, d) })
}

// operationNames lists the methods of Device that take an operation.
func operationNames() []string {
	var names []string
	device := reflect.TypeFor[kernels.Device]()
	for i := range device.NumMethod() {
		m := device.Method(i)
		if m.Type.NumIn() == 1 && m.Type.In(0).Kind() == reflect.Struct {
			names = append(names, m.Name)
		}
	}
	return names
}

// testMisuse checks that the device checks its arguments: sizes of −1 must panic.
// The messages themselves are tested in package kernels.
func testMisuse(t *testing.T, d kernels.Device, name string) {
	method := reflect.ValueOf(d).MethodByName(name)
	op := reflect.New(method.Type().In(0)).Elem()
	for i := range op.NumField() {
		if f := op.Field(i); f.Kind() == reflect.Int {
			f.SetInt(-1)
		}
	}
	defer func() {
		if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "kernels: "+name+": ") {
			t.Errorf("sizes of −1: panic %q, want one that starts with the operation's name", s)
		}
	}()
	method.Call([]reflect.Value{op})
}
