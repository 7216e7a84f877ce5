package browsertest

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// widths of the page in CSS pixels: a desktop and a small telephone.
var widths = []int{1280, 400}

const screenHeight = 900

// measured is what measureScript finds in a page.
type measured struct {
	WindowWidth  float64
	Width        float64 // without the scroll bar
	ScrollWidth  float64
	Outside      []string // elements that stick out of the page
	DuplicateIDs []string
	DeadAnchors  []string
	Files        []string // what the page links to
	Figures      []figure
	Tables       []table
}

type figure struct {
	ID                         string
	Pictures                   int
	Left, Right, Width, Height float64
	Shapes                     int
	ClippedTexts               []string
	Label, Caption             string
}

type table struct {
	ID                string
	Rows, Width       float64
	Height            float64
	HeadersUnscoped   float64 // <th> without scope
	ContainerRight    float64
	ContainerOverflow string
}

// measureScript runs in the page.
const measureScript = `
const box = e => e.getBoundingClientRect();
const name = e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + ' ' + e.textContent.trim().slice(0, 40);
const all = (selector, of = document) => [...of.querySelectorAll(selector)];
const width = document.documentElement.clientWidth;
const ids = all('[id]').map(e => e.id);
const links = all('a[href]').map(e => e.getAttribute('href'));
return {
	WindowWidth: innerWidth,
	Width: width,
	ScrollWidth: document.documentElement.scrollWidth,
	Outside: all('body *').filter(e => !e.closest('.scroll *') && !e.closest('svg *') && (box(e).right > width + 0.5 || box(e).left < -0.5)).map(name),
	DuplicateIDs: ids.filter((id, i) => ids.indexOf(id) !== i),
	DeadAnchors: links.filter(h => h.startsWith('#') && !document.getElementById(h.slice(1))),
	Files: links.filter(h => !h.startsWith('#')),
	Figures: all('figure').map(f => {
		const svgs = all('svg', f), b = svgs.length ? box(svgs[0]) : {};
		return {
			ID: f.id, Pictures: svgs.length,
			Left: b.left, Right: b.right, Width: b.width, Height: b.height,
			Shapes: all('svg path', f).filter(p => box(p).width + box(p).height > 0).length,
			ClippedTexts: all('svg text', f).filter(t => {
				const r = box(t);
				return r.width === 0 || r.left < b.left - 0.5 || r.right > b.right + 0.5 || r.top < b.top - 0.5 || r.bottom > b.bottom + 0.5;
			}).map(t => t.textContent),
			Label: svgs.length ? svgs[0].getAttribute('aria-label') || '' : '',
			Caption: (f.querySelector('figcaption') || {textContent: ''}).textContent.trim(),
		};
	}),
	Tables: all('table').map(t => ({
		ID: t.id, Rows: t.tBodies[0].rows.length, Width: box(t).width, Height: box(t).height,
		HeadersUnscoped: all('th:not([scope])', t).length,
		ContainerRight: box(t.parentElement).right,
		ContainerOverflow: getComputedStyle(t.parentElement).overflowX,
	})),
};`

// CheckReport opens a report.html in a browser of its own and fails the test for every one
// of its Problems. Where shots is not "" it keeps pictures of the whole page there.
func CheckReport(t *testing.T, path string, figures, tables int, shots string) {
	t.Helper()
	b := Start(t)
	for _, problem := range b.Problems(path, figures, tables) {
		t.Error(problem)
	}
	if shots == "" {
		return
	}
	for _, width := range widths {
		b.Resize(width, screenHeight)
		b.shoot(shots, width)
	}
}

// Problems lists whatever a reader of a report.html would see go wrong, at the width of a
// desktop and of a telephone: messages in the console, requests that leave the page,
// missing or empty figures, clipped text, tables without rows, anything wider than the
// page, dead links.
func (b *Browser) Problems(path string, figures, tables int) []string {
	b.t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		b.t.Fatal(err)
	}
	b.Load("about:blank") // in place of the browser's own first page, which asks for much
	b.Requests()
	b.Log("browser")
	page := (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
	var found problems
	for _, width := range widths {
		b.Resize(width, screenHeight)
		b.Load(page)
		var m measured
		b.Run(measureScript, &m)
		if m.WindowWidth != float64(width) {
			b.t.Fatalf("the window is %g pixels wide, not the %d asked for", m.WindowWidth, width)
		}
		found.add("at %d pixels:", width)
		heading := len(found)
		m.check(&found, figures, tables)
		m.checkFiles(&found, filepath.Dir(path))
		for _, entry := range b.Log("browser") {
			found.add("the console says %s: %s", entry.Level, entry.Message)
		}
		requests := b.Requests()
		if !slices.Contains(requests, page) {
			b.t.Fatalf("the browser's log has no request for the page itself, so it cannot show others: %q", requests)
		}
		for _, request := range requests {
			if request != page && !strings.HasPrefix(request, "data:") {
				found.add("the page asks for %s", request)
			}
		}
		if len(found) == heading {
			found = found[:heading-1]
		}
	}
	return found
}

// problems are sentences.
type problems []string

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

func (m *measured) check(found *problems, figures, tables int) {
	if m.ScrollWidth > m.Width {
		found.add("the page scrolls sideways: it is %g wide", m.ScrollWidth)
	}
	for _, list := range []struct {
		what  string
		names []string
	}{
		{"sticks out of the page", m.Outside},
		{"is an id used twice", m.DuplicateIDs},
		{"is a link to nothing", m.DeadAnchors},
	} {
		for _, name := range list.names {
			found.add("%q %s", name, list.what)
		}
	}
	if len(m.Figures) != figures || len(m.Tables) != tables {
		found.add("the page has %d figures and %d tables, want %d and %d", len(m.Figures), len(m.Tables), figures, tables)
	}
	for i := range m.Figures {
		m.Figures[i].check(found, m.Width)
	}
	for i := range m.Tables {
		m.Tables[i].check(found, m.Width)
	}
}

func (f *figure) check(found *problems, width float64) {
	const leastSize, leastShapes = 100, 10
	if f.Pictures != 1 || !(f.Width >= leastSize && f.Height >= leastSize) {
		found.add("%s has %d pictures, the first of %g × %g pixels", f.ID, f.Pictures, f.Width, f.Height)
	}
	if !(f.Left >= 0 && f.Right <= width) {
		found.add("%s goes from %g to %g on a page %g wide", f.ID, f.Left, f.Right, width)
	}
	if f.Shapes < leastShapes {
		found.add("%s draws %d shapes only", f.ID, f.Shapes)
	}
	for _, text := range f.ClippedTexts {
		found.add("%s clips %q", f.ID, text)
	}
	if f.Label == "" || f.Caption == "" {
		found.add("%s has the label %q and the caption %q", f.ID, f.Label, f.Caption)
	}
}

func (t *table) check(found *problems, width float64) {
	if !(t.Rows > 0 && t.Width > 0 && t.Height > 0) {
		found.add("%s has %g rows and %g × %g pixels", t.ID, t.Rows, t.Width, t.Height)
	}
	if t.HeadersUnscoped > 0 {
		found.add("%s has %g headers without a scope", t.ID, t.HeadersUnscoped)
	}
	if t.ContainerOverflow != "auto" || !(t.ContainerRight <= width) {
		found.add("%s is in a box to %g with overflow %q", t.ID, t.ContainerRight, t.ContainerOverflow)
	}
}

// checkFiles finds links to files that are not there.
func (m *measured) checkFiles(found *problems, dir string) {
	for _, link := range m.Files {
		if u, err := url.Parse(link); err != nil || u.IsAbs() {
			continue // a reader may follow it; nothing is fetched
		}
		if info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(link))); err != nil || info.Size() == 0 {
			found.add("the page links to %s: missing or empty (%v)", link, err)
		}
	}
}
