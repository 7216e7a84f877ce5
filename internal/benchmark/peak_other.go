//go:build (!amd64 && !arm64) || purego

package benchmark

var vectorLoops map[string]loops
