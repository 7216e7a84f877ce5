package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// spec holds the constants of internal/ref by their names, whose first letter is small.
type spec map[string]constant.Value

// other is what tables call some of them.
var other = map[string]string{
	"twoThirds":  "twoThirdsBits",
	"balance":    "proposalBalance",
	"leastShare": "proposalFloor",
	"tiny":       "proposalTiny",
}

// load reads them from the source.
func load(root string) (spec, error) {
	dir := filepath.Join(root, "internal", "ref")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			f, err := parser.ParseFile(set, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
	}
	config := types.Config{IgnoreFuncBodies: true, Importer: empty{}, Error: func(error) {}}
	pkg, _ := config.Check("ref", set, files, nil) // constants need nothing that is imported
	s := spec{}
	for _, name := range pkg.Scope().Names() {
		if c, ok := pkg.Scope().Lookup(name).(*types.Const); ok {
			if c.Val().Kind() == constant.Unknown {
				return nil, fmt.Errorf("%s: internal/ref.%s has no value", dir, name)
			}
			s[small(name)] = c.Val()
		}
	}
	return s, nil
}

// find returns the constant that a table calls name.
func (s spec) find(name string) (constant.Value, bool) {
	if of, ok := other[name]; ok {
		name = of
	}
	v, ok := s[small(name)]
	return v, ok
}

func small(name string) string {
	r, n := utf8.DecodeRuneInString(name)
	if n == len(name) || unicode.IsUpper(rune(name[n])) {
		return name // KC is no word
	}
	return string(unicode.ToLower(r)) + name[n:]
}

// empty imports nothing.
type empty struct{}

func (empty) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, filepath.Base(path))
	p.MarkComplete()
	return p, nil
}
