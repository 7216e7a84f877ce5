package tree

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// texts are the repository's files that people write, by path from its root.
func texts(t *testing.T) map[string]string {
	t.Helper()
	kinds := []string{".go", ".s", ".h", ".cu", ".cuh", ".c", ".cpp", ".sh", ".md", ".txtar",
		".yml", ""}
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "runs", "build", "testdata/fuzz"}, d.Name()):
			return fs.SkipDir
		case !d.Type().IsRegular() || !slices.Contains(kinds, filepath.Ext(path)):
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err == nil && !strings.ContainsRune(string(text), 0) {
			all[path] = string(text)
		}
		return err
	})
	if err != nil || len(all) < 100 {
		t.Fatalf("%d files, %v", len(all), err)
	}
	return all
}

// TestEnvironment: docs/environment.md has every variable that the repository reads, and no other.
func TestEnvironment(t *testing.T) {
	const document = "docs/environment.md"
	variable := regexp.MustCompile(`SYMVI_[A-Z0-9_]+[A-Z0-9]`)
	all := texts(t)
	used := map[string]string{}
	for path, text := range all {
		for _, name := range variable.FindAllString(text, -1) {
			if path != document && filepath.Ext(path) != ".md" && filepath.Dir(path) != "internal/tree" {
				used[name] = path
			}
		}
	}
	documented := variable.FindAllString(all[document], -1)
	for _, name := range slices.Sorted(maps.Keys(used)) {
		if !slices.Contains(documented, name) {
			t.Errorf("%s speaks of %s, which %s lacks", used[name], name, document)
		}
	}
	for _, name := range documented {
		if used[name] == "" {
			t.Errorf("%s has %s, which nothing reads", document, name)
		}
	}
}

// TestReferences: what documents and comments call by its path is there.
func TestReferences(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#: ]+)(?:#[^)]*)?\)`)
	pattern := regexp.MustCompile("STEM|NAME|ARCH")
	documents := regexp.MustCompile(`\bdocs/[a-z/-]+\.md\b`)
	const folders = `\b(?:asm|bnn|cmd|cuda|docs|internal|kernels)`
	anything := regexp.MustCompile(folders + `/[A-Za-z0-9_./-]*[A-Za-z0-9_]`)
	for name, text := range texts(t) {
		if name == "CHANGELOG.md" { // it speaks of what was
			continue
		}
		isDocument, paths := filepath.Ext(name) == ".md", documents // of which comments speak
		if isDocument {
			paths = anything
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(name), m[1])); isDocument && err != nil {
				t.Errorf("%s links to %s: %v", name, m[1], err)
			}
		}
		for _, at := range paths.FindAllStringIndex(text, -1) {
			p := text[at[0]:at[1]]
			if pattern.MatchString(p) || partOfLonger(text, at) {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, p)); err != nil {
				t.Errorf("%s speaks of %s, which is not there", name, p)
			}
		}
	}
}

// partOfLonger reports whether what lies at a place is part of a longer path or of a pattern.
func partOfLonger(text string, at []int) bool {
	before, after := text[max(0, at[0]-1):at[0]], text[at[1]:min(len(text), at[1]+1)]
	return strings.ContainsAny(before, "/.~-") || strings.ContainsAny(after, "*|<$")
}

// TestNames: documents name flags that the command has, and tests that are there.
func TestNames(t *testing.T) {
	all := texts(t)
	var command, code strings.Builder
	for path, text := range all {
		if filepath.Ext(path) == ".go" {
			code.WriteString(text)
		}
		if filepath.Dir(path) == "cmd/symvi" || path == "internal/experiment/config.go" {
			command.WriteString(text)
		}
	}
	// of the command line itself, of srun and of kubectl
	others := []string{"help", "version", "mpi", "kill-on-bad-exit", "timeout"}
	flag := regexp.MustCompile(`(?:^|[^\w-])--([a-z][a-z0-9-]+)`)
	test := regexp.MustCompile(`\b(?:Test|Benchmark|Fuzz)[A-Z]\w+`)
	for name, text := range all {
		if filepath.Ext(name) != ".md" {
			continue
		}
		for _, m := range flag.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(command.String(), `"`+m[1]+`"`) && !slices.Contains(others, m[1]) {
				t.Errorf("%s: the command has no flag --%s", name, m[1])
			}
		}
		for _, m := range test.FindAllString(text, -1) {
			if name != "CHANGELOG.md" && !strings.Contains(code.String(), "func "+m) {
				t.Errorf("%s: there is no %s", name, m)
			}
		}
	}
}
