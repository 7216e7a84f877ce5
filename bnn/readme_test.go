package bnn_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
)

// TestReadme builds the library's example in README.md, inside a function that has what the
// example takes for granted.
func TestReadme(t *testing.T) {
	text := must.Get(os.ReadFile("../README.md"))(t)
	_, after, found := strings.Cut(string(text), "## From your own program")
	_, after, fenced := strings.Cut(after, "```go\n")
	example, _, closed := strings.Cut(after, "```")
	if !found || !fenced || !closed {
		t.Fatal("README.md has no example under \"From your own program\"")
	}
	program := `package main

import (
	"context"
	"fmt"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

func example(ctx context.Context, train, test bnn.Data) {
` + example + `
	_, _ = scores, err
}

func main() { example(context.Background(), bnn.Data{}, bnn.Data{}) }
`
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	must.Do(t, os.WriteFile(file, []byte(program), 0o600))
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command")
	}
	if out, err := exec.Command("go", "vet", file).CombinedOutput(); err != nil {
		t.Errorf("README.md: the example does not compile: %s", out)
	}
}
