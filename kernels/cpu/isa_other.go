//go:build (!amd64 && !arm64) || purego

package cpu

// rows returns the only row of a build without assembly: of another architecture, or with the
// tag purego.
func rows() []*row { return []*row{portable()} }
