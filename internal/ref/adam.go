package ref

// AdamStep holds the constants of one Adam step (Kingma & Ba 2015): C1 = 1 − β₁,
// C2 = 1 − β₂, Correct1 = 1/(1 − β₁ᵗ), Correct2 = 1/(1 − β₂ᵗ).
type AdamStep struct {
	LR, Beta1, Beta2, Epsilon, C1, C2, Correct1, Correct2 float32
}

// Adam updates parameters and moments in place:
//
//	m = fma(β₁, m, C1·g);  v = fma(β₂, v, C2·(g·g))
//	x = fma(−lr, (m·Correct1)/(√(v·Correct2) + ε), x)
func Adam(x, m, v, g []float32, s AdamStep) {
	for i, gi := range g {
		mi := FMA(s.Beta1, m[i], s.C1*gi)
		vi := FMA(s.Beta2, v[i], s.C2*float32(gi*gi))
		m[i], v[i] = mi, vi
		x[i] = FMA(-s.LR, float32(mi*s.Correct1)/(Sqrt(vi*s.Correct2)+s.Epsilon), x[i])
	}
}
