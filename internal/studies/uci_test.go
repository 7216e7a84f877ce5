package studies

import (
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/internal/ucitest"
)

// nlls are splits with these NLLs.
func nlls(values ...float64) []regressed {
	var r []regressed
	for _, v := range values {
		r = append(r, regressed{NLL: v})
	}
	return r
}

// single are splits with one member of each of these NLLs.
func single(nlls []float64) [][]float64 {
	var splits [][]float64
	for _, x := range nlls {
		splits = append(splits, []float64{x})
	}
	return splits
}

// judgedSet is a data set on which mean field has an NLL of 1 and more on three splits, with so
// much less of its mixture, and auto as much more as given.
func judgedSet(name string, mixture float64, auto ...float64) uciTable {
	base := []float64{1, 2, 3}
	for i := range auto {
		auto[i] += base[i]
	}
	rows := []uciRow{
		{method: uciMethods[0], members: 1, results: nlls(base...)},
		{method: uciMethods[0], members: 5, results: nlls(1-mixture, 2-mixture, 3-mixture),
			alone: single(base)},
		{method: uciMethods[2], members: 1, results: nlls(auto...), alone: single(auto)},
	}
	for i := range rows {
		rows[i].base = rows[0].results
	}
	return uciTable{dataset.UCISet{Name: name}, rows}
}

func TestUCIVerdicts(t *testing.T) {
	better := func() uciTable { return judgedSet("yacht", 0.9, -0.1, -0.11, -0.09) } // mixture 1.1
	worse := func() uciTable { return judgedSet("energy", 0.7, 0.1, 0.11, 0.09) }    // mixture 1.3
	unclear := func() uciTable { return judgedSet("concrete", 0, -1, 2, -1) }
	other := func() uciTable { return judgedSet("mine", 0, -0.1, -0.11, -0.09) }
	for _, c := range []struct {
		tables  []uciTable
		verdict report.Verdict
		says    string
	}{
		{[]uciTable{better(), better(), unclear()}, report.Reproduces,
			"on 2 of 3 data sets and the larger on 0"},
		{[]uciTable{better(), unclear()}, report.Partly,
			"deep ensembles on 2, and than that of tuned dropout on 2, of 2"},
		{[]uciTable{better(), better(), worse()}, report.Partly,
			"the larger on 1; the mean difference is −0.0333 ± 0.0033 nats per row. Mean field " +
				"with 5 members has an NLL no larger than that of deep ensembles on 3, and than " +
				"that of tuned dropout on 2, of 3"},
		{[]uciTable{unclear(), worse()}, report.Differs, "on 0 of 2"},
		{[]uciTable{other()}, report.Reproduces, "on 1 of 1 data sets and the larger on 0; the " +
			"mean difference is −0.1000 ± 0.0058 nats per row."},
	} {
		verdict, sentence := judgeUCI(c.tables)
		if verdict != c.verdict || !strings.Contains(sentence, c.says) {
			t.Errorf("verdict %q, %q; want %q and %q", verdict, sentence, c.verdict, c.says)
		}
	}
	alone := better()
	alone.rows = alone.rows[:2] // without auto
	if verdict, sentence := judgeUCI([]uciTable{alone}); verdict != report.NotJudged ||
		!strings.Contains(sentence, "tuned dropout on 1, of 1") {
		t.Errorf("without auto: %q, %q", verdict, sentence)
	}
	if _, sentence := judgeUCI([]uciTable{other()}); strings.Contains(sentence, "ensembles") {
		t.Errorf("%q of a set without published figures", sentence)
	}
}

// TestPublished: every row has all columns, and only VI's RMSE is unknown.
func TestPublished(t *testing.T) {
	for name, columns := range publishedUCI {
		if len(columns) != len(publishedNames) {
			t.Fatalf("%s: %d columns, want %d", name, len(columns), len(publishedNames))
		}
		for i, c := range columns {
			if (c.rmse != c.rmse) != (publishedNames[i] == "VI") || c.nll != c.nll {
				t.Errorf("%s: %s has RMSE %v and NLL %v", name, publishedNames[i], c.rmse, c.nll)
			}
		}
	}
}

// TestUCISettingIsOne: the setting of a method differs between sets in protein's width alone.
func TestUCISettingIsOne(t *testing.T) {
	o := Default()
	for _, m := range uciMethods {
		boston := o.uciConfig(dataset.UCISet{Name: "bostonHousing", Train: 455}, m)
		protein := o.uciConfig(dataset.UCISet{Name: "protein-tertiary-structure", Train: 41157}, m)
		if !slices.Equal(protein.Hidden, []int{100}) {
			t.Errorf("protein has %v neurons", protein.Hidden)
		}
		protein.Hidden = boston.Hidden
		want := experiment.Table(experiment.NoiseHeteroscedastic)
		if boston.LR != want.LR || boston.KLWeight != want.KLWeight || boston.Noise != want.Noise ||
			boston.Symmetrize != string(m.method.Estimator) {
			t.Errorf("%v: settings %+v are not those of tables", m.method, boston)
		}
		if a, b := texts(boston), texts(protein); !maps.Equal(a, b) {
			t.Errorf("%v: settings differ: %v, %v", m.method, a, b)
		}
	}
}

// uciRunner runs the study on n devices.
func uciRunner(t *testing.T, n int) *Runner {
	r := OnCPUs(t, n)
	r.Studies = []Study{UCI()}
	return r
}

func TestUCINeedsData(t *testing.T) {
	o := Default()
	o.Studies, o.Out = []string{"uci"}, t.TempDir()
	wants := func(what string) {
		t.Helper()
		var setting *experiment.SettingError
		if _, err := uciRunner(t, 1).Run(t.Context(), o); !errors.As(err, &setting) ||
			setting.Key != what {
			t.Errorf("error %v, want one about %s", err, what)
		}
	}
	wants("data")
	o.Data = t.TempDir()
	_, err := uciRunner(t, 1).Run(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), o.Data) {
		t.Errorf("error %v, want one about an empty directory", err)
	}
	o.Splits = 1
	wants("splits")
	o.Splits, o.Methods = 0, []string{"exact"}
	wants("methods")
}

// TestUCI: members and methods are what they are called, paired and repeatable.
func TestUCI(t *testing.T) {
	o := Default()
	o.Studies, o.Quick, o.Out, o.Data, o.Splits = []string{"uci"}, true, t.TempDir(), t.TempDir(), 2
	ucitest.Write(t, o.Data, "yacht", 40, 3)
	var plan Plan
	r := uciRunner(t, 2)
	r.Plan = func(p Plan) { plan = p }
	out, err := r.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Sections) != 1 || plan.Cells != 2*3 || plan.Expected <= 0 {
		t.Fatalf("%d sections and plan %+v, want 1 and %d cells",
			len(out.Sections), plan, 2*3)
	}
	if o.sets, err = dataset.UCISets(o.Data); err != nil {
		t.Fatal(err)
	}
	tables, err := uciTables(o, newStore(o.Out))
	if err != nil {
		t.Fatal(err)
	}
	var labels []string
	for _, row := range tables[0].rows {
		labels = append(labels, row.label())
		for split, x := range row.results {
			if x.Rows != 4 || !(x.CRPS > 0 && x.CRPS < 2*x.RMSE && x.Cover50 <= x.Cover95 &&
				x.Cover95 <= 1) {
				t.Errorf("%s, split %d: scores %+v make no sense", row.label(), split, x)
			}
			if (row.members == 1) != (x.Lower != 0) || x.Lower > x.Upper+0.1 {
				t.Errorf("%s, split %d: bounds %v and %v", row.label(), split, x.Lower, x.Upper)
			}
		}
		if row.members > 1 && row.difference(uciNLL).Mean == 0 {
			t.Errorf("%s does not differ from one member", row.label())
		}
	}
	want := []string{"MFVI", "MFVI, 2 members", "MFVI, 3 members", "MFVI, 5 members",
		"uniform K = 20", "auto", "auto, 5 members"}
	if !slices.Equal(labels, want) {
		t.Errorf("rows %q, want %q", labels, want)
	}
	effects := uciEffects(tables)
	if len(effects) != 1 || effects[0].members != 5 || effects[0].splits != 2 ||
		effects[0].alone.Mean == 0 || effects[0].lower.Mean == 0 {
		t.Errorf("effects of auto %+v, want those of 5 members on 2 splits", effects)
	}
	first := Read(t, o.Out, "report.md")
	if _, err := r.Run(t.Context(), o); err != nil || plan.Finished != plan.Cells {
		t.Fatalf("again: %v, plan %+v", err, plan)
	}
	if string(first) != string(Read(t, o.Out, "report.md")) {
		t.Error("the second run's report differs")
	}
	o.Pairs = 7 // another five seeds of none and of auto
	if _, err := r.Run(t.Context(), o); err != nil || plan.Finished != 6 || plan.Cells != 6+4 {
		t.Fatalf("7 pairs: %v, plan %+v; want 4 cells more than 6", err, plan)
	}
	if tables, err = uciTables(o, newStore(o.Out)); err != nil {
		t.Fatal(err)
	}
	paired := uciEffects(tables)[0]
	if paired.seeds != 10 || effects[0].seeds != 5 || paired.alone == effects[0].alone ||
		paired.mixture == effects[0].mixture {
		t.Errorf("effects %+v of 10 seeds and %+v of 5", paired, effects[0])
	}
	o.Methods = []string{"uniform:20"}
	if _, err := r.Run(t.Context(), o); err != nil || plan.Finished != 4 || plan.Cells != 4 {
		t.Fatalf("without auto: %v, plan %+v; want the 4 cells of none and uniform:20", err, plan)
	}
	o.Methods = nil
	ucitest.Write(t, o.Data, "yacht", 50, 3) // other data, other cells
	if _, err := r.Run(t.Context(), o); err != nil || plan.Finished != 0 {
		t.Errorf("other data: %v, plan %+v; want nothing finished", err, plan)
	}
}

// Read is a file of a report.
func Read(t *testing.T, dir, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestMemberDifference: the error of the mean over splits holds that of the seeds.
func TestMemberDifference(t *testing.T) {
	a := [][]float64{{1, 3}, {5, 5}, {2, 4}}
	b := [][]float64{{0, 0, 9}, {1, 1, 9}, {0, 0, 9}} // differences 1, 3; 4, 4; 2, 4
	d, bySeeds := memberDifference(a, b)
	if want := 1 / math.Sqrt(3); d.Mean != 3 || math.Abs(d.Error-want) > 1e-12 {
		t.Errorf("difference %+v, want 3 ± %v", d, want)
	}
	if want := math.Sqrt(1+0+1) / 3; math.Abs(bySeeds-want) > 1e-12 {
		t.Errorf("error by seeds %v, want %v", bySeeds, want)
	}
	// Splits that agree by luck, where seeds do not: the error is that of the seeds.
	lucky, part := memberDifference([][]float64{{0, 2}, {0, 2}}, [][]float64{{0, 0}, {0, 0}})
	if want := math.Sqrt(1+1) / 2; lucky.Mean != 1 || lucky.Error != part ||
		math.Abs(part-want) > 1e-12 {
		t.Errorf("difference of lucky splits %+v, by seeds %v, want 1 ± %v", lucky, part, want)
	}
	if _, one := memberDifference(single([]float64{1, 2}), single([]float64{1, 1})); !math.IsNaN(one) {
		t.Errorf("error by one seed %v, want none", one)
	}
}
