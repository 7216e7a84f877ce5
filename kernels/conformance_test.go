package kernels_test

import (
	"fmt"
	"testing"

	"github.com/symvi/symvi/internal/kerneltest"
	"github.com/symvi/symvi/kernels"
)

// newCPU starts a CPU device or ends the test.
func newCPU(t testing.TB, isa string, threads int) kernels.Device {
	t.Helper()
	d, err := kernels.NewCPU(kernels.CPUOptions{ISA: isa, Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestConformance(t *testing.T) {
	for _, isa := range kernels.ISAs() {
		for _, threads := range []int{1, 2, 3} {
			t.Run(fmt.Sprintf("%s/threads=%d", isa, threads), func(t *testing.T) {
				kerneltest.Run(t, func(t testing.TB) kernels.Device { return newCPU(t, isa, threads) })
			})
		}
	}
}
