package dataset

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestShelf checks that tables of nothing but decimals, which are parsed once, get the bits of
// the same tables with a pair of quotes in them, which are not.
func TestShelf(t *testing.T) {
	for name, row := range map[string]func(i int) string{
		"decimals": func(i int) string {
			return fmt.Sprintf("%.6f,%d,%.2f,%d.5", wave(i), 1_700_000_000+i*i%977, 40*wave(i+7), i%300)
		},
		"a constant column": func(i int) string {
			return fmt.Sprintf("%.3f,7,%d,%.1f", wave(i), i*i%31, wave(i+3))
		},
		"classes": func(i int) string {
			return fmt.Sprintf("%.4f,%.1f,%d,%d", wave(i), wave(2*i), i*i%11, i%3)
		},
		"scales that grow": func(i int) string {
			return fmt.Sprintf("%.*f,%d,%d,%.2f", i/1000, wave(i), i*i%13, i*i%17, wave(i+1))
		},
		"long numbers": func(i int) string {
			return fmt.Sprintf("%.15f,%d,%d,%.2f", wave(i), i*i%13, i*i%17, wave(i+1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			plain := rowsOf("a,b,c,d", 3000, row)
			head, first, _ := strings.Cut(plain, "\n")
			field, rest, _ := strings.Cut(first, ",")
			var parts [2]*Split
			for k, text := range []string{plain, head + "\n\"" + field + "\"," + rest} {
				s, err := ReadTable(writeFile(t, "t.csv", text), Options{Target: "d", Fold: -1, Seed: 4})
				if err != nil {
					t.Fatal(err)
				}
				parts[k] = s
			}
			a, b := parts[0], parts[1]
			if !equalBits(a.Train.X, b.Train.X) || !equalBits(a.Test.X, b.Test.X) ||
				!equalBits(a.Train.Y, b.Train.Y) || !equalBits(a.Test.Y, b.Test.Y) ||
				!slices.Equal(a.Train.Labels, b.Train.Labels) || !slices.Equal(a.Test.Labels, b.Test.Labels) {
				t.Error("other values than with quotes")
			}
			if a.Train.Inputs != b.Train.Inputs || len(a.Schema.Columns) != a.Train.Inputs {
				t.Errorf("%d inputs, with quotes %d", a.Train.Inputs, b.Train.Inputs)
			}
			if !slices.Equal(a.Report.Warnings, b.Report.Warnings) ||
				fmt.Sprint(a.Report.Lines()) != fmt.Sprint(b.Report.Lines()) {
				t.Errorf("another report than with quotes: %q and %q", a.Report.Warnings, b.Report.Warnings)
			}
		})
	}
}

// TestMerged looks for different values that become one, wherever their rows are.
func TestMerged(t *testing.T) {
	far := rowsOf("u,k", 400, func(i int) string {
		if i == 200 {
			return "1000,1.5"
		}
		return fmt.Sprintf("0.%09d,%.3f", i*7919%1000, wave(i))
	})
	for _, c := range []struct {
		name, text, warning string
	}{
		{"an outlier", far, `column "u": `},
		{"a target", strings.Replace(far, "u,k", "k,u", 1), `column "k": `},
		{"spread", rowsOf("u,k", 400, func(i int) string {
			return fmt.Sprintf("%.9f,%.3f", wave(i), wave(i+2))
		}), ""},
	} {
		s, err := ReadTable(writeFile(t, "t.csv", c.text), Options{Target: "k", Fold: -1})
		if err != nil {
			t.Fatal(err)
		}
		found := ""
		for _, w := range s.Report.Warnings {
			if strings.Contains(w, "different values become the same as others in float32") {
				found = w
			}
		}
		if !strings.HasPrefix(found, c.warning) || (found == "") != (c.warning == "") {
			t.Errorf("%s: got warning %q, want one with %q", c.name, found, c.warning)
		}
	}
}
