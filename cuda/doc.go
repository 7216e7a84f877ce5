// Package cuda will hold the CUDA device: one .cu file beside the Go wrapper of
// each kernel, the PTX made from them, and the driver shim, all under the build
// tag cuda. It implements kernels.Device with the bits of the CPU device.
package cuda
