package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/symvi/symvi/internal/experiment"
)

// table is aligned text: a name, a value and a remark in each row.
type table [][3]string

func (t *table) row(name, value, remark string) { *t = append(*t, [3]string{name, value, remark}) }

// number adds a row for a score, if there is one.
func (t *table) number(name, format string, value *float64, remark string) {
	if value != nil {
		t.row(name, fmt.Sprintf(format, *value), remark)
	}
}

// scores adds the rows of a posterior's scores.
func (t *table) scores(s *experiment.Scores) {
	sampled := fmt.Sprintf("%d %s, %d posterior samples", s.TestRows, s.On, s.Samples)
	if s.Accuracy != nil {
		t.row("accuracy", fmt.Sprintf("%.2f %%", 100**s.Accuracy), sampled)
		t.number("NLL", "%.4f", s.NLL, "nats a row")
	} else {
		t.number("RMSE", "%.6g", s.RMSE, "in the target's units; "+sampled)
		t.number("NLL", "%.4f", s.NLL, "nats a row, in the target's units")
	}
	t.number("Brier", "%.4f", s.Brier, "")
	t.number("ECE", "%.4f", s.ECE, "expected calibration error, 15 bins")
	t.bounds(s)
}

func (t *table) bounds(s *experiment.Scores) {
	if s.ELBO == nil {
		return
	}
	t.row("L_VI", plusMinus(s.ELBO, s.ELBOSE), "nats, whole training set")
	if *s.Lower == *s.Upper {
		t.row("L^G", plusMinus(s.Lower, s.LowerSE), "the symmetrised posterior's")
	} else {
		t.row("L^G from", plusMinus(s.Lower, s.LowerSE), "the symmetrised posterior's, from below")
		t.row("L^G to", plusMinus(s.Upper, s.UpperSE), "and from above")
	}
	if s.Information == nil {
		return
	}
	t.row("I", plusMinus(s.Information, s.InformationSE), informationRemark(s))
	if s.Hidden > 0 {
		t.row("collapsed", fmt.Sprintf("%d of %d", s.Collapsed, s.Hidden), "hidden neurons, within 1 nat of the prior")
	}
	if s.Explanation != "" {
		t.row("", s.Explanation, "")
	}
	if s.Warning != "" {
		t.row("", s.Warning, "")
	}
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

func plusMinus(value, se *float64) string { return fmt.Sprintf("%.2f ± %.2f", *value, *se) }

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
