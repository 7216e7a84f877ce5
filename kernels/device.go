package kernels

// Device does the work: the operations that every training needs, and those on permutations.
type Device interface {
	Core
	Permutations
}

// Core are the operations of a Device that every training needs. A device that has no others
// embeds NoPermutations.
// Operations are queued in the order of the calls and may run asynchronously until Sync or a
// Download; their arguments are structs whose Check method panics on misuse, and are
// documented where they are defined.
// A Device may be used by several goroutines; single operations do not interleave.
type Core interface {
	// Name says what the device is, for example "cpu (portable, 2 threads)".
	Name() string
	// Float32, Float64 and Int32 allocate zeroed buffers of n elements.
	Float32(n int) F32
	Float64(n int) F64
	Int32(n int) I32
	// Sync waits for all queued work and returns the first error since the last Sync.
	Sync() error
	// Close waits and releases the device's resources. To use it afterwards is an error of Sync;
	// closing again does nothing.
	Close() error

	// Gemm is the batched matrix product with a fused bias and activation.
	Gemm(Gemm)
	// ActivationGrad turns gradients with respect to activations into ones with respect to
	// their inputs.
	ActivationGrad(ActivationGrad)
	// SumRows sums matrices over their rows: the gradient of a bias.
	SumRows(SumRows)
	// Unary applies a transcendental function to every element.
	Unary(Unary)
	// Copy2D copies, transposes or adds a strided matrix.
	Copy2D(Copy2D)
	// GatherRows selects the rows of a minibatch, GatherLabels its labels.
	GatherRows(GatherRows)
	GatherLabels(GatherLabels)

	// SoftmaxCrossEntropy, GaussianNLL and GaussianScaleNLL, whose noise is learned, are the
	// losses of single rows and their gradients.
	SoftmaxCrossEntropy(SoftmaxCrossEntropy)
	GaussianNLL(GaussianNLL)
	GaussianScaleNLL(GaussianScaleNLL)
	// Softmax turns logits into probabilities.
	Softmax(Softmax)
	// Sum adds up losses in float64.
	Sum(Sum)
	// Accumulate adds samples to a running sum or log-sum-exp, one after another.
	Accumulate(Accumulate)

	// GaussianScale computes σ = softplus(ρ) and 1/σ; GaussianScaleGrad is its gradient.
	GaussianScale(GaussianScale)
	GaussianScaleGrad(GaussianScaleGrad)
	// SampleGaussian draws w = μ + σ⊙ε; SampleGaussianGrad is its gradient.
	SampleGaussian(SampleGaussian)
	SampleGaussianGrad(SampleGaussianGrad)
	// KLGaussian is KL(N(μ,σ²) ‖ N(0,s²)) and its weighted gradient.
	KLGaussian(KLGaussian)
	// Adam updates parameters.
	Adam(Adam)
}
