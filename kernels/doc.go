// Package kernels is the index of what symvi can compute: a Device holds
// buffers and offers coarse operations on them – matrix products, Gaussian
// sampling, losses, permutation-averaged log-densities, Adam – enough for a
// whole training step of a Bayesian neural network.
//
// Every operation is an exact sequence of IEEE-754 operations, written down in
// package ref (internal/ref). Each instruction set and each device repeats that
// sequence, so one seed gives one answer, bit for bit, on every CPU, thread
// count and GPU; only the payload of a NaN is unspecified.
//
// Misuse (a negative size, a buffer that is too short, operands whose shapes do
// not fit) panics before any work is done, as in gonum. Faults of a device are
// reported by Sync and Download.
package kernels
