package browsertest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
)

// broken has one of every thing that Problems must find.
const broken = `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<body style="margin: 0">
<script>console.error("oh no"); missing()</script>
<a href="#nowhere">nowhere</a> <a href="figures/gone.svg">gone</a> <p id="twice">1<p id="twice">2
<img src="elsewhere.png" alt="">
<figure id="empty"><figcaption>empty</figcaption></figure>
<figure id="small"><svg aria-label="small" width="20" height="20"></svg><figcaption>small</figcaption></figure>
<figure id="clipped"><svg aria-label="clipped" width="200" height="200" viewBox="0 0 200 200"><text x="150" y="50" font-size="20">a long text</text></svg><figcaption>c</figcaption></figure>
<figure id="wide"><svg aria-label="wide" width="2000" height="200"></svg><figcaption>wide</figcaption></figure>
<div><table id="bare"><thead><tr><th>x</th></tr></thead><tbody></tbody></table></div>
</body></html>`

var sound = `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><body><a href="#f">f</a>
<figure id="f"><svg aria-label="f" width="200" height="200" viewBox="0 0 200 200">` + tenLines + `<text x="50" y="50">text</text></svg><figcaption>f</figcaption></figure>
<div class="scroll" style="overflow-x: auto"><table id="t"><tbody><tr><th scope="row" style="min-width: 3000px">x</th></tr></tbody></table></div>
</body></html>`

var tenLines = strings.Repeat(`<path d="M10,10L90,90" stroke="#000"/>`, 10)

func TestProblems(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	write := func(page string) {
		must.Do(t, os.WriteFile(path, []byte(page), 0o644))
	}
	write(broken)
	all := strings.Join(Problems(t, path, Want{Figures: 5, Tables: 1, SmallestText: 21}), "\n")
	for _, want := range []string{
		"at 1280 pixels", "at 400 pixels", "oh no", "missing is not defined", "#nowhere",
		"figures/gone.svg", `"twice" is an id used twice`, "file://", "elsewhere.png",
		"4 figures and 1 tables, want 5 and 1", "empty has 0 pictures",
		"small has 1 pictures, the first of 20 × 20", "clipped draws 0 shapes",
		`clipped clips "a long text"`, "clipped has text 20 pixels high", "wide goes from",
		"scrolls sideways", "sticks out of the page", "bare has 0 rows",
		"bare has 1 headers without a scope", "bare is in a box",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing was found with %q", want)
		}
	}
	if t.Failed() {
		t.Log(all)
	}
	write(sound)
	if all := Problems(t, path, Want{Figures: 1, Tables: 1}); len(all) > 0 {
		t.Errorf("a sound page has problems: %q", all)
	}
}
