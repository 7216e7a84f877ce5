package neon

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
)

func adamStep(x, m, v, g []float32, s ref.AdamStep) {
	Adam(x, m, v, g, s.LR, s.Beta1, s.Beta2, s.Epsilon, s.C1, s.C2, s.Correct1, s.Correct2)
}

func TestAdam(t *testing.T) {
	for _, step := range []ref.AdamStep{
		{LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, C1: 0.1, C2: 1e-3, Correct1: 10, Correct2: 1000},
		{LR: 1e10, Beta1: -0.3, Beta2: 1e-20, Epsilon: 0, C1: 1e-30, C2: 1e-3, Correct1: 1e20, Correct2: 1e-20},
	} {
		eachLength(t, func(t testing.TB, _ int, draw func() []float32) {
			compare(t, "Adam", [][]float32{draw(), draw(), draw(), draw()},
				func(s [][]float32) []float64 { adamStep(s[0], s[1], s[2], s[3], step); return nil },
				func(s [][]float32) []float64 { ref.Adam(s[0], s[1], s[2], s[3], step); return nil })
		})
	}
}
