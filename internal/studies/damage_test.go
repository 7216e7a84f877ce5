package studies_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/symvi/symvi/internal/studies"
)

// TestDamage flips a bit of a stored result, or cuts its end off, and runs the study again: it
// must refuse in one line, or give the same report. SYMVI_DAMAGE_FLIPS and _CUTS ask for more.
func TestDamage(t *testing.T) {
	count := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return otherwise
	}
	seed := count("SYMVI_DAMAGE_SEED", int(time.Now().UnixNano()))
	flips, cuts := count("SYMVI_DAMAGE_FLIPS", 20), count("SYMVI_DAMAGE_CUTS", 10)
	t.Logf("SYMVI_DAMAGE_SEED=%d, %d flips, %d truncations", seed, flips, cuts)
	random := rand.New(rand.NewPCG(uint64(seed), 0))

	o := studies.Default()
	o.Studies, o.Out, o.Quick, o.Seeds = []string{"theorem31"}, t.TempDir(), true, 2
	r := newRunner(t, 1)
	study := func() (string, error) {
		outcome, err := r.Run(t.Context(), o)
		if err != nil {
			return "", err
		}
		for i := range outcome.Sections {
			outcome.Sections[i].Took = 0
		}
		text, err := json.Marshal(outcome)
		return string(text), err
	}
	want, err := study()
	if err != nil {
		t.Fatal(err)
	}
	results, err := filepath.Glob(filepath.Join(o.Out, "results", "theorem31", "*"))
	if err != nil || len(results) == 0 {
		t.Fatalf("no results: %v", err)
	}
	refused := 0
	for i := range flips + cuts {
		path := results[random.IntN(len(results))]
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		bad, what := damage(random, good, i >= flips)
		if err := os.WriteFile(path, bad, 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := study()
		switch {
		case err == nil && got != want:
			t.Errorf("%s of %s: accepted with another report", what, path)
		case err != nil:
			refused++
			if text := err.Error(); strings.Contains(text, "\n") || !strings.Contains(text, path) {
				t.Errorf("%s of %s: the error is not one line that names it: %q", what, path, text)
			}
		}
		if err := os.WriteFile(path, good, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if refused == 0 {
		t.Error("nothing was ever refused")
	}
}

// damage returns a text with one bit flipped, or without its end.
func damage(random *rand.Rand, text []byte, cut bool) (bad []byte, what string) {
	at := random.IntN(len(text))
	if cut {
		return text[:at], fmt.Sprintf("truncation to %d bytes", at)
	}
	bad = append(bad, text...)
	bit := random.IntN(8)
	bad[at] ^= 1 << bit
	return bad, fmt.Sprintf("flip of bit %d of byte %d", bit, at)
}
