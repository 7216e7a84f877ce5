package dataset

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// endless yields a text again and again.
type endless string

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e[i%len(e)]
	}
	return len(p), nil
}

// TestEndlessInput: a pipe or a device without an end is refused, and its copy is removed.
func TestEndlessInput(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir) // on Windows
	for _, c := range []struct {
		contents io.Reader
		want     string
	}{
		{endless("a,b\n"), "expected at most 8388608 bytes of data, found more"},
		{endless("\x00"), "found 4194304 bytes with NUL and without an end of a line"},
	} {
		_, err := spool(c.contents, "pipe", 8<<20)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
	in, err := spool(bytes.NewReader(bytes.Repeat([]byte("a,b\n"), 2<<20)), "pipe", 8<<20)
	if err != nil || in.size != 8<<20 {
		t.Fatalf("8 MiB of 8 MiB: %v", err)
	}
	if err := in.close(); err != nil {
		t.Error(err)
	}
}
