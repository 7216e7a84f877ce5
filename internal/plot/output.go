package plot

import (
	"fmt"
	"html"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// dpi gives pictures two dots for every point of a usual screen.
const dpi = 144

// PNG draws the figure as a PNG file.
func (f *Figure) PNG() ([]byte, error) {
	l, err := f.lay()
	if err != nil {
		return nil, err
	}
	return l.draw(vgimg.PngCanvas{
		Canvas: vgimg.NewWith(vgimg.UseWH(l.width, l.height), vgimg.UseDPI(dpi))})
}

// SVG draws the figure as an SVG element that can stand in a page of HTML or alone in a
// file; alt is read to those who cannot see it. The element has no ids, so that several
// can share a page, and scales with its viewBox.
func (f *Figure) SVG(alt string) ([]byte, error) {
	l, err := f.lay()
	if err != nil {
		return nil, err
	}
	canvas := &svgCanvas{Canvas: vgsvg.New(l.width, l.height)}
	svg, err := l.draw(canvas)
	if err != nil {
		return nil, err
	}
	// In place of vgsvg's prologue, which a page of HTML does not take.
	prologue, body, ok := strings.Cut(string(svg), "<g ")
	if !ok || !strings.Contains(prologue, "<svg ") {
		return nil, fmt.Errorf("gonum/plot wrote an SVG without the expected prologue: %.80q", prologue)
	}
	head := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="%s" `+
		`width="%.5[2]gpt" height="%.5[3]gpt" viewBox="0 0 %.5[2]g %.5[3]g">`+"\n",
		html.EscapeString(alt), l.width.Points(), l.height.Points())
	return []byte(head + canvas.fixWidths("<g "+body)), nil
}

// svgCanvas notes how wide the layout takes each text to be.
type svgCanvas struct {
	*vgsvg.Canvas
	widths []vg.Length
}

// FillString implements vg.Canvas.
func (c *svgCanvas) FillString(f font.Face, at vg.Point, s string) {
	if f.Font.Size == unseen {
		return
	}
	c.widths = append(c.widths, f.Width(s))
	c.Canvas.FillString(f, at, s)
}

// fixWidths has every text take its width whatever font the reader's system has in the
// place of Liberation Sans; Arial and Helvetica have its metrics.
func (c *svgCanvas) fixWidths(svg string) string {
	parts := strings.Split(svg, "<text ")
	for i, w := range c.widths {
		parts[i] += fmt.Sprintf(`<text textLength="%.5g" lengthAdjust="spacingAndGlyphs" `, w.Points())
	}
	return strings.NewReplacer(
		"font-family:Liberation Sans", "font-family:'Liberation Sans',Arial,Helvetica,sans-serif",
		"font-variant:normal;", "", "font-weight:normal;", "", "font-style:normal;", "", // the defaults
	).Replace(strings.Join(parts, ""))
}
