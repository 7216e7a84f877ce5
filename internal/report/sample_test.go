package report

import (
	"math"
	"strings"
	"time"

	"github.com/symvi/symvi/internal/plot"
)

// sample is a report with everything that one can have, and with text that must be
// escaped.
func sample() *Report {
	x, y, low, high := []float64{8, 16, 32, 64}, make([]float64, 4), make([]float64, 4),
		make([]float64, 4)
	for i, v := range x {
		y[i] = 1 / math.Log(v)
		low[i], high[i] = 0.9*y[i], 1.1*y[i]
	}
	curves := &plot.Figure{Panels: [][]*plot.Panel{{
		{
			Title: "<mean> & \"spread\"",
			X:     plot.Axis{Label: "hidden neurons", Scale: plot.Log2},
			Y:     plot.Axis{Label: "distance", Unit: "nats"},
			Marks: []plot.Mark{
				&plot.Band{Name: "a < b", X: x, Low: low, High: high},
				&plot.Line{Name: "a < b", X: x, Y: y},
				&plot.Rule{Label: "here & now", At: 20},
			},
		},
		{
			Title: "points",
			X:     plot.Axis{Label: "hidden neurons"},
			Y:     plot.Axis{Label: "distance", Unit: "nats"},
			Marks: []plot.Mark{&plot.Points{Name: "seeds", X: x, Y: y, Low: low, High: high}},
		},
	}}}
	single := &plot.Figure{Panels: [][]*plot.Panel{{{
		X:     plot.Axis{Label: "α"},
		Y:     plot.Axis{Label: "KL(q‖p)", Unit: "nats"},
		Marks: []plot.Mark{&plot.Line{X: x, Y: y}},
	}}}}
	wide := Table{ID: "wide", Title: "A table wider than a telephone", Caption: "Its box scrolls.",
		Header: []string{"method", "remark"}, Labels: 1}
	row := Cells("uniform | K = 5", "<b>not bold</b>")
	for i := range 12 {
		wide.Header = append(wide.Header, strings.Repeat("h", i+1))
		row = append(row, Cell{Text: "−12.345 ± 0.067", Strong: i == 3})
	}
	wide.Rows = [][]Cell{row, row}
	return &Report{
		Title:   "Sample <report>",
		Summary: []string{"A paragraph with <script>alert(1)</script> & a | pipe.", "Another."},
		Settings: []Setting{{"seeds", "10"}, {"command", "symvi reproduce all --seeds 10"},
			{"a|b", strings.Repeat("long", 60)}},
		Sections: []Section{
			{
				ID: "fig2", Title: "Figure 2: *modes*", Verdict: Reproduces, Sentence: "It reproduces.",
				Paragraphs: []string{"Plain text."},
				Settings:   []Setting{{"steps", "3000"}},
				Figures: []Figure{
					{ID: "fig2", Title: "Curves", Caption: "Two panels.",
						Alt: `Curves that "fall" <slowly>`, Plot: curves},
					{ID: "fig2-b", Title: "One curve", Caption: "One panel.", Alt: "A curve", Plot: single},
				},
				Took: 1234567 * time.Microsecond,
			},
			{
				ID: "table1", Title: "Table 1", Verdict: Differs, Sentence: "It does not reproduce.",
				Tables: []Table{wide, {
					ID: "small", Title: "A small table", Header: []string{"α", "KL"},
					Rows: [][]Cell{Cells("0.05", "0.1"), Cells("0.1", "–")},
				}},
			},
			{ID: "table2", Title: "Table 2", Verdict: NotDone, Sentence: "It was not run."},
		},
	}
}
