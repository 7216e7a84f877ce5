package studies

import (
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/kernels"
)

// fits are three splits with these values and what chance adds to them.
func fits(noise float64, inUse int, nll float64) []regressed {
	var all []regressed
	for i := range 3 {
		x := 0.01 * float64(i%2)
		all = append(all, regressed{Noise: noise + x, Hidden: 50,
			Used: inUse + i%2, NLL: nll + x})
	}
	return all
}

func TestUnderfittingVerdicts(t *testing.T) {
	base := fits(1, 20, 3)
	set := func(auto []regressed) underfit {
		return underfit{"set", [][]regressed{base, auto,
			base}}
	}
	holds := func() underfit { return set(fits(0.8, 30, 2.5)) }
	onlyNeurons := func() underfit { return set(fits(1.2, 30, 3.5)) }
	nothing := func() underfit { return set(fits(1.2, 10, 3.5)) }
	for _, c := range []struct {
		sets    []underfit
		verdict report.Verdict
		says    string
	}{
		{[]underfit{holds(), holds(), nothing()}, report.Reproduces, "a smaller σ on 2, more " +
			"neurons used on 2, a smaller NLL on 2 of 3 data sets, by more than two standard " +
			"errors; all three on 2"},
		{[]underfit{onlyNeurons(), holds()}, report.Partly, "more neurons used on 2, a " +
			"smaller NLL on 1 of 2"},
		{[]underfit{nothing(), onlyNeurons()}, report.Differs, "all three on 0"},
	} {
		if verdict, sentence := judgeUnderfitting(c.sets); verdict != c.verdict ||
			!strings.Contains(sentence, c.says) {
			t.Errorf("verdict %q, %q; want %q and %q", verdict, sentence, c.verdict, c.says)
		}
	}
}

func TestCause(t *testing.T) {
	gain := foundCause{causes[0], Spread{20, 3}, Spread{}}
	unsure := foundCause{causes[1], Spread{20, 30}, Spread{}}
	small := foundCause{causes[2], Spread{2, 0.1}, Spread{}}
	baseline := foundCause{causes[len(causes)-1], Spread{100, 1}, Spread{}}
	if s := judgeCause([]foundCause{unsure, small, baseline}); !strings.HasPrefix(s, "the "+
		"objective") {
		t.Errorf("no gain: %q", s)
	}
	if s := judgeCause([]foundCause{unsure, gain}); !strings.Contains(s, "optimiser misses") ||
		!strings.Contains(s, "ten times the draws") {
		t.Errorf("a gain by more draws: %q", s)
	}
}

func TestWidthVerdicts(t *testing.T) {
	row := func(activation kernels.Activation, onLG bool, inUse int) widthRow {
		return widthRow{dataset.UCISet{Name: "set"}, pruned{activation, onLG}, 32,
			fits(1, inUse, 3)}
	}
	for _, c := range []struct {
		relu, tanh int // neurons in use when trained on L^G
		verdict    report.Verdict
		says       string
	}{
		{20, 20, report.Reproduces, "in 6 of 6 pairs"},
		{20, 5, report.Differs, "in 3 of 6 pairs"},
		{5, 5, report.Differs, "in 0 of 6 pairs"},
	} {
		rows := []widthRow{row(kernels.ReLU, false, 10), row(kernels.ReLU, true, c.relu),
			row(kernels.Tanh, false, 10), row(kernels.Tanh, true, c.tanh)}
		if verdict, sentence := judgeWidths(rows); verdict != c.verdict ||
			!strings.Contains(sentence, c.says) {
			t.Errorf("verdict %q, %q; want %q and %q", verdict, sentence, c.verdict, c.says)
		}
	}
}

func TestSelectionVerdicts(t *testing.T) {
	widths := []int{4, 8}
	better := choice{set: "set", byLG: 1, byELBO: 0, nll: []float64{3, 2.9}}
	worse := choice{set: "set", byLG: 1, byELBO: 0, nll: []float64{2, 2.5}}
	worst := choice{set: "set", byLG: 1, byELBO: 0, nll: []float64{2, 5}}
	same := choice{set: "set", byLG: 1, byELBO: 1, nll: []float64{2, 2.5}}
	for _, c := range []struct {
		all     []choice
		verdict report.Verdict
		says    string
	}{
		{[]choice{better, better, better}, report.Reproduces, "on 3 of 3 splits; there Lᴳ's " +
			"choice has the smaller held-out NLL 3 times"},
		{[]choice{better, better, worse, same}, report.Differs, "on 3 of 4 splits; there Lᴳ's " +
			"choice has the smaller held-out NLL 2 times and the larger 1 times"},
		{append(slices.Repeat([]choice{better}, 9), worst), report.Partly, "on 10 of 10"},
		{[]choice{better, worse, same}, report.Differs, "on 2 of 3"},
	} {
		if verdict, sentence := judgeSelection(summarize(c.all, widths)); verdict != c.verdict ||
			!strings.Contains(sentence, c.says) {
			t.Errorf("verdict %q, %q; want %q and %q", verdict, sentence, c.verdict, c.says)
		}
	}
	fit := func(lower, elbo, nll float64) []regressed {
		return []regressed{{Lower: lower,
			ELBO: elbo, NLL: nll}}
	}
	got := choose("set", [][]regressed{fit(-10, -12, 1), fit(-9, -13, 2)}, 0)
	if got.byLG != 1 || got.byELBO != 0 || got.nll[1] != 2 {
		t.Errorf("choice %+v, want the second by L^G and the first by L_VI", got)
	}
	if s := summarize([]choice{got}, widths); s.widthLG != 8 || s.widthELBO != 4 || s.best != 4 {
		t.Errorf("summary %+v", s)
	}
}

func TestOverPriors(t *testing.T) {
	const yes, partly, no = report.Reproduces, report.Partly, report.Differs
	for _, c := range []struct {
		of   []report.Verdict
		want report.Verdict
	}{
		{[]report.Verdict{yes, yes}, yes},
		{[]report.Verdict{yes, no}, partly},
		{[]report.Verdict{partly, no}, partly},
		{[]report.Verdict{yes, partly}, partly},
		{[]report.Verdict{no, no}, no},
	} {
		if got := overPriors(c.of); got != c.want {
			t.Errorf("%v together are %q, want %q", c.of, got, c.want)
		}
	}
}

func TestNoiseVerdicts(t *testing.T) {
	// pair has L^G −10 with one σ and the NLL 1; σ(x) has these.
	pair := func(lower, nll []float64) noisePair {
		p := noisePair{set: "set"}
		for i := range lower {
			p.one = append(p.one, regressed{Lower: -10, NLL: 1})
			p.ofX = append(p.ofX, regressed{Lower: lower[i], NLL: nll[i]})
		}
		return p
	}
	for _, c := range []struct {
		pair    noisePair
		verdict report.Verdict
		says    string
	}{
		{pair([]float64{-5, -5, -15}, []float64{0.5, 0.6, 1.5}), report.Reproduces,
			"σ(x) on 2 of 3 splits; the noise that it prefers has the smaller held-out NLL on 3"},
		{pair([]float64{-5, -5, -5}, []float64{0.5, 1.5, 1.4}), report.Differs, "NLL on 1"},
		{pair([]float64{-5, -5, -5, -5, -5}, []float64{0.9, 0.9, 0.9, 0.9, 2}), report.Partly,
			"σ(x) on 5 of 5 splits; the noise that it prefers has the smaller held-out NLL on 4"},
		{pair([]float64{-15, -15, -15}, []float64{0.5, 0.6, 0.5}), report.Differs,
			"σ(x) on 0 of 3 splits; the noise that it prefers has the smaller held-out NLL on 0"},
	} {
		verdict, sentence := judgeNoise(c.pair)
		if verdict != c.verdict || !strings.Contains(sentence, c.says) {
			t.Errorf("verdict %q, %q; want %q and %q", verdict, sentence, c.verdict, c.says)
		}
	}
	both := pooled([]noisePair{pair([]float64{-5}, []float64{2}), pair([]float64{-15},
		[]float64{2})})
	if len(both.one) != 2 || both.preferred() != 1 {
		t.Errorf("pooled %+v, want two splits, one for σ(x)", both)
	}
}
