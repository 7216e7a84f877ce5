//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/symvi/symvi/internal/must"
)

// killCase is a command that leaves something behind, and what of that must not depend on how
// often it was killed.
type killCase struct {
	name  string
	args  []string
	again []string // what goes on after a kill, if not args
	// outcome is what came out; it may look at what a killed command left as well.
	outcome func(dir, stdout string) map[string]string
}

var killCases = []killCase{
	{"train", []string{"train", "--data", "flowers.csv", "--target", "species", "--hidden", "20",
		"--steps", "3000", "--members", "2",
		"--checkpoint-every", "100ms", "--out", "r"},
		[]string{"train", "--resume", "r", "--checkpoint-every", "100ms"},
		func(dir, _ string) map[string]string {
			return merge(contents(dir, "r/model.safetensors"),
				contents(dir, "r/members/2/model.safetensors"))
		}},
	{"compare", []string{"compare", "--data", "flowers.csv", "--target", "species", "--hidden",
		"20", "--steps", "1000",
		"--seeds", "4", "--methods", "none,uniform:3", "--eval-samples", "20", "--json",
		"--out", "c"}, nil,
		func(dir, stdout string) map[string]string {
			return merge(results(dir, "c"), map[string]string{"stdout": stdout})
		}},
	{"predict", []string{"predict", "m", "--data", "flowers.csv", "--samples", "20000", "--out",
		"p.csv"}, nil,
		func(dir, _ string) map[string]string { return contents(dir, "p.csv") }},
	{"select", []string{"select", "--data", "houses.csv", "--target", "price", "--hidden", "2",
		"--hidden", "9", "--steps", "1500",
		"--seeds", "2", "--eval-samples", "20", "--json", "--out", "s"}, nil,
		func(dir, stdout string) map[string]string {
			return merge(contents(dir, "s/*/model.safetensors"), map[string]string{"stdout": stdout})
		}},
	{"reproduce", []string{"reproduce", "theorem31", "--quick", "--quiet", "--out", "o"}, nil,
		func(dir, _ string) map[string]string { return results(dir, "o/results") }},
}

// contents are those of the files that match a pattern.
func contents(dir, pattern string) map[string]string {
	found := map[string]string{}
	names, _ := filepath.Glob(filepath.Join(dir, pattern))
	for _, name := range names {
		if text, err := os.ReadFile(name); err == nil {
			found[name[len(dir):]] = string(text)
		}
	}
	return found
}

// results are those in the sealed files below a directory, without the time they took.
func results(dir, below string) map[string]string {
	found := map[string]string{}
	filepath.WalkDir(filepath.Join(dir, below), func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" || strings.HasPrefix(d.Name(), ".") {
			return nil
		}
		var record struct{ Settings, Result json.RawMessage }
		text, err := os.ReadFile(path)
		if err != nil || json.Unmarshal(text, &record) != nil {
			found[path[len(dir):]] = "cannot be read"
			return nil
		}
		found[path[len(dir):]] = string(record.Result)
		return nil
	})
	return found
}

func merge(a, b map[string]string) map[string]string {
	maps.Copy(a, b)
	return a
}

// TestKills kills commands with SIGKILL at random moments, goes on, and compares with commands that
// were left alone: nothing that was finished is lost, and nothing comes out different.
// SYMVI_KILLS says how often each is killed.
func TestKills(t *testing.T) {
	kills := 1
	if n, err := strconv.Atoi(os.Getenv("SYMVI_KILLS")); err == nil {
		kills = n
	}
	for _, c := range killCases {
		t.Run(c.name, func(t *testing.T) {
			whole, took, want := c.whole(t)
			done := 0
			for attempt := 0; done < kills && attempt < 10*kills; attempt++ {
				dir := t.TempDir()
				must.Do(t, os.CopyFS(dir, os.DirFS(whole)))
				done += c.killed(t, dir, took, kills-done, want)
			}
			t.Logf("%d kills of a command of %v", done, took)
			if done < kills {
				t.Errorf("only %d of %d attempts were killed", done, kills)
			}
		})
	}
}

// prepared is a directory with the data, and a model to predict with.
func prepared(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must.Do(t, writeData(dir))
	cmd, stderr := symvi(dir, "train", "--data", "flowers.csv", "--target", "species", "--steps",
		"50", "--members", "1", "--out", "m")
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	return dir
}

// whole runs the command in a copy of a prepared directory, which it returns.
func (c killCase) whole(t *testing.T) (start string, took time.Duration, want map[string]string) {
	t.Helper()
	start, dir := prepared(t), t.TempDir()
	must.Do(t, os.CopyFS(dir, os.DirFS(start)))
	began := time.Now()
	cmd, stderr := symvi(dir, c.args...)
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	want = c.outcome(dir, string(stdout))
	if len(want) == 0 {
		t.Fatal("nothing came out")
	}
	return start, time.Since(began), want
}

// killed kills the command up to most times and then lets it end. It returns the number of kills.
func (c killCase) killed(t *testing.T, dir string, took time.Duration, most int,
	want map[string]string) (kills int) {
	t.Helper()
	args, finished := c.args, map[string]string{}
	for {
		cmd, stderr := symvi(dir, args...)
		var stdout bytes.Buffer
		cmd.Stdout = &stdout
		must.Do(t, cmd.Start())
		if kills < most {
			after := time.AfterFunc(rand.N(took*3/4+1), func() { cmd.Process.Kill() })
			defer after.Stop()
		}
		err := cmd.Wait()
		if err == nil {
			c.compare(t, kills, c.outcome(dir, stdout.String()), want)
			c.leftOver(t, dir)
			return kills
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != -1 {
			t.Fatalf("after %d kills: %v: %s", kills, err, stderr)
		}
		kills++
		finished = c.keep(t, kills, finished, c.outcome(dir, ""), want)
		if _, err := os.Stat(filepath.Join(dir, "r", "config.toml")); err == nil {
			args = c.again
		}
	}
}

// compare says which outcomes differ.
func (c killCase) compare(t *testing.T, kills int, got, want map[string]string) {
	t.Helper()
	for name, text := range want {
		if got[name] != text {
			t.Errorf("after %d kills %s differs from that of a command that was left alone", kills, name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("after %d kills there are %d outcomes, want %d", kills, len(got), len(want))
	}
}

// keep checks after a kill that what was finished before still is, unchanged. A training's model
// is finished only in the end.
func (c killCase) keep(t *testing.T, kills int, before, now,
	want map[string]string) map[string]string {
	t.Helper()
	if c.name == "train" || c.name == "select" {
		return nil
	}
	for name, text := range now {
		if name != "stdout" && text != want[name] {
			t.Errorf("after kill %d %s is there and differs", kills, name)
		}
	}
	for name := range before {
		if _, there := now[name]; !there {
			t.Errorf("kill %d lost %s", kills, name)
		}
	}
	return now
}

// leftOver looks for locks and temporary files; predict's stay where files cannot be nameless.
func (c killCase) leftOver(t *testing.T, dir string) {
	t.Helper()
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		if err == nil && (strings.HasSuffix(name, ".lock") || strings.HasPrefix(name, ".") &&
			!strings.HasPrefix(name, ".p.csv")) {
			t.Errorf("%s is left over", path)
		}
		return nil
	})
}
