// Package cuda is the CUDA device: kernels.Device on an NVIDIA GPU, with the bits of the
// CPU device. Everything but this file is under the build tag cuda (`make cuda`), with which
// the package has
//
//	func Available() error                  // nil, or why no GPU can be used
//	func Names() []string                   // of the GPUs, in the order of their ordinals
//	func New(o Options) (*Device, error)    // starts a GPU; Close gives it back
//	type Options struct {
//		Ordinal int                     // the GPU's number as the driver counts them
//		TF32    bool                    // products on the tensor cores, with other bits
//	}
//
// and a Device in place of package cpu's:
//
//	device, err := cuda.New(cuda.Options{})
//	posterior, err := bnn.Fit(ctx, device, model, data, bnn.FitOptions{})
//
// A GPU of compute capability 8.0 or newer and a driver of CUDA 11.8 or newer are found at run
// time: a program built so starts without either.
//
// Each operation has a kernel file, STEM.cu, beside its Go wrapper, STEM.go, with the stem
// of package kernels; ptx/STEM.ptx and cubin/*/STEM.gz are what the pinned toolkit makes of it
// (`make ptx`), embedded in the program. Shared device code is in *.cuh.
//
//	launch.go   the seam between wrappers and kernels: shapes and arguments; signature.go their types
//	buffer.go   memory; memory.go its pool, staging.go copies
//	device.go   the Device; queue.go hands its commands to worker.go, the one thread with
//	            the GPU's context
//	image.go    the kernels as machine code of the common GPUs, and as PTX for all others
//	graph.go    repeated steps as CUDA graphs; record.go several steps as one that never changes
//	pace.go     how far the host may be ahead of the GPU
//	driver/     loads the driver library at run time
//	registers/  what the assemblers make of the kernels, held against them by CI
//	sim/        runs the kernels on the CPU, as a stand-in for the driver, in tests
//	bench/      benchmarks beside cuBLAS, cuRAND, PyTorch and JAX; micro.cu times the card itself
//	kit/        packs and runs all that waits for a GPU on a machine without Go
//
// Environment variables help to find errors: SYMVI_CUDA_SYNC=1 waits after every kernel,
// so that an error names the kernel it came from; SYMVI_CUDA_GRAPHS=off launches kernels
// one by one; SYMVI_CUDA_POOL=off gives every buffer its own allocation; SYMVI_LIBCUDA
// names another driver library. None changes a result.
package cuda
