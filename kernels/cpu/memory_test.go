package cpu

import (
	"testing"

	"github.com/symvi/symvi/kernels"
)

// What the contract says of an operation's memory covers what the device takes.
func TestScratchSizes(t *testing.T) {
	for n := 1; n <= kernels.MaxPermanent; n++ {
		floats, _ := permanentScratch(n)
		op := kernels.Permanent{N: n}
		checkScratch(t, "Permanent", n, 8*floats, op.Scratch())
	}
	for _, n := range []int{1, 16, 17, 100, 512} {
		for _, sweep := range []int{0, 1, 8, 1000} {
			floats, _, scratch := proposalSize(n, sweep)
			op := kernels.ProposePermutations{Batch: 3, Components: 2, N: n, Sweep: sweep}
			checkScratch(t, "ProposePermutations", n, 8*(6*floats+scratch), op.Scratch())
		}
	}
}

func checkScratch(t *testing.T, op string, n, taken, said int) {
	t.Helper()
	if said < taken || said > taken+taken/4+1000 {
		t.Errorf("%s of %d neurons takes %d bytes, Scratch says %d", op, n, taken, said)
	}
}
