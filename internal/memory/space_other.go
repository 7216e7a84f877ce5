//go:build !linux

package memory

// addressSpace is not known.
func addressSpace() Limit { return Limit{} }
