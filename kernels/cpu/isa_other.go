//go:build !amd64 && !arm64

package cpu

// rows returns the only row an architecture without assembly has.
func rows() []*row { return []*row{portable()} }
