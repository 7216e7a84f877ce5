package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/symvi/symvi/internal/must"
)

// Sum the empty input is XXH64 of nothing, the published value.
func TestPublishedValue(t *testing.T) {
	if got, want := Sum(), "ef46db3751d8e999"; got != want {
		t.Errorf("Sum() = %s, want %s", got, want)
	}
	if Sum([]byte("ab"), []byte("c")) == Sum([]byte("a"), []byte("bc")) {
		t.Error("bytes moved between parts unseen")
	}
}

func sealedDocuments(t *testing.T) map[string]struct {
	text  []byte
	check func([]byte) (bool, error)
} {
	t.Helper()
	value := map[string]any{"epoch": 3, "elbo": -12.5, "note": "a \"}\" in a string"}
	line, err1 := json.Marshal(value)
	pretty, err2 := json.MarshalIndent(value, "", "  ")
	must.Do(t, errors.Join(err1, err2))
	return map[string]struct {
		text  []byte
		check func([]byte) (bool, error)
	}{
		"line":   {JSON(line), CheckJSON},
		"pretty": {JSON(append(pretty, '\n')), CheckJSON},
		"toml":   {TOML([]byte("epochs = 3\nlr = 0.001\n")), CheckTOML},
	}
}

// Every flip of a bit is seen, or takes away only the seal itself.
func TestFlips(t *testing.T) {
	for name, d := range sealedDocuments(t) {
		if sealed, err := d.check(d.text); !sealed || err != nil {
			t.Fatalf("%s: intact, but sealed %v, error %v:\n%s", name, sealed, err, d.text)
		}
		unseen := 0
		for i := range 8 * len(d.text) {
			bad := bytes.Clone(d.text)
			bad[i/8] ^= 1 << (i % 8)
			sealed, err := d.check(bad)
			if sealed && !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: flip of bit %d: error %v", name, i, err)
			}
			if !sealed {
				unseen++
			}
		}
		if limit := 8 * 32; unseen > limit {
			t.Errorf("%s: %d flips unseen, want at most the %d of the seal", name, unseen, limit)
		}
	}
}

// A sealed object is still JSON with the same members.
func TestStillJSON(t *testing.T) {
	for name, d := range sealedDocuments(t) {
		var value map[string]any
		if name == "toml" {
			continue
		}
		if err := json.Unmarshal(d.text, &value); err != nil || len(value) != 4 || value["epoch"] != 3.0 {
			t.Errorf("%s: %v %v", name, value, err)
		}
	}
	if sealed, err := CheckJSON([]byte(`{"a":1}`)); sealed || err != nil {
		t.Errorf("without a seal: %v %v", sealed, err)
	}
}

func BenchmarkSum(b *testing.B) {
	data := make([]byte, 16<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		Sum(data)
	}
}
