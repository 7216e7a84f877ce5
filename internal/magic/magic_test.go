package magic

import (
	"strings"
	"testing"
)

// TestKnown names every mark, and no text that begins like one.
func TestKnown(t *testing.T) {
	for _, m := range marks {
		head := strings.Repeat("\x00", m.at) + m.mark + "\x00\x00\x00\x00"
		if got := Binary([]byte(head)); got != m.Format {
			t.Errorf("%q: %q, want %q", head, got, m.Format)
		}
		if got := Binary([]byte(strings.ToValidUTF8(m.mark, "") + " is a name,y\n1,2\n")); got != "" &&
			strings.IndexByte(m.mark, 0) < 0 {
			t.Errorf("a text that begins with %q: %q", m.mark, got)
		}
	}
	for _, b := range beginnings {
		if got := Text([]byte("\n " + strings.ToUpper(b.start) + " more")); got != b.Format {
			t.Errorf("%q: %q, want %q", b.start, got, b.Format)
		}
	}
}

// TestArchive knows archives by their members, wherever these are, and arrays by the first.
func TestArchive(t *testing.T) {
	local := func(name string) string {
		return "PK\x03\x04" + strings.Repeat("\x00", 22) + string(rune(len(name))) + "\x00\x00\x00" + name
	}
	for head, want := range map[string]Format{
		local("x.npy"):                                   NumPyZip,
		local("a.txt") + local("x.npy"):                  Zip,
		local("a.txt") + local("xl/a"):                   Excel,
		local("archive/data.pkl") + "xl/":                Torch,
		local("metadata.json") + "config.json":           Keras,
		local("x.npy")[:33]:                              Zip,
		"PK\x05\x06":                                     Zip,
		"PK\x03\x04":                                     Zip,
		"PK\x03\x05" + local("x.npy"):                    "",
		local("mimetype") + "x.opendocument.spreadsheet": Document,
	} {
		if got := Archive([]byte(head)); got != want {
			t.Errorf("%q: %q, want %q", head, got, want)
		}
	}
}

// TestText tells JSON from what begins with a bracket.
func TestText(t *testing.T) {
	for text, want := range map[string]Format{
		"[\n1\n]": JSON, "[1, 2]\n": JSON, "{}": JSON, "[u],k\n1,2\n": "", "a,y\n1,2\n": "", "": "",
	} {
		if got := Text([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
