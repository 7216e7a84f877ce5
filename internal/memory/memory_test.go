package memory

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/symvi/symvi/internal/must"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]int64{"4GB": 4e9, "512MiB": 512 << 20, "1.5e9": 15e8,
		"100 kb": 100e3, "7b": 7} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "GB", "-1GB", "NaN", "0", "1e30TB", "inf"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %d, want an error", text, got)
		}
	}
}

func TestFormat(t *testing.T) {
	for bytes, want := range map[float64]string{12: "12 B", 1.5e9: "1.5 GB", 8.8e12: "8.8 TB"} {
		if got := Format(bytes); got != want {
			t.Errorf("Format(%g) = %s, want %s", bytes, got, want)
		}
	}
}

// TestGroups: the tightest group around the process counts, of either version.
func TestGroups(t *testing.T) {
	root := t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(root, path)
		must.Do(t, os.MkdirAll(filepath.Dir(path), 0o777))
		must.Do(t, os.WriteFile(path, []byte(text), 0o666))
	}
	write("self", "0::/a/b\n")
	write("a/b/memory.max", "max\n")
	write("a/b/memory.current", "5\n")
	write("a/memory.max", "1000\n")
	write("a/memory.current", "300\n")
	write("a/memory.stat", "anon 1\ninactive_file 100\n")
	if got := groups(filepath.Join(root, "self"), root); len(got) != 1 || got[0].Bytes != 800 {
		t.Errorf("version 2: %v, want 800", got)
	}
	write("self", "5:cpu,cpuacct:/x\n4:memory:/c\n")
	write("memory/c/memory.limit_in_bytes", "2000")
	write("memory/c/memory.usage_in_bytes", "500")
	if got := groups(filepath.Join(root, "self"), root); len(got) != 1 || got[0].Bytes != 1500 {
		t.Errorf("version 1: %v, want 1500", got)
	}
	if got := Available(); got.Bytes <= 0 || got.By == "" {
		t.Errorf("Available() = %v", got)
	}
}
