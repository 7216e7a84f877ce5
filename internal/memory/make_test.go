package memory

import "testing"

func TestMake(t *testing.T) {
	for _, n := range []int{0, 1, 1000, block, 3*block + 5} {
		x := Make[float32](n)
		if len(x) != n {
			t.Fatalf("%d elements, want %d", len(x), n)
		}
		for i := range x {
			if x[i] != 0 {
				t.Fatalf("element %d of %d is %v, want 0", i, n, x[i])
			}
			x[i] = float32(i)
		}
		for i := range x {
			if x[i] != float32(i) {
				t.Fatalf("element %d of %d is %v, want %d", i, n, x[i], i)
			}
		}
	}
}
