// Package browsertest looks at pages in a headless Chromium, for tests.
package browsertest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Want is what a report's page must have.
type Want struct {
	Figures, Tables int
	// SmallestText is how high, in pixels, the text of figures must be at any width; 0 for any.
	SmallestText float64
	// Shots is a directory that keeps pictures of the page; "" for none.
	Shots string
	// Files are those beside the page that are not empty.
	Files []string
}

// widths of the page in CSS pixels: a desktop and a small telephone.
var widths = []int{1280, 400}

//go:embed measure.js
var measure string

// noRequests makes an error of whatever the page asks for.
const noRequests = `<meta http-equiv="Content-Security-Policy" content="default-src 'unsafe-inline' data:">`

// CheckReport fails the test for every one of the page's Problems.
func CheckReport(t *testing.T, path string, want Want) {
	t.Helper()
	for _, problem := range Problems(t, path, want) {
		t.Error(problem)
	}
	for _, width := range widths {
		if want.Shots == "" {
			break
		}
		if err := os.MkdirAll(want.Shots, 0o777); err != nil {
			t.Fatal(err)
		}
		// A window is at least 500 pixels wide, a frame is not.
		frame := filepath.Join(t.TempDir(), "frame.html")
		page := fmt.Sprintf(`<body style="margin: 0"><iframe src="file://%s" width="%d" height="6000" `+
			`style="border: 0">`, path, width)
		if err := os.WriteFile(frame, []byte(page), 0o666); err != nil {
			t.Fatal(err)
		}
		run(t, frame, fmt.Sprintf("--screenshot=%s/%d.png", want.Shots, width),
			fmt.Sprintf("--window-size=%d,6000", width))
	}
}

// Problems lists whatever a reader of a page would see go wrong at the width of a desktop and of
// a telephone: messages in the console, requests that leave the page, missing or empty figures,
// clipped text, tables without rows, anything wider than the page, dead links.
func Problems(t testing.TB, path string, want Want) (found []string) {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(os.DirFS(filepath.Dir(path)), ".",
		func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if info, err := d.Info(); err == nil && info.Size() > 0 {
				want.Files = append(want.Files, name)
			}
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("page.html", bytes.Replace(page, []byte("<meta "), []byte(noRequests+"<meta "), 1))
	expected, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var host strings.Builder
	for _, width := range widths {
		fmt.Fprintf(&host,
			`<iframe src="page.html" width="%d" height="900" style="border: 0"></iframe>`, width)
	}
	fmt.Fprintf(&host, `<pre></pre><script>%s
onload = () => document.querySelector('pre').textContent = JSON.stringify(
	[...document.querySelectorAll('iframe')].map(f => f.contentWindow).map(w =>
	problems(w, %s).map(p => 'at ' + w.innerWidth + ' pixels: ' + p)).flat());</script>`,
		measure, expected)
	write("host.html", []byte(`<!DOCTYPE html><meta charset="utf-8">`+host.String()))
	out, log := run(t, filepath.Join(dir, "host.html"), "--dump-dom", "--enable-logging=stderr")
	answer := regexp.MustCompile(`(?s)<pre>(.*?)</pre>`).FindStringSubmatch(out)
	if answer == nil || json.Unmarshal([]byte(html.UnescapeString(answer[1])), &found) != nil {
		t.Fatalf("the browser did not measure the page: %.2000s\n%.2000s", out, log)
	}
	for _, m := range regexp.MustCompile(`(?m)CONSOLE.*?\] (.*)`).FindAllStringSubmatch(log, -1) {
		found = append(found, "the console says "+m[1])
	}
	return found
}

// run opens a file in a browser with flags, and returns what it prints and logs. Without a
// browser the test is skipped, or fails where SYMVI_REQUIRE_CHROMIUM is set.
func run(t testing.TB, path string, flags ...string) (out, log string) {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("SYMVI_REQUIRE_CHROMIUM") != "" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(browser, append(flags, "--headless", "--no-sandbox", "--disable-gpu",
		"--disable-background-networking", "--disable-dev-shm-usage", "--allow-file-access-from-files",
		"--hide-scrollbars", "--user-data-dir="+t.TempDir(), "file://"+filepath.ToSlash(path))...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %.2000s", err, stderr.String())
	}
	return stdout.String(), stderr.String()
}
