// Package browsertest opens pages in a headless Chromium, for tests. It speaks WebDriver
// with chromedriver, which needs nothing but HTTP.
package browsertest

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"
)

// RequireVariable is the environment variable that turns a missing browser from a reason
// to skip into a failure.
const RequireVariable = "SYMVI_REQUIRE_CHROMIUM"

// Browser is a running headless Chromium with one page.
type Browser struct {
	t       testing.TB
	client  http.Client
	session string // the URL of its session
}

// flags keep Chromium headless, quiet and off the network.
var flags = []string{
	"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync",
	"--disable-dev-shm-usage", "--allow-file-access-from-files=false",
}

// Start starts a browser that the test's end stops.
func Start(t testing.TB) *Browser {
	t.Helper()
	driver, chromium := find(t, "chromedriver"), find(t, "chromium", "chromium-browser", "google-chrome")
	profile, err := os.MkdirTemp("", "symvi-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(profile) })
	b := &Browser{t: t, client: http.Client{Timeout: time.Minute}}
	server := startDriver(t, driver)
	var answer struct {
		SessionID string `json:"sessionId"`
	}
	b.session = server + "/session"
	b.post("", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"goog:loggingPrefs":  map[string]string{"browser": "ALL", "performance": "ALL"},
		"goog:chromeOptions": map[string]any{"binary": chromium, "args": append([]string{"--user-data-dir=" + profile}, flags...)},
	}}}, &answer)
	b.session += "/" + answer.SessionID
	t.Cleanup(func() { b.call(http.MethodDelete, "", nil, nil) })
	return b
}

// find finds one of the programs or ends the test.
func find(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv(RequireVariable) != "" {
		t.Fatalf("none of %q is installed and %s is set: install chromium and chromium-driver", names, RequireVariable)
	}
	t.Skipf("none of %q is installed", names)
	return ""
}

var startedOn = regexp.MustCompile(`started successfully on port (\d+)`)

// startDriver runs chromedriver on a free port until the test's end and gives its address.
func startDriver(t testing.TB, path string) string {
	t.Helper()
	cmd := exec.Command(path, "--port=0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := startedOn.FindStringSubmatch(lines.Text()); m != nil {
			go io.Copy(io.Discard, out)
			return "http://127.0.0.1:" + m[1]
		}
	}
	t.Fatalf("%s ended without naming its port", path)
	return ""
}

// remove deletes a profile, in which the browser's last processes may still write.
func remove(dir string) {
	for range 20 {
		if os.RemoveAll(dir) == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Load opens a URL and waits until it is loaded.
func (b *Browser) Load(url string) {
	b.t.Helper()
	b.post("/url", map[string]any{"url": url}, nil)
}

// Resize gives the page a size in CSS pixels.
func (b *Browser) Resize(width, height int) {
	b.t.Helper()
	b.post("/goog/cdp/execute", map[string]any{
		"cmd":    "Emulation.setDeviceMetricsOverride",
		"params": map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false},
	}, nil)
}

// Run runs the body of a function in the page and decodes what it returns.
func (b *Browser) Run(script string, result any) {
	b.t.Helper()
	b.post("/execute/sync", map[string]any{"script": script, "args": []any{}}, result)
}

// LogEntry is a line of one of the browser's logs.
type LogEntry struct {
	Level   string `json:"level"`
	Message string `json:"message"`
}

// Log takes what has come into a log ("browser" is the console) since the last time.
func (b *Browser) Log(name string) []LogEntry {
	b.t.Helper()
	var entries []LogEntry
	b.post("/se/log", map[string]any{"type": name}, &entries)
	return entries
}

// Requests are the URLs that the page asked for since the last time.
func (b *Browser) Requests() []string {
	b.t.Helper()
	var urls []string
	for _, entry := range b.Log("performance") {
		var event struct {
			Message struct {
				Method string `json:"method"`
				Params struct {
					Request struct {
						URL string `json:"url"`
					} `json:"request"`
				} `json:"params"`
			} `json:"message"`
		}
		if err := json.Unmarshal([]byte(entry.Message), &event); err != nil {
			b.t.Fatalf("the browser's log has %q: %v", entry.Message, err)
		}
		if event.Message.Method == "Network.requestWillBeSent" {
			urls = append(urls, event.Message.Params.Request.URL)
		}
	}
	return urls
}

// Screenshot is a picture of what is in view, as PNG.
func (b *Browser) Screenshot() []byte {
	b.t.Helper()
	var text string
	b.call(http.MethodGet, "/screenshot", nil, &text)
	picture, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		b.t.Fatal(err)
	}
	return picture
}

func (b *Browser) post(command string, body, result any) {
	b.t.Helper()
	b.call(http.MethodPost, command, body, result)
}

// call sends a command of the session and decodes the value of its answer.
func (b *Browser) call(method, command string, body, result any) {
	b.t.Helper()
	text := []byte{}
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			b.t.Fatal(err)
		}
	}
	req, err := http.NewRequest(method, b.session+command, bytes.NewReader(text))
	if err != nil {
		b.t.Fatal(err)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Value json.RawMessage `json:"value"`
	}
	err = json.NewDecoder(resp.Body).Decode(&answer)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, answer.Value)
	}
	if err == nil && result != nil {
		err = json.Unmarshal(answer.Value, result)
	}
	if err != nil {
		b.t.Fatalf("chromedriver, %s %s: %v", method, command, err)
	}
}
