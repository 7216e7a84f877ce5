package main

import "testing"

// Intervals are called too wide or too narrow beyond three standard errors of what their level has
// by chance.
func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		coverage, level float64
		rows            int
		want            string
	}{
		{0.79, 0.5, 24, ""}, {0.81, 0.5, 24, "too wide"}, {0.58, 0.5, 400, "too wide"},
		{0.42, 0.5, 400, "too narrow"}, {0.56, 0.5, 400, ""}, {1, 0.9, 80, ""},
		{1, 0.9, 90, "too wide"}, {0.8, 0.9, 100, "too narrow"},
	} {
		if got := verdict(&c.coverage, c.level, c.rows, ""); got != c.want {
			t.Errorf("%g of %d rows in %g: %q, want %q", c.coverage, c.rows, c.level, got, c.want)
		}
	}
	if got := verdict(nil, 0.5, 10, ": "); got != "" {
		t.Errorf("without coverage: %q", got)
	}
}
