package main

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// tables lists the files that may hold constants.
func tables(root string) ([]string, error) {
	var paths []string
	for _, pattern := range []string{"asm/*/*.s", "cuda/*.cuh", "cuda/*.cu"} {
		found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("no %s here: run it at the root of the module", pattern)
		}
		paths = append(paths, found...)
	}
	return paths, nil
}

var (
	eight    = regexp.MustCompile(`^EIGHT\((\w+), \$([^)]+)\)`)
	data     = regexp.MustCompile(`^DATA (?:(\w+)|[·\w]+(?:<>)?\+\d+\(SB\))/(\d), \$(\S+)(?:\s*//\s*(\w+))?`)
	variable = regexp.MustCompile(`(\w+) = ([^,;]+)`)
	number   = regexp.MustCompile(`-?\b(?:0x[0-9a-fA-F.]+(?:p[+-]?\d+)?|\d+\.\d+)`)
)

// cell is a number in a table.
type cell struct {
	name   string
	lo, hi int // its place in the line
	width  int // bytes of a cell that may hold bits, 0 for one that holds a number
}

// cells finds the numbers of a line.
func cells(line string) []cell {
	if m := eight.FindStringSubmatchIndex(line); m != nil {
		return []cell{{line[m[2]:m[3]], m[4], m[5], 4}}
	}
	if m := data.FindStringSubmatchIndex(line); m != nil {
		name := ""
		for _, at := range [][2]int{{m[8], m[9]}, {m[2], m[3]}} {
			if name == "" && at[0] >= 0 {
				name = line[at[0]:at[1]]
			}
		}
		return []cell{{name, m[6], m[7], int(line[m[4]] - '0')}}
	}
	if !strings.Contains(line, "constexpr") {
		return nil
	}
	var found []cell
	for _, m := range variable.FindAllStringSubmatchIndex(line, -1) {
		found = append(found, cell{line[m[2]:m[3]], m[4], m[5], 0})
	}
	return found
}

// rewrite gives the named cells of a file the specification's values, and reports how many
// there are.
func (s spec) rewrite(path, text string) (string, int, error) {
	lines, named := strings.Split(text, "\n"), 0
	for i, line := range lines {
		found := cells(line)
		for k := len(found) - 1; k >= 0; k-- { // from the right, so that places stay
			c := found[k]
			want, ok := s.find(c.name)
			if !ok {
				continue
			}
			named++
			old := line[c.lo:c.hi]
			have, err := value(old)
			if err != nil && c.width == 0 {
				continue // made from other names
			}
			if err != nil {
				return "", 0, fmt.Errorf("%s:%d: %s: %w", path, i+1, c.name, err)
			}
			if !c.holds(have, want) {
				line = line[:c.lo] + c.write(old, want) + line[c.hi:]
			}
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n"), named, nil
}

var suffix = regexp.MustCompile(`\b(0x[0-9a-fA-F]+|\d+)(?:ull|u)\b`)

// value evaluates an expression of constants, in Go or in C++.
func value(text string) (constant.Value, error) {
	text = suffix.ReplaceAllString(text, "$1")
	if strings.Contains(text, ".") || strings.Contains(text, "p") {
		text = strings.TrimSuffix(text, "f")
	}
	of, err := types.Eval(token.NewFileSet(), nil, token.NoPos, text)
	if err != nil {
		return nil, err
	}
	return of.Value, nil
}

// holds reports whether a cell holds the constant, or its bits.
func (c cell) holds(have, want constant.Value) bool {
	if constant.Compare(have, token.EQL, want) {
		return true
	}
	return have.Kind() == constant.Int && c.width > 0 && want.Kind() != constant.Int &&
		constant.Compare(have, token.EQL, constant.MakeUint64(bits(want, c.width)))
}

// bits are those of a float32 or float64.
func bits(v constant.Value, width int) uint64 {
	if width == 4 {
		x, _ := constant.Float32Val(v)
		return uint64(math.Float32bits(x))
	}
	x, _ := constant.Float64Val(v)
	return math.Float64bits(x)
}

var exponent = regexp.MustCompile(`p([+-])0(\d)$`)

// write is the constant in the notation of the old text.
func (c cell) write(old string, v constant.Value) string {
	asFloat := strings.ContainsAny(old, ".p") || c.width == 0 && v.Kind() == constant.Float
	text := ""
	switch {
	case v.Kind() == constant.Int && !asFloat:
		text = v.ExactString()
		if x, ok := constant.Uint64Val(v); ok && strings.Contains(old, "0x") {
			text = fmt.Sprintf("%#x", x)
		}
	case !asFloat:
		text = fmt.Sprintf("0x%0*x", 2*c.width, bits(v, c.width))
	default:
		size := 64
		if c.width == 4 || strings.HasSuffix(old, "f") {
			size = 32
		}
		x, _ := constant.Float64Val(v)
		text = exponent.ReplaceAllString(strconv.FormatFloat(x, 'x', -1, size), "p$1$2")
	}
	if strings.HasPrefix(old, "(") && strings.HasSuffix(old, ")") {
		text = "(" + text + ")"
	}
	if strings.HasSuffix(old, "f") && !strings.HasSuffix(old, "0xf") {
		text += "f"
	}
	return text
}
