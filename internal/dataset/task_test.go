package dataset

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTaskNames(t *testing.T) {
	for name, want := range map[string]Task{"classify": Classify, "regress": Regress} {
		got, err := ParseTask(name)
		if err != nil || got != want || want.String() != name {
			t.Errorf("ParseTask(%q) = %v, %v; String() = %q", name, got, err, want)
		}
	}
	_, err := ParseTask("Classify")
	wantError(t, err, `expected "classify" or "regress", found "Classify"`)
	if got := Task(7).String(); got != "Task(7)" {
		t.Errorf("Task(7).String() = %q", got)
	}
}

func TestClipKeepsCharactersWhole(t *testing.T) {
	if got := clip("short"); got != "short" {
		t.Errorf("clip(short) = %q", got)
	}
	for lead := range 4 {
		got := clip(strings.Repeat("a", lead) + strings.Repeat("€", 40))
		if !utf8.ValidString(got) || len(got) > maxQuoted+len("…") || !strings.HasSuffix(got, "€…") {
			t.Errorf("clip after %d letters = %q", lead, got)
		}
	}
	if got := clip(strings.Repeat("\x80", 100)); len(got) > maxQuoted+len("…") {
		t.Errorf("clip of continuation bytes has %d bytes", len(got))
	}
}

func TestQuoteListSaysWhatItLeavesOut(t *testing.T) {
	if got := quoteList([]string{"a", "b"}); got != `"a", "b"` {
		t.Errorf("quoteList of two = %s", got)
	}
	if got := quoteList(digits(23)); !strings.HasSuffix(got, `"19" and 3 more`) {
		t.Errorf("quoteList of 23 = %s", got)
	}
}
