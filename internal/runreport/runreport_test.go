package runreport

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/browsertest"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels/cpu"
)

// train trains a small run on rows of text and inspects it.
func train(t *testing.T, table string, change func(*experiment.Config)) *experiment.Inspection {
	t.Helper()
	path := filepath.Join(t.TempDir(), "table.csv")
	must.Do(t, os.WriteFile(path, []byte(table), 0o644))
	device := must.Get(cpu.New(cpu.Options{}))(t)
	t.Cleanup(func() { device.Close() })
	r := &experiment.Runner{Device: device}
	c := experiment.Default()
	c.Data, c.Hidden, c.Epochs, c.Batch, c.LR, c.EvalSamples = path, []int{8}, 40, 20, 0.01, 20
	change(&c)
	dir := filepath.Join(t.TempDir(), "run <1>")
	if _, err := r.Train(t.Context(), c, dir); err != nil {
		t.Fatal(err)
	}
	i := must.Get(r.Inspect(t.Context(), dir, experiment.EvalOptions{Samples: 50, ELBOSamples: 50,
		Permutations: 10}))(t)
	return i
}

// houses are rows with two targets, flowers with three classes.
func houses() string {
	var b strings.Builder
	b.WriteString("area,garden & yard,price,rent\n")
	for i := range 150 {
		x, y := float64(i%17), float64(i*i%23)
		fmt.Fprintf(&b, "%g,%g,%.3f,%.3f\n", x, y, 1e5+3e4*x+1e4*math.Sin(float64(7*i)),
			500+20*y+30*math.Cos(float64(5*i)))
	}
	return b.String()
}

func flowers() string {
	var b strings.Builder
	b.WriteString("length,width,species\n")
	for i := range 150 {
		class := i % 3
		fmt.Fprintf(&b, "%.3f,%.3f,%s\n", float64(class)+0.7*math.Sin(float64(7*i)),
			float64(class*class)+math.Cos(float64(5*i)), []string{"rose <b>", "lily", "iris"}[class])
	}
	return b.String()
}

func pages(t *testing.T) map[string]*experiment.Inspection {
	return map[string]*experiment.Inspection{
		"numbers": train(t, houses(), func(c *experiment.Config) {
			c.Target, c.Hidden = "price,rent", []int{8, 5}
		}),
		"classes": train(t, flowers(), func(c *experiment.Config) { c.Target = "species" }),
		"members": train(t, flowers(), func(c *experiment.Config) {
			c.Target, c.Hidden, c.Members = "species", []int{6}, 3
		}),
	}
}

func TestPages(t *testing.T) {
	for name, i := range pages(t) {
		page, err := New(i).Page()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := New(i).Page()
		if err != nil || string(again) != string(page) {
			t.Errorf("%s: the same run gives another page, %v", name, err)
		}
		want := map[string][]string{
			"numbers": {"Learning", "Predictions of price", "Calibration of rent", "Neurons in use",
				"13 hidden neurons", "layer 2", "garden &amp; yard", "prior-std", "Scores of the targets"},
			"classes": {"Reliability", "Risk and coverage", "What is taken for what",
				"rose &lt;b&gt;", "balanced accuracy"},
			"members": {"18 hidden neurons are in use, over all 3 members", "member 3",
				"different modes", "2 and 3"},
		}[name]
		for _, text := range want {
			if !strings.Contains(string(page), text) {
				t.Errorf("%s: the page lacks %q", name, text)
			}
		}
		for _, text := range []string{"figures/", "tables/", "http://", "https://", "<b>"} {
			if strings.Contains(strings.ReplaceAll(string(page), "http://www.w3.org/2000/svg", ""), text) {
				t.Errorf("%s: the page holds %q", name, text)
			}
		}
	}
}

// Of many members the neurons are shown by layer.
func TestManyMembers(t *testing.T) {
	i := train(t, flowers(), func(c *experiment.Config) {
		c.Target, c.Hidden, c.Members, c.Epochs = "species", []int{5, 4}, 8, 2
	})
	page := must.Get(New(i).Page())(t)
	for _, text := range []string{"72 hidden neurons are in use, over all 8 members", "layer 2",
		"7 and 8"} {
		if !strings.Contains(string(page), text) {
			t.Errorf("the page lacks %q", text)
		}
	}
	points := neuronPoints(i.Outgoing)
	if len(points) != 2 || len(points[0].X) != 40 || len(points[1].X) != 32 {
		t.Errorf("%d series of points, want 40 neurons of the first layers and 32 of the second",
			len(points))
	}
}

// The pages in a browser. With SYMVI_SCREENSHOTS pictures of them are kept in that directory.
func TestBrowser(t *testing.T) {
	for name, i := range pages(t) {
		t.Run(name, func(t *testing.T) {
			page := must.Get(New(i).Page())(t)
			path := filepath.Join(t.TempDir(), "report.html")
			must.Do(t, os.WriteFile(path, page, 0o644))
			// curves, two for each target, neurons; scores, targets, columns, settings
			figures, tables := 7, 4
			switch name {
			case "classes":
				figures, tables = 5, 5
			case "members": // and one of their distances
				figures, tables = 5, 6
			}
			shots := os.Getenv("SYMVI_SCREENSHOTS")
			if shots != "" {
				shots = filepath.Join(shots, name)
			}
			browsertest.CheckReport(t, path, browsertest.Want{Figures: figures, Tables: tables,
				SmallestText: 11.9, Shots: shots}) // 9 points are 12 pixels
		})
	}
}
