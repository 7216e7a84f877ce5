package studies_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/symvi/symvi/internal/browsertest"
	"github.com/symvi/symvi/internal/paper"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/internal/studies"
	"github.com/symvi/symvi/internal/ucitest"
)

// TestQuickRun remakes everything, a little of it, and looks at the report in a browser.
// A second run finds everything done and writes the same report.
func TestQuickRun(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: a quick run of all studies takes a minute")
	}
	o := studies.Default()
	o.Quick, o.Seeds, o.Out = true, studies.QuickSeeds, t.TempDir()
	o.Studies, o.Data, o.Splits = []string{"all", "uci", "underfitting", "width", "selection",
		"noise"}, t.TempDir(), studies.QuickSeeds
	ucitest.Write(t, o.Data, "yacht", 40, studies.QuickSeeds)
	ucitest.Write(t, o.Data, "naval-propulsion-plant", 50, studies.QuickSeeds)
	r := newRunner(t, 2)
	var plan studies.Plan
	r.Plan = func(p studies.Plan) { plan = p }
	first, err := r.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	figures, tables := 0, 0
	for _, s := range first.Sections {
		if s.Verdict == report.NotDone || s.Verdict == "" || s.Sentence == "" || s.Took <= 0 {
			t.Errorf("%s: verdict %q, sentence %q, took %v", s.ID, s.Verdict, s.Sentence, s.Took)
		}
		figures += len(s.Figures)
		tables += len(s.Tables)
	}
	if len(first.Sections) != len(r.Studies) || figures != 11 || tables != 24 {
		t.Errorf("%d sections with %d figures and %d tables, want %d, 11 and 24",
			len(first.Sections), figures, tables, len(r.Studies))
	}
	page := studies.Read(t, o.Out, "report.html")
	if _, err := r.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if plan.Finished != plan.Cells || plan.Expected != 0 {
		t.Errorf("the second run plans %+v, want nothing left to do", plan)
	}
	if !bytes.Equal(page, studies.Read(t, o.Out, "report.html")) {
		t.Error("the second run's report differs from the first one's")
	}
	t.Run("browser", func(t *testing.T) {
		browsertest.CheckReport(t, filepath.Join(o.Out, "report.html"),
			browsertest.Want{Figures: figures, Tables: tables, SmallestText: 8,
				Shots: os.Getenv("SYMVI_SCREENSHOTS")})
	})
}

// newRunner runs all studies on n devices.
func newRunner(t *testing.T, n int) *studies.Runner {
	r := studies.OnCPUs(t, n)
	r.Studies = append(paper.Default().Studies(), studies.OnData()...)
	return r
}

// TestSameResultsOnAnyNumberOfDevices: the order in which cells are worked on does not matter.
func TestSameResultsOnAnyNumberOfDevices(t *testing.T) {
	o := studies.Default()
	o.Studies, o.Quick, o.Seeds = []string{"theorem31", "fig4"}, true, studies.QuickSeeds
	var tables [2][]byte
	for i, devices := range []int{1, 3} {
		o.Out = t.TempDir()
		if _, err := newRunner(t, devices).Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		tables[i] = append(studies.Read(t, o.Out, "tables/theorem31-distances.csv"),
			studies.Read(t, o.Out, "figures/fig4.csv")...)
	}
	if !bytes.Equal(tables[0], tables[1]) {
		t.Error("one and three devices give different results")
	}
}

func TestMistakesAreRefused(t *testing.T) {
	for _, change := range []func(*studies.Options){
		func(o *studies.Options) { o.Studies = []string{"fig1"} },
		func(o *studies.Options) { o.Seeds = 1 },
		func(o *studies.Options) { o.Seed = -1 },
	} {
		o := studies.Default()
		o.Out = filepath.Join(t.TempDir(), "out")
		change(&o)
		if _, err := newRunner(t, 1).Run(t.Context(), o); err == nil {
			t.Errorf("%+v: no error", o)
		}
		if _, err := os.Stat(o.Out); err == nil {
			t.Errorf("%+v: something was written", o)
		}
	}
}
