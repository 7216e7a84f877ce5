package kernels

import "github.com/symvi/symvi/internal/ref"

// Key identifies a vector of random numbers: a pure function of (Seed, Stream,
// Step, Sample) and the element's number. Philox4x32-10, see internal/ref.
type Key = ref.Key
