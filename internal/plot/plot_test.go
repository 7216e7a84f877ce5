package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
)

// one is a figure of one panel.
func one(marks ...Mark) *Figure {
	return &Figure{Panels: [][]*Panel{{{X: Axis{Label: "x"}, Y: Axis{Label: "y"}, Marks: marks}}}}
}

func line() *Line { return &Line{Name: "line", X: []float64{1, 2, 3}, Y: []float64{1, 4, 9}} }

func TestErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	with := func(change func(*Figure)) *Figure {
		f := one(line())
		change(f)
		return f
	}
	square := []float64{0, 1}
	for _, c := range []struct {
		figure *Figure
		want   string
	}{
		{&Figure{}, "without panels"},
		{&Figure{Panels: [][]*Panel{{nil}}}, "without panels"},
		{&Figure{Panels: [][]*Panel{{nil, nil}, {nil}}}, "rows of equal length"},
		{one(), "nothing to draw"},
		{one(&Rule{At: 1}), "nothing to draw but rules"},
		{one(&Line{Name: "empty"}), `"empty": 0 points`},
		{one(&Line{X: []float64{1}, Y: []float64{1}}), "want at least 2"},
		{one(&Line{X: []float64{1, 2}, Y: []float64{1}}), "as many of each"},
		{one(&Line{Name: "broken", X: []float64{1, 2}, Y: []float64{1, nan}}), `"broken": y 1 is NaN`},
		{one(&Line{X: []float64{1, inf}, Y: []float64{1, 2}}), "x 1 is +Inf"},
		{one(&Points{}), "0 points"},
		{one(&Points{X: square, Y: square, Low: square}), "0 numbers of high and 2 of x"},
		{one(&Points{X: square, Y: square, Low: []float64{0, nan}, High: square}), "low 1 is NaN"},
		{one(&Points{X: square, Y: square, Low: []float64{0, 2}, High: square}), "above high"},
		{one(&Points{X: square, Y: square, Offset: nan}), "offset"},
		{one(&Band{X: square, Low: square, High: []float64{-1, 0}}), "above high"},
		{one(line(), &Rule{At: nan}), "x 0 is NaN"},
		{one(&Contour{X: square, Y: square, Z: [][]float64{{0, 1}}, Levels: square}), "row for every y"},
		{one(&Contour{X: square, Y: square, Z: [][]float64{{0, 1}, {0, nan}}, Levels: square}),
			"z 3 is NaN"},
		{one(&Contour{X: square, Y: square, Z: [][]float64{{0, 1}, {0, 1}}}), "no levels"},
		{one(&Contour{X: square, Y: square, Z: [][]float64{{0, 1}, {0, 1}},
			Levels: []float64{2, 3}}), "nothing reaches"},
		{one(&Contour{X: []float64{1, 0}, Y: square, Z: [][]float64{{0, 1}, {0, 1}},
			Levels: square}), "increasing"},
		{with(func(f *Figure) { f.Panels[0][0].X.Label = "" }), "x axis has no label"},
		{with(func(f *Figure) {
			f.Panels[0][0].Y.Min = 10
			f.Panels[0][0].Y.Max = 5
		}), "increasing range"},
		{with(func(f *Figure) {
			f.Panels[0][0].Y.Min = 10
			f.Panels[0][0].Y.Max = 20
		}), "wholly outside the axis of y"},
		{with(func(f *Figure) {
			f.Panels[0][0].Y.Scale = Log10
			f.Panels[0][0].Y.Include = []float64{0}
		}), "positive"},
		{one(&Line{X: []float64{1, 2}, Y: []float64{0, 1}}, line()), ""},
		{with(func(f *Figure) {
			f.Panels[0][0].X.Scale = Log2
			f.Panels[0][0].Marks[0].(*Line).X[0] = 0
		}), "positive numbers on a logarithmic axis"},
		{with(func(f *Figure) { f.Panels[0][0].X.Label = "10⁻⁴" }), "the font has no '⁻'"},
		{with(func(f *Figure) { f.Panels[0][0].Marks[0].(*Line).Name = "q ∗ p" }), "the font has no '∗'"},
		{with(func(f *Figure) {
			f.Panels[0][0].Title = strings.Repeat("long ", 40)
		}), "takes 1051 points, there are 468"},
		{with(func(f *Figure) {
			f.Panels[0][0].Y.Label = strings.Repeat("long ", 40)
		}), "left for the data"},
		{with(func(f *Figure) {
			f.Panels[0][0].Marks[0].(*Line).Name = strings.Repeat("long ", 40)
		}), "legend entry"},
		{with(func(f *Figure) { f.Width = 100 }), "left for the data"},
		{with(func(f *Figure) {
			f.Panels[0][0].X.Ticks = []Tick{{Value: 1, Label: "first"}, {Value: 1.01, Label: "second"}}
		}), "touches"},
		{with(func(f *Figure) {
			f.Panels[0][0].X.Ticks = []Tick{{Value: 2, Label: "only"}}
		}), "has 1 ticks"},
		{one(line(), &Rule{At: 2, Label: strings.Repeat("long ", 40)}), "rule label"},
		{&Figure{Panels: [][]*Panel{{
			{Title: "title", X: Axis{Label: "x"}, Y: Axis{Label: "y"}, Marks: []Mark{line()}},
			{Title: strings.Repeat("title ", 18), X: Axis{Label: "x"}, Y: Axis{Label: "y"},
				Marks: []Mark{line()}},
			{Title: "title", X: Axis{Label: "x"}, Y: Axis{Label: "y"}, Marks: []Mark{line()}},
		}}}, "takes 421 points, there are 217"},
	} {
		_, err := c.figure.SVG("alt")
		_, pngErr := c.figure.PNG()
		if c.want == "" {
			if err != nil || pngErr != nil {
				t.Errorf("unexpected errors %v and %v", err, pngErr)
			}
			continue
		}
		if err == nil || pngErr == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("errors %v and %v, want one with %q", err, pngErr, c.want)
		}
	}
}

// The same figure gives the same bytes, drawing after drawing.
func TestDeterministic(t *testing.T) {
	first, second := gallery(), gallery()
	for name := range first {
		a, err := first[name].SVG("x")
		b, err2 := second[name].SVG("x")
		if err != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: two SVGs differ (%v, %v)", name, err, err2)
		}
	}
	a, err := first["contours"].PNG()
	b, err2 := first["contours"].PNG()
	if err != nil || err2 != nil || !bytes.Equal(a, b) {
		t.Errorf("two PNGs differ (%v, %v)", err, err2)
	}
}

// The SVG is well-formed, has nothing that two on one page could quarrel about, escapes
// its text and gives every text the width that the layout counted on.
func TestSVG(t *testing.T) {
	f := one(&Line{Name: `a < b & "c"`, X: []float64{1, 2}, Y: []float64{1, 2}})
	svg := must.Get(f.SVG(`"quoted" <alt>`))(t)
	if !bytes.HasPrefix(svg, []byte("<svg ")) {
		t.Errorf("begins with %.40q, want the element itself", svg)
	}
	var texts []string
	depth := 0
	for decoder := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		depth++
		attributes := map[string]string{}
		for _, a := range start.Attr {
			attributes[a.Name.Local] = a.Value
		}
		if attributes["id"] != "" || attributes["href"] != "" {
			t.Errorf("<%s> has an id or a link: %v", start.Name.Local, attributes)
		}
		switch start.Name.Local {
		case "svg":
			if attributes["role"] != "img" || attributes["aria-label"] != `"quoted" <alt>` ||
				attributes["viewBox"] == "" {
				t.Errorf("svg has %v", attributes)
			}
		case "text":
			width, err := strconv.ParseFloat(attributes["textLength"], 64)
			if err != nil || !(width > 0) {
				t.Errorf("a text has the length %q", attributes["textLength"])
			}
			var content string
			must.Do(t, decoder.DecodeElement(&content, &start))
			texts = append(texts, content)
		}
	}
	if all := strings.Join(texts, "|"); !strings.Contains(all, `a < b & "c"`) ||
		!strings.Contains(all, "x|") {
		t.Errorf("the texts are %q", all)
	}
}

// A picture has ink of the line's colour where the line is and none in the corner.
func TestPNG(t *testing.T) {
	style := palette[6]
	f := one(&Line{X: []float64{0, 1}, Y: []float64{0.5, 0.5}, Style: &style})
	f.Panels[0][0].Y.Min, f.Panels[0][0].Y.Max = 0, 1
	data := must.Get(f.PNG())(t)
	picture := must.Get(png.Decode(bytes.NewReader(data)))(t)
	size := picture.Bounds().Size()
	if size != (image.Point{X: 2 * widthOne, Y: 2 * heightOne}) {
		t.Errorf("the picture has %v pixels, want twice %d × %d", size, widthOne, heightOne)
	}
	reddest := func(x int) int { // rows with the line's colour
		n := 0
		for y := range size.Y {
			c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
			if int(c.R)-int(c.B) > 150 {
				n++
			}
		}
		return n
	}
	if n := max(reddest(size.X/2), reddest(size.X/2+4)); n < 2 || n > 6 { // one may meet a gap
		t.Errorf("the line is %d pixels thick, want about 3", n)
	}
	if n := reddest(2); n != 0 {
		t.Errorf("the margin has %d pixels of the line", n)
	}
}

// A name has one style and one legend entry however often it is drawn, and no two names
// of a figure share a style.
func TestStyles(t *testing.T) {
	f := accuracy()
	looks := map[string]Style{}
	for m, s := range f.styles() {
		name, _ := m.look()
		if other, known := looks[name]; known && other.Color != s.Color {
			t.Errorf("%q is drawn in %v and in %v", name, s.Color, other.Color)
		}
		looks[name] = s
	}
	l := &layout{figure: f}
	l.plot()
	if len(l.names) != 8 || len(looks) != 9 { // the rule has no name
		t.Errorf("legend of %q, %d names, want 8 and 9", l.names, len(looks))
	}
	for i := range len(palette) {
		for j := range i {
			a, b := palette[i], palette[j]
			if a.Color == b.Color || a.Marker == b.Marker {
				t.Errorf("styles %d and %d share colour or marker", i, j)
			}
		}
	}
}

func TestDodge(t *testing.T) {
	a, b, c := &Points{}, &Points{}, &Points{}
	Dodge(5, a, b, c)
	if a.Offset != -5 || b.Offset != 0 || c.Offset != 5 {
		t.Errorf("offsets %g, %g, %g, want -5, 0, 5", a.Offset, b.Offset, c.Offset)
	}
}

// The table holds the plotted numbers, to the last digit.
func TestTable(t *testing.T) {
	third := 1.0 / 3
	f := one(
		&Line{Name: "line", X: []float64{1, 2}, Y: []float64{third, 1e-300}},
		&Points{Name: "points", X: []float64{1}, Y: []float64{2}, Low: []float64{1}, High: []float64{3}},
		&Rule{Label: "limit", At: 1.5})
	header, rows := f.Table()
	if got := strings.Join(header, ","); got != "series,x,y,low,high" {
		t.Errorf("header %s", got)
	}
	want := []string{"line,1,0.3333333333333333,,", "line,2,1e-300,,", "points,1,2,1,3",
		"limit,1.5,,,"}
	for i, row := range rows {
		if got := strings.Join(row, ","); i >= len(want) || got != want[i] {
			t.Errorf("row %d is %s", i, got)
		}
	}
	if len(rows) != len(want) {
		t.Errorf("%d rows, want %d", len(rows), len(want))
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		axis      Axis
		low, high float64
		want      string
	}{
		{Axis{}, 0, 1, "0 0.5 1"},
		{Axis{}, -0.3, 0.3, "−0.25 0 0.25"},
		{Axis{}, 0, 12345, "0 4000 8000 12000"},
		{Axis{}, -30000, 100, "−30000 −20000 −10000 0"},
		{Axis{Scale: Log2}, 7, 5000, "8 32 128 512 2048"},
		{Axis{Scale: Log2}, 7, 500000, "8 64 512 4096 32768 262144"},
		{Axis{Scale: Log10}, 0.005, 20, "0.01 0.1 1 10"},
		{Axis{Scale: Log10}, 1e-9, 1e-2, "1e−9 1e−8 1e−7 1e−6 1e−5 0.0001 0.001 0.01"},
		{Axis{Scale: Log10}, 2.1, 2.9, "2.2 2.4 2.6 2.8"},
	} {
		var labels []string
		for _, t := range c.axis.ticks(c.low, c.high) {
			if !t.IsMinor() {
				labels = append(labels, t.Label)
			}
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("ticks of %g to %g at scale %d: %s, want %s", c.low, c.high, c.axis.Scale, got, c.want)
		}
	}
}
