package bnn

import (
	"testing"

	"github.com/symvi/symvi/internal/mutation"
)

// TestForeignMutations reads mutated files of other programs, 2000 or as many as SYMVI_MUTATIONS
// says.
func TestForeignMutations(t *testing.T) {
	corpus := []string{string(foreignFile(t, nil)), "\x02\x00\x00\x00\x00\x00\x00\x00{}"}
	words := []string{`"dtype":"F16"`, `"shape":[2,3]`, "BF16", "weight_rho", "_mu", "_sigma", "layers.1.",
		"18446744073709551615", "__metadata__", "kernel"}
	mutation.Try(t, mutation.Number(t, 2000), corpus, words, checkForeign)
}
