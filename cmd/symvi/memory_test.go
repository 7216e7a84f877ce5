//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/benchmark"
	"github.com/symvi/symvi/internal/memory"
	"github.com/symvi/symvi/internal/must"
)

// memoryCases are trainings whose memory is dominated by one thing each.
var memoryCases = []struct {
	name  string
	short bool // part of every test; the gate asks for all with SYMVI_ACCOUNT=all
	args  []string
}{
	{"wide", true, []string{"--data", "a.csv", "--hidden", "1000,1000", "--symmetrize", "uniform",
		"--permutations", "2"}},
	{"samples", true, []string{"--data", "a.csv", "--hidden", "100,100", "--symmetrize", "none",
		"--samples", "600"}},
	{"validation", false, []string{"--data", "a.csv", "--hidden", "1000,1000", "--symmetrize",
		"uniform", "--permutations", "2", "--validate", "0.1"}},
	{"members", false, []string{"--data", "a.csv", "--hidden", "1000,1000", "--symmetrize",
		"uniform", "--permutations", "2", "--members", "2", "--threads", "2"}},
	{"batch", false, []string{"--data", "rows.csv", "--hidden", "300", "--symmetrize", "none",
		"--batch", "20000"}},
	{"predictions", false, []string{"--data", "rows.csv", "--hidden", "5", "--test-fraction", "0.5",
		"--eval-samples", "40"}},
	{"eval-samples", false, []string{"--data", "a.csv", "--hidden", "50", "--symmetrize", "none",
		"--eval-samples", "20000"}},
	{"rows", false, []string{"--data", "rows.csv", "--hidden", "5"}},
	{"classes", false, []string{"--data", "classes.csv", "--hidden", "50", "--symmetrize", "none"}},
	{"exact", false, []string{"--data", "a.csv", "--hidden", "21", "--symmetrize", "exact",
		"--threads", "1"}},
	{"importance", false, []string{"--data", "a.csv", "--hidden", "600", "--symmetrize",
		"importance", "--permutations", "4"}},
}

// TestAccount compares the account of --dry-run with the peak of the training (VmHWM).
func TestAccount(t *testing.T) {
	dir := t.TempDir()
	writeMemoryData(t, dir)
	for _, c := range memoryCases {
		name, args := c.name, c.args
		if !c.short && os.Getenv("SYMVI_ACCOUNT") != "all" {
			continue
		}
		args = append([]string{"train", "--preset", "images", "--target", "y", "--steps", "3",
			"--eval-samples", "2"}, args...)
		dry, stderr := symvi(dir, append(args, "--dry-run")...)
		text, err := dry.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", name, err, stderr)
		}
		var account float64
		for line := range strings.Lines(string(text)) {
			if size, ok := strings.CutSuffix(strings.TrimSpace(line), "in all"); ok {
				bytes := must.Get(memory.Parse(size))(t)
				account = float64(bytes)
			}
		}
		cmd, stderr := symvi(dir, append(args, "--out", name)...)
		usage, err := benchmark.RunProcess(cmd)
		if err != nil {
			t.Fatalf("%s: %v: %s", name, err, stderr)
		}
		peak := float64(usage.Peak)
		t.Logf("%-10s account %4.0f MB, peak %4.0f MB, ratio %.2f", name, account/1e6, peak/1e6,
			account/peak)
		if ratio := account / peak; !(ratio > 0.8 && ratio < 1.2) {
			t.Errorf("%s: the account is %.0f MB, the peak %.0f MB\n%s", name, account/1e6, peak/1e6, text)
		}
	}
}

// writeMemoryData writes a small table, one of many rows and one of many classes.
func writeMemoryData(t *testing.T, dir string) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	for name, shape := range map[string][3]int{"a.csv": {400, 20, 0}, "rows.csv": {60000, 50, 0},
		"classes.csv": {12000, 5, 2000}} {
		var text strings.Builder
		for j := range shape[1] {
			fmt.Fprintf(&text, "x%d,", j)
		}
		text.WriteString("y\n")
		for i := range shape[0] {
			for range shape[1] {
				fmt.Fprintf(&text, "%.4f,", random.NormFloat64())
			}
			if shape[2] > 0 {
				fmt.Fprintf(&text, "c%d\n", i%shape[2])
			} else {
				fmt.Fprintf(&text, "%.4f\n", random.NormFloat64())
			}
		}
		must.Do(t, os.WriteFile(filepath.Join(dir, name), []byte(text.String()), 0o666))
	}
}
