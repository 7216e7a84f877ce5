package cpu_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
	"github.com/symvi/symvi/kernels/kerneltest"
)

// newCPU starts a CPU device or ends the test.
func newCPU(t testing.TB, isa string, threads int) kernels.Device {
	t.Helper()
	d, err := cpu.New(cpu.Options{ISA: isa, Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestConformance holds every row of microkernels to the specification.
func TestConformance(t *testing.T) {
	numbers := []int{1, 2, 3}
	if os.Getenv("SYMVI_TEST_ISA") != "" { // threads are plain Go
		numbers = numbers[:1]
	}
	for _, isa := range cpu.ISAsToTest() {
		for _, threads := range numbers {
			t.Run(fmt.Sprintf("%s/threads=%d", isa, threads), func(t *testing.T) {
				kerneltest.Run(t, func(t testing.TB) kernels.Device { return newCPU(t, isa, threads) })
			})
		}
	}
}

// TestRequiredISA fails where a row named in SYMVI_REQUIRE_ISA ("avx512,avx2") is not
// available, so that a test run cannot pass by testing less than it should.
func TestRequiredISA(t *testing.T) {
	for name := range strings.SplitSeq(os.Getenv("SYMVI_REQUIRE_ISA"), ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(cpu.ISAs(), name) {
			t.Errorf("SYMVI_REQUIRE_ISA asks for %q, but this processor and build have: %v", name,
				cpu.ISAs())
		}
	}
}
