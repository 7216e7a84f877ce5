package tree

import (
	"go/scanner"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestLines: lines of Go have at most 100 characters. Raw strings, and so struct tags, may be
// longer: they cannot be broken.
func TestLines(t *testing.T) {
	const most = 100
	for path, text := range texts(t) {
		if filepath.Ext(path) != ".go" {
			continue
		}
		raw := map[int]bool{}
		file := token.NewFileSet().AddFile(path, -1, len(text))
		var s scanner.Scanner
		s.Init(file, []byte(text), nil, 0)
		for pos, tok, lit := s.Scan(); tok != token.EOF; pos, tok, lit = s.Scan() {
			if tok == token.STRING && lit[0] == '`' {
				for i := range strings.Count(lit, "\n") + 1 {
					raw[file.Line(pos)+i] = true
				}
			}
		}
		for i, line := range strings.Split(text, "\n") {
			if n := utf8.RuneCountInString(line); n > most && !raw[i+1] {
				t.Errorf("%s:%d has %d characters, want at most %d", path, i+1, n, most)
			}
		}
	}
}
