package dataset

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestShelf checks that tables whose values are kept get the bits of the same tables with a pair of
// quotes in them, of which no batch is one of short decimals, and of the same where nothing may be
// kept, so that they are read three times, and of the same in cells.
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
		"texts": func(i int) string {
			return fmt.Sprintf("%s,%.2f,%s,%d", []string{"red", "", "blue", "7", "green"}[i%5], wave(i),
				[]string{"true", "False", "true", ""}[i*i%7%4], i*i%3)
		},
		"numbers, then a text": func(i int) string {
			return fmt.Sprintf("%s,%.2f,%d,%.1f", []string{"1", "2", "3.5", "red", "green",
				"blue"}[min(i/1000, 1)*3+i%3],
				wave(i), i%7, wave(i+1))
		},
		"missing": func(i int) string {
			return fmt.Sprintf("%s,%s,%d,%.1f", []string{"NA", "1.5", "2"}[i*i%11%3],
				[]string{"", "12345678901.25", "7"}[i*i%5%3], i%17, wave(i+1))
		},
		"exponents": func(i int) string {
			return fmt.Sprintf("%.3e,%.2e,%d,%.1f", wave(i)*1e-20, wave(i+1)*1e12, i%5, wave(i))
		},
		"integers with a point": func(i int) string {
			return fmt.Sprintf("%d.0,%d.00,%d.0,%d.0", i*i%7, i%3000/7, i*i%1000003, i%3)
		},
		"rows without a target": func(i int) string {
			return fmt.Sprintf("%.3f,%d,%d,%s", wave(i), i%3, i*i%1009, []string{"1.5", "2.25", "",
				"7"}[i*i%9%4])
		},
		"fill values": func(i int) string {
			return fmt.Sprintf("%s,%s,%d,%.1f", []string{"-999", "12.5", "7", "8.25"}[i*i%11%4],
				[]string{"-999.25", "-200.00", "17.125"}[min(i*i%17, 2)], i*i%2003, wave(i+1))
		},
		"names": func(i int) string {
			return fmt.Sprintf("N%d,%d,%s,%.1f", i, i*i%17, []string{"a b", "c", "12x"}[i*i%3], wave(i+1))
		},
		"padded": func(i int) string {
			return fmt.Sprintf(" %.2f, %d ,%s ,%.1f", wave(i), i*i%17, []string{" a", "b "}[i%2], wave(i+1))
		},
		"long numbers": func(i int) string {
			return fmt.Sprintf("%.15f,%d,%d,%.2f", wave(i), i*i%13, i*i%17, wave(i+1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			plain := rowsOf("a,b,c,d", 3000, row)
			head, first, _ := strings.Cut(plain, "\n")
			field, rest, _ := strings.Cut(first, ",")
			var parts [4]*Split
			defer func(misses int32) { maxMisses = misses }(maxMisses)
			asked := 0
			refuse := func(float64) error {
				if asked++; asked > 1 {
					return nil
				}
				return errors.New("no room")
			}
			for k, text := range []string{plain, head + "\n\"" + field + "\"," + rest, plain, plain} {
				o := Options{Target: "d", Fold: -1, Seed: 4}
				if k == 2 {
					o.Admit = refuse
				}
				if k == 3 {
					maxMisses = 0
				}
				s, err := ReadTable(writeFile(t, "t.csv", text), o)
				if err != nil {
					t.Fatal(err)
				}
				parts[k] = s
			}
			for k, way := range []string{1: "with quotes", 2: "kept nowhere", 3: "in cells"} {
				if k > 0 {
					sameSplit(t, parts[0], parts[k], way)
				}
			}
		})
	}
}

// sameSplit fails unless b has the rows and the report of a.
func sameSplit(t *testing.T, a, b *Split, way string) {
	t.Helper()
	if !equalBits(a.Train.X, b.Train.X) || !equalBits(a.Test.X, b.Test.X) ||
		!equalBits(a.Train.Y, b.Train.Y) || !equalBits(a.Test.Y, b.Test.Y) ||
		!slices.Equal(a.Train.Labels, b.Train.Labels) || !slices.Equal(a.Test.Labels, b.Test.Labels) {
		t.Errorf("other values than %s", way)
	}
	if a.Train.Inputs != b.Train.Inputs {
		t.Errorf("%d inputs, %s %d", a.Train.Inputs, way, b.Train.Inputs)
	}
	if !slices.Equal(a.Report.Warnings, b.Report.Warnings) ||
		fmt.Sprint(a.Report.Lines()) != fmt.Sprint(b.Report.Lines()) {
		t.Errorf("another report than %s: %q and %q, %q and %q", way, a.Report.Warnings,
			b.Report.Warnings,
			a.Report.Lines(), b.Report.Lines())
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

// TestBlankFirst: between blanks, one that a line begins with separates nothing, whichever way the
// line is read.
func TestBlankFirst(t *testing.T) {
	for name, text := range map[string]string{"plain": "1 2\n\t 3\n5 7\n",
		"quoted": "1 2\n\t 3\n5 '7'\n", "a carriage return": "1 2\n\r 3\n5 7\n"} {
		o := Options{Target: "-1", Format: Format{Separator: "blanks", Header: no}}
		_, err := readTable(memoryInput([]byte(text), "blanks.txt"), o, "")
		if err == nil || !strings.Contains(err.Error(), "expected 2 fields") {
			t.Errorf("%s: %v, want that a line has one field", name, err)
		}
	}
}
