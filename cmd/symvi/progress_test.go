package main

import "testing"

// What is said in front of a bar is what fits, from the first part on.
func TestFit(t *testing.T) {
	parts := []string{"epoch 2/6", "L^G −95752", "95997 samples/s"}
	for columns, want := range map[int]string{
		-5: "", 8: "", 9: "epoch 2/6", 20: "epoch 2/6", 21: "epoch 2/6  L^G −95752",
		37: "epoch 2/6  L^G −95752", 38: "epoch 2/6  L^G −95752  95997 samples/s",
	} {
		if got := fit(parts, columns); got != want {
			t.Errorf("in %d columns: %q, want %q", columns, got, want)
		}
	}
}
