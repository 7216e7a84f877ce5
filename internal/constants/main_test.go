package main

import (
	"go/constant"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
)

const root = "../.."

// The tables in the tree are what the specification says; "go run ./internal/constants" writes
// them.
func TestTables(t *testing.T) {
	spec := must.Get(load(root))(t)
	paths := must.Get(tables(root))(t)
	total := map[string]int{}
	for _, path := range paths {
		old := must.Get(os.ReadFile(path))(t)
		text, named, err := spec.rewrite(path, string(old))
		if err != nil {
			t.Fatal(err)
		}
		total[filepath.Base(filepath.Dir(path))] += named
		if text != string(old) {
			t.Errorf("%s differs from internal/ref: go run ./internal/constants", path)
		}
		spec.checkNames(t, path, text)
	}
	// Tables that the patterns no longer find would pass.
	for dir, least := range map[string]int{"avx2": 40, "avx512": 40, "neon": 50, "cuda": 60} {
		if total[dir] < least {
			t.Errorf("%s: %d constants with a name, want at least %d", dir, total[dir], least)
		}
	}
}

// checkNames fails where a number of the specification stands without its name. Numbers that
// anyone may need, of fewer than four digits, are not looked at.
func (s spec) checkNames(t *testing.T, path, text string) {
	for i, line := range strings.Split(text, "\n") {
		named := map[string]bool{}
		for _, c := range cells(line) {
			if _, ok := s.find(c.name); ok {
				named[line[c.lo:c.hi]] = true
			}
		}
		code, _, _ := strings.Cut(line, "//")
		for _, literal := range number.FindAllString(code, -1) {
			v, err := value(literal)
			if err != nil || len(strings.Trim(literal, "-0x.")) < 7 || isNamed(named, literal) {
				continue
			}
			for name, want := range s {
				if (cell{width: 4}).holds(v, want) || (cell{width: 8}).holds(v, want) {
					t.Errorf("%s:%d: %s is %s of internal/ref, but does not say so", path, i+1, literal, name)
				}
			}
		}
	}
}

func isNamed(named map[string]bool, literal string) bool {
	for text := range named {
		if strings.Contains(text, strings.TrimPrefix(literal, "-")) {
			return true
		}
	}
	return false
}

// A changed value is written in the notation of the old one, as a number or as bits.
func TestRewrite(t *testing.T) {
	spec := spec{"c": constant.MakeFromLiteral("0x1.8p-1", token.FLOAT, 0),
		"m": constant.MakeInt64(0xd2511f53)}
	for _, c := range [][2]string{
		{"EIGHT(c, $0x1.4p-3)", "EIGHT(c, $0x1.8p-1)"},
		{"EIGHT(other, $0x1.4p-3)", "EIGHT(other, $0x1.4p-3)"},
		{"DATA c/4, $-0x1.4p-3", "DATA c/4, $0x1.8p-1"},
		{"DATA ·t<>+8(SB)/4, $(-2.0) // c, of t", "DATA ·t<>+8(SB)/4, $(0x1.8p-1) // c, of t"},
		{"DATA t<>+8(SB)/8, $0x3c30000000000000 // c", "DATA t<>+8(SB)/8, $0x3fe8000000000000 // c"},
		{"DATA t<>+8(SB)/4, $0x3f400000 // c", "DATA t<>+8(SB)/4, $0x3f400000 // c"},
		{"DATA t<>+8(SB)/8, $0.5", "DATA t<>+8(SB)/8, $0.5"},
		{"DATA t<>+8(SB)/4, $0x1 // m", "DATA t<>+8(SB)/4, $0xd2511f53 // m"},
		{"constexpr float c = 0x1.4p-3f, d = 2, C = 0.75f;", "constexpr float c = 0x1.8p-1f, d = " +
			"2, C = 0.75f;"},
		{"constexpr double c = 2;", "constexpr double c = 0x1.8p-1;"},
		{"constexpr unsigned m = (1u << 23) - 1;", "constexpr unsigned m = 3528531795;"},
	} {
		got, _, err := spec.rewrite("x", c[0])
		if err != nil {
			t.Error(err)
		}
		if got != c[1] {
			t.Errorf("%q becomes %q, want %q", c[0], got, c[1])
		}
	}
}
