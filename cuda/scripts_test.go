//go:build cuda

package cuda

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// script runs one of the scripts for machines with a GPU, where what it would measure is the
// program text, and returns what it prints.
func script(t *testing.T, name, text string, environment ...string) (string, error) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("#!/bin/bash\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("bash", name)
	c.Env = append(os.Environ(), append(environment, "SYMVI_CUDA_TEST="+program)...)
	out, err := c.CombinedOutput()
	return string(out), err
}

// TestBenchGoesOn: a benchmark that fails ends no others, and fails the run.
func TestBenchGoesOn(t *testing.T) {
	out, err := script(t, "bench/run", `case "$*" in
		*Gemm*) echo "gemm fails"; exit 3;;
		*) echo "BenchmarkOther 1 2 ns/op";;
		esac`, "BENCH=Gemm Sample")
	if err == nil || !strings.Contains(out, "BenchmarkOther") ||
		!strings.Contains(out, "failed: Gemm") {
		t.Errorf("bench/run: %v, prints %q", err, out)
	}
}

// TestSanitizeNeedsItsTool: no sanitizer is no success.
func TestSanitizeNeedsItsTool(t *testing.T) {
	if _, err := exec.LookPath("compute-sanitizer"); err == nil {
		t.Skip("this machine has compute-sanitizer")
	}
	out, err := script(t, "sanitize.sh", "echo ran", "CUDA_HOME=/nowhere")
	if err == nil || !strings.Contains(out, "no compute-sanitizer") || strings.Contains(out, "ran") {
		t.Errorf("sanitize.sh: %v, prints %q", err, out)
	}
}
