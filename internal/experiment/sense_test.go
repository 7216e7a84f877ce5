package experiment

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/symvi/symvi/bnn"
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
			c.Metadata[metaSettings] = strings.Replace(c.Metadata[metaSettings], "prior = 'ard'", "prior = 'learned'", 1)
		},
		"epochs":            func(c *bnn.Checkpoint) { c.State.Epoch = 1000 },
		"seed: given twice": func(c *bnn.Checkpoint) { c.Metadata[metaSettings] += "seed = 2\n" },
		"found columns for": func(c *bnn.Checkpoint) {
			c.Metadata[metaSchema] = strings.Replace(c.Metadata[metaSchema], `"inputs":2`, `"inputs":3`, 1)
		},
	} {
		run := copied(t, whole)
		path := filepath.Join(run, modelName)
		checkpoint, err := bnn.LoadCheckpoint(path)
		if err != nil {
			t.Fatal(err)
		}
		change(checkpoint)
		if err := checkpoint.Save(path); err != nil {
			t.Fatal(err)
		}
		_, err = newRunner(t).Resume(t.Context(), run, more)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
			continue
		}
		checkRefusal(t, want, err)
	}
}
