//go:build !amd64 && !arm64

package benchmark

var vectorLoops map[string]loops
