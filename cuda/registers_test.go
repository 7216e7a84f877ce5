//go:build cuda

package cuda

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestResident: as many blocks of a product's tile are resident as its estimate of time
// supposes, by the tables that `make registers` writes and CI holds against the assemblers.
func TestResident(t *testing.T) {
	for _, file := range []string{"registers/11.8.txt", "registers/13.5.txt"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string][]string{}
		for line := range strings.Lines(string(text)) {
			if words := strings.Fields(line); words[0] != "#" {
				found[words[0]] = words[3:] // registers, bytes of stack and blocks for each architecture
			}
		}
		check := func(name string, resident int) {
			columns := found[name]
			if len(columns) == 0 || len(columns)%3 != 0 {
				t.Errorf("%s: %s has the columns %q", file, name, columns)
			}
			for i := 2; i < len(columns); i += 3 {
				if n, err := strconv.Atoi(columns[i]); err != nil || n < resident {
					t.Errorf("%s: %s blocks of %s are resident, its estimate supposes %d", file,
						columns[i], name, resident)
				}
			}
		}
		for _, tile := range gemmTiles {
			for _, transpose := range []string{"nn", "nt", "tn"} {
				check(fmt.Sprintf("gemm_%s_%v", transpose, tile), tile.resident)
			}
		}
		check("gemm_whole", wholeTile.resident)
		for p, k := range panelKernels {
			check(k.name, p.resident(panelsMost, 4096, 1).blocks)
		}
		check(stripKernel.name, resident(4096, 1, stripShared, 32).blocks)
		for s, k := range stageKernels {
			check(k.name, s.resident(4096, 1).blocks)
		}
	}
}

// TestStepCounts: the estimates suppose the cycles and instructions of a step that the machine code
// has, give or take a twentieth.
func TestStepCounts(t *testing.T) {
	text, err := os.ReadFile("registers/instructions.txt")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		found[words[0]] = words[1:]
	}
	check := func(name string, alone, issue int) {
		words := found[name] // all instructions, the loop's, multiply-adds, per cent, "%", cycles
		if len(words) != 6 {
			t.Fatalf("%s has the columns %q", name, words)
		}
		near := func(what, column string, supposed int) {
			if n, err := strconv.Atoi(column); err != nil || 20*max(n-supposed, supposed-n) > n {
				t.Errorf("%s has %s %s, its estimate supposes %d", name, column, what, supposed)
			}
		}
		near("instructions", words[1], issue)
		near("cycles", words[5], alone)
	}
	for p, k := range panelKernels {
		check(k.name, p.alone, p.issue)
	}
	check(stripKernel.name, stripAlone, stripIssue)
	for s, k := range stageKernels {
		check(k.name, s.alone, s.issue)
	}
	check(walkKernel.name, walkAlone, walkIssue)
}
