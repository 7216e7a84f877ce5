package experiment

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/must"
)

// TestSense: contents that fit their checksum but cannot be are refused by the name of the field,
// and nobody is told to change the learning rate.
func TestSense(t *testing.T) {
	data := writeTable(t)
	whole := filepath.Join(t.TempDir(), "r")
	c := damageConfig(data)
	if _, err := newRunner(t).Train(t.Context(), c, whole); err != nil {
		t.Fatal(err)
	}
	more := c
	more.Steps += 5
	for want, change := range map[string]func(c *bnn.Checkpoint){
		"settings ask for the model": func(c *bnn.Checkpoint) {
			c.Metadata[metaSettings] = strings.Replace(c.Metadata[metaSettings], "prior = 'ard'",
				"prior = 'learned'", 1)
		},
		"epochs":            func(c *bnn.Checkpoint) { c.State.Epoch = 1000 },
		"seed: given twice": func(c *bnn.Checkpoint) { c.Metadata[metaSettings] += "seed = 2\n" },
		"found columns for": func(c *bnn.Checkpoint) {
			c.Metadata[metaSchema] = strings.Replace(c.Metadata[metaSchema], `"inputs":2`, `"inputs":3`, 1)
		},
	} {
		run := copied(t, whole)
		path := filepath.Join(run, modelName)
		checkpoint := must.Get(bnn.LoadCheckpoint(path))(t)
		change(checkpoint)
		must.Do(t, checkpoint.Save(path))
		_, err := newRunner(t).Resume(t.Context(), run, more)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
			continue
		}
		checkRefusal(t, want, err)
	}
}

// TestConfigTime: a configuration of a megabyte takes no longer than linear time allows, whatever
// is in it.
func TestConfigTime(t *testing.T) {
	repeat := func(format string) string {
		var text strings.Builder
		for i := 0; text.Len() < maxConfig-100; i++ {
			fmt.Fprintf(&text, format, i)
		}
		return text.String()
	}
	for name, text := range map[string]string{
		"keys": repeat("k%d = 1\n"), "tables": repeat("[t%d]\n"),
		"arrays of tables": repeat("[[t]]\na%d = 1\n"), "dotted keys": repeat("a.k%d = 1\n"),
		"one setting": repeat("seed = %d\n"), "a comment": "#" + repeat("%d"),
		"a list": "hidden = [" + repeat("%d,") + "1]", "brackets": "hidden = " +
			strings.ReplaceAll(repeat("[%.0d"), "0", "")} {
		path := filepath.Join(t.TempDir(), "c.toml")
		must.Do(t, os.WriteFile(path, []byte(text), 0o666))
		began, c := time.Now(), Default()
		ReadConfig(path, &c) // most are mistakes
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}
