package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/experiment"
)

// table is aligned text: a name, a value and a remark in each row.
type table [][3]string

func (t *table) row(name, value, remark string) { *t = append(*t, [3]string{name, value, remark}) }

// estimate adds a row for a score with its standard error, if there is one.
func (t *table) estimate(name, format string, value, se *float64, remark string) {
	if value == nil {
		return
	}
	t.row(name, experiment.PlusMinus(format, value, se), remark)
}

// percent adds a row for a share with its standard error, if there is one.
func (t *table) percent(name string, value, se *float64, remark string) {
	if value == nil {
		return
	}
	t.row(name, share("%.2f", value, se), remark)
}

// scores adds the rows of a posterior's scores.
func (t *table) scores(s *experiment.Scores) {
	sampled := fmt.Sprintf("%d %s, %d posterior samples", s.TestRows, s.On, s.Samples)
	if s.Accuracy != nil {
		t.classes(s, sampled)
	} else {
		t.targets(s, sampled)
	}
	t.ood(s.OOD)
	t.bounds(s)
}

// classes adds the scores of a classification and a row for each class.
func (t *table) classes(s *experiment.Scores, sampled string) {
	t.percent("accuracy", s.Accuracy, s.AccuracySE, sampled)
	if s.Majority != nil {
		t.percent("balanced", s.BalancedAccuracy, s.BalancedAccuracySE, fmt.Sprintf(
			"mean recall of the classes; always the commonest class: accuracy %.2f %%", 100**s.Majority))
	}
	t.estimate("NLL", "%.4f", s.NLL, s.NLLSE, "nats per row")
	t.estimate("Brier", "%.4f", s.Brier, s.BrierSE, "")
	t.estimate("ECE", "%.4f", s.ECE, s.ECESE, "expected calibration error, 15 bins")
	t.estimate("AURC", "%.4f", s.AURC, nil,
		"error rate of the most confident rows, mean over their number")
	for i, c := range s.Classes {
		if i == mostClasses {
			t.row("", "", fmt.Sprintf("and %d classes more, see --json", len(s.Classes)-i))
			break
		}
		t.row("class "+c.Class, "recall "+share("%.1f", c.Recall, c.RecallSE),
			fmt.Sprintf("precision %s, %d rows", share("%.1f", c.Precision, c.PrecisionSE), c.Support))
	}
}

// mostClasses is how many classes have a row of their own.
const mostClasses = 20

// share is a proportion with its standard error, if there is one, in per cent, or a dash where
// it has no rows.
func share(format string, p, se *float64) string {
	if p == nil {
		return experiment.PlusMinus(format, nil, nil)
	}
	percent := new(100 * *p)
	if se != nil {
		se = new(100 * *se)
	}
	return experiment.PlusMinus(format, percent, se) + " %"
}

// targets adds the scores of a regression.
func (t *table) targets(s *experiment.Scores, sampled string) {
	t.estimate("RMSE", "%.6g", s.RMSE, s.RMSESE, "in the target's units; "+sampled)
	t.estimate("baseline", "%.6g", s.Baseline, nil,
		"RMSE of the training rows' mean as the answer to all")
	t.estimate("MAE", "%.6g", s.MAE, s.MAESE, "in the target's units")
	t.estimate("CRPS", "%.6g", s.CRPS, s.CRPSSE, "in the target's units")
	t.estimate("NLL", "%.4f", s.NLL, s.NLLSE, "nats per row, in the target's units")
	t.percent("in 50 %", s.Coverage50, s.Coverage50SE, "of the test rows lie in their central "+
		"interval of 50 %"+verdict(s.Coverage50, 0.5, s.TestRows, ": "))
	t.percent("in 90 %", s.Coverage90, s.Coverage90SE, verdict(s.Coverage90, 0.9, s.TestRows, ""))
	t.percent("in 95 %", s.Coverage95, s.Coverage95SE, verdict(s.Coverage95, 0.95, s.TestRows, ""))
	for _, of := range s.Targets {
		t.row("target "+of.Target, "RMSE "+experiment.PlusMinus("%.6g", of.RMSE, of.RMSESE),
			fmt.Sprintf("MAE %s, CRPS %s, in 95 %%: %s", experiment.PlusMinus("%.6g", of.MAE, of.MAESE),
				experiment.PlusMinus("%.6g", of.CRPS, of.CRPSSE),
				share("%.1f", of.Coverage95, of.Coverage95SE)))
	}
}

// verdict says, behind after, that intervals of a level are too wide or too narrow, where more or
// fewer of the rows lie in them than three standard errors of chance explain.
func verdict(coverage *float64, level float64, rows int, after string) string {
	chance := math.Sqrt(level * (1 - level) / float64(rows))
	switch {
	case coverage == nil:
	case *coverage > level+3*chance:
		return after + "too wide"
	case *coverage < level-3*chance:
		return after + "too narrow"
	}
	return ""
}

// ood adds how well outliers are told from the test rows.
func (t *table) ood(o *experiment.OODScores) {
	if o == nil {
		return
	}
	for _, by := range []struct {
		name string
		*experiment.Detection
	}{{"entropy", o.Entropy}, {"mutual information", o.Information}, {"sd", o.SD},
		{"model sd", o.ModelSD}} {
		if by.Detection == nil {
			continue
		}
		t.row("AUROC", fmt.Sprintf("%.4f ± %.4f", by.AUROC, by.AUROCSE),
			fmt.Sprintf("of %d outliers against the test rows, by %s", o.Rows, by.name))
		t.row("AUPR", fmt.Sprintf("%.4f", by.AUPR), fmt.Sprintf("chance gives %.4f", o.Share))
		t.row("FPR95", fmt.Sprintf("%.4f ± %.4f", by.FPR95, by.FPR95SE),
			"of the test rows pass for outliers where 95 % of those are found")
	}
}

func (t *table) bounds(s *experiment.Scores) {
	if s.ELBO == nil {
		return
	}
	unit, posterior := "nats, whole training set", "the symmetrised posterior's"
	if s.RMSE != nil {
		unit += ", in the target's units"
	}
	if s.Members > 1 {
		unit += fmt.Sprintf("; mean of %d members", s.Members)
		posterior = "the mixture's"
	}
	t.row("L_VI", experiment.PlusMinus("%.2f", s.ELBO, s.ELBOSE), unit)
	if *s.Lower == *s.Upper {
		t.row("L^G", experiment.PlusMinus("%.2f", s.Lower, s.LowerSE), posterior)
	} else {
		t.row("L^G from", experiment.PlusMinus("%.2f", s.Lower, s.LowerSE), posterior+", from below")
		t.row("L^G to", experiment.PlusMinus("%.2f", s.Upper, s.UpperSE), "and from above")
	}
	if s.Hidden > 0 && s.Used >= 0 && (s.Information != nil || s.Members > 1) {
		t.row("in use", fmt.Sprintf("%d of %d", s.Used, s.Hidden),
			"hidden neurons, that the next layer listens to")
	}
	if s.Modes != nil {
		t.row("modes", fmt.Sprintf("%d of %d", s.Modes.Count, s.Members), modesRemark(s.Modes))
	}
	if s.Information == nil {
		return
	}
	t.row("I", experiment.PlusMinus("%.2f", s.Information, s.InformationSE), informationRemark(s))
	if s.Explanation != "" {
		t.row("", s.Explanation, "")
	}
	if s.Warning != "" {
		t.row("", s.Warning, "")
	}
}

// modesRemark says how far members are apart after matching their neurons, and before.
func modesRemark(m *bnn.Modes) string {
	matched, unmatched := newSpan(), newSpan()
	for _, p := range m.Pairs {
		matched.add(p.Matched)
		unmatched.add(p.Unmatched)
	}
	return fmt.Sprintf("members that differ when their neurons are matched: %s nats apart, "+
		"unmatched %s",
		matched, unmatched)
}

// span is the range of some numbers.
type span struct{ low, high float64 }

func newSpan() *span { return &span{math.Inf(1), math.Inf(-1)} }

func (s *span) add(x float64) { s.low, s.high = min(s.low, x), max(s.high, x) }

func (s *span) String() string {
	low, high := fmt.Sprintf("%.4g", s.low), fmt.Sprintf("%.4g", s.high)
	if low == high {
		return low
	}
	return low + " to " + high
}

// informationRemark says what bounds the information and how it was found.
func informationRemark(s *experiment.Scores) string {
	remark := fmt.Sprintf("of at most log |G| = %.2f", *s.LogGroupOrder)
	if s.LogPermutations > 0 {
		remark += fmt.Sprintf("; uniform finds at most log K = %.2f", s.LogPermutations)
	}
	if s.Permutations > 0 {
		remark += fmt.Sprintf("; %d draws worth %.1f", s.Permutations, s.ESS)
	}
	return remark
}

// print writes the rows with aligned columns.
func (t table) print(w io.Writer) error {
	var width [2]int
	for _, r := range t {
		for i := range width {
			if i == 0 || r[2] != "" {
				width[i] = max(width[i], utf8.RuneCountInString(r[i]))
			}
		}
	}
	for _, r := range t {
		line := pad(r[0], width[0]) + "  " + pad(r[1], width[1]) + "  " + r[2]
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}
