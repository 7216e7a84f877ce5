package tree

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReadme: every command in the README is run, with the flags that it has there, by a script of
// the command's tests or of the gate.
func TestReadme(t *testing.T) {
	all := texts(t)
	var run []string
	for path, text := range all {
		if filepath.Ext(path) == ".txtar" || filepath.Dir(path) == ".ci" {
			run = append(run, strings.Split(strings.ReplaceAll(text, "\\\n", " "), "\n")...)
		}
	}
	found := 0
	command :=
		regexp.MustCompile(`(?:^|[$&;] |-n \d+ )(?:go run \./cmd/|\./)?(symvi|make) ([a-z][^#&\n]*)`)
	for _, block := range regexp.MustCompile("(?s)```(?:sh)?\n(.*?)```").FindAllString(
		all["README.md"], -1) {
		for _, line := range strings.Split(block, "\n") {
			for _, m := range command.FindAllStringSubmatch(line, -1) {
				words := append(strings.Fields(m[2])[:1], flagsOf(m[2])...)
				if m[1] == "make" {
					words = append(strings.Fields(m[2]), "make")
				}
				found++
				if !slices.ContainsFunc(run, func(l string) bool { return hasAll(l, words) }) {
					t.Errorf("README: no script runs %s %s", m[1], strings.Join(words, " "))
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("%d commands in the README", found)
	}
}

// flagsOf are the flags of a command line.
func flagsOf(line string) []string {
	return regexp.MustCompile(`--[a-z-]+`).FindAllString(line, -1)
}

// hasAll reports whether a line of a script has all these words.
func hasAll(line string, words []string) bool {
	fields := strings.FieldsFunc(line, func(r rune) bool {
		return strings.ContainsRune(" \t=\"();", r)
	})
	for _, w := range words {
		if !slices.Contains(fields, w) {
			return false
		}
	}
	return true
}
