package bnn

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
)

// TestSaveRefusesWhatLoadWould: a file that could not be read again is not written.
func TestSaveRefusesWhatLoadWould(t *testing.T) {
	for name, spoil := range map[string]func(c *Checkpoint){
		"layers.0.weight_mu: element 1 is NaN": func(c *Checkpoint) {
			c.Posterior.Mu[1] = float32(math.NaN())
		},
		"layers.0.weight_rho: element 0 is +Inf": func(c *Checkpoint) {
			c.Posterior.Rho[0] = float32(math.Inf(1))
		},
		"trainer.sums: element 0 is NaN": func(c *Checkpoint) { c.State.Sums[0] = math.NaN() },
	} {
		c := exampleCheckpoint(t)
		spoil(c)
		path := filepath.Join(t.TempDir(), "model.safetensors")
		if err := c.Save(path); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one with %q", err, name)
		}
		if files := must.Get(os.ReadDir(filepath.Dir(path)))(t); len(files) > 0 {
			t.Errorf("%s: a file was left: %v", name, files)
		}
	}
}
