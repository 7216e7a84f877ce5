package dataset

import (
	"fmt"
	"strings"
	"testing"
)

// TestWritten reads columns of numbers as spreadsheets, accountants and other scripts write them,
// which must give the bits of plain ones, and again as new rows.
func TestWritten(t *testing.T) {
	of := func(write func(x float64) string) string {
		return rowsOf("u\tk", 40, func(i int) string {
			return write(wave(i)*1e6) + "\t" + []string{"a", "b"}[i*i%3%2]
		})
	}
	want := readText(t, "t.tsv", of(func(x float64) string { return fmt.Sprintf("%.2f", x) }))
	signed := func(format string) func(x float64) string {
		return func(x float64) string {
			if x < 0 {
				return fmt.Sprintf(format, -x)
			}
			return fmt.Sprintf("%.2f", x)
		}
	}
	mapped := func(zero rune) func(x float64) string {
		return func(x float64) string {
			return strings.Map(func(r rune) rune {
				if '0' <= r && r <= '9' {
					return zero + r - '0'
				}
				return r
			}, fmt.Sprintf("%.2f", x))
		}
	}
	for name, c := range map[string]struct {
		says  string
		write func(x float64) string
	}{
		"formulas": {`spreadsheets' marks of texts, like "=\"`,
			func(x float64) string { return fmt.Sprintf(`="%.2f"`, x) }},
		"apostrophes": {"spreadsheets' marks",
			func(x float64) string { return fmt.Sprintf("'%.2f", x) }},
		"minus behind":  {"minus signs apart or behind", signed("%.2f-")},
		"minus apart":   {"minus signs apart or behind", signed("- %.2f")},
		"Arabic":        {"digits that are not ASCII's", mapped('٠')},
		"Devanagari":    {"digits that are not ASCII's", mapped('०')},
		"mathematical":  {"digits that are not ASCII's", mapped('𝟘')},
		"Indian groups": {"marks between thousands", indianGroups},
		"full width": {"digits that are not ASCII's", func(x float64) string {
			return strings.Map(func(r rune) rune { return r + '！' - '!' }, fmt.Sprintf("%.2f", x))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, "t.tsv", of(c.write))
			s, err := ReadTable(path, Options{Target: "k", Fold: -1})
			if err != nil {
				t.Fatal(err)
			}
			if !equalBits(s.Train.X, want.Train.X) || !equalBits(s.Test.X, want.Test.X) {
				t.Error("other values")
			}
			if said := strings.Join(s.Report.Guesses, "\n"); !strings.Contains(said, c.says) {
				t.Errorf("said %s", said)
			}
			checkReader(t, path, s, Options{})
		})
	}
}

// indianGroups puts commas before the last three digits of an integer and each two before them.
func indianGroups(x float64) string {
	text := fmt.Sprintf("%.2f", x)
	sign, digits := "", text
	if x < 0 {
		sign, digits = "-", text[1:]
	}
	for at, step := strings.IndexByte(digits, '.')-3, 2; at > 0; at -= step {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits
}

// TestNoNumbers are texts that look like numbers and are none.
func TestNoNumbers(t *testing.T) {
	for _, text := range []string{"5-", "-", "1,23", "12,34", "1,2,345,678", "123,45,678", "1,00,00",
		"1,234,56,789", "='5'", "=5", `="5`, "'", "- -5", "--5", "٣a", "½", "²", "5.0--", "A5.0-"} {
		if n, _, ok := readNumber([]byte(text), '.'); ok {
			t.Errorf("%s is read as %s", text, n)
		}
	}
	if n, _, ok := readNumber([]byte("١٬٢٣٤٫٥"), '.'); !ok || n.value != 1234.5 {
		t.Errorf("Arabic marks: %v, %v", n, ok)
	}
}

// TestDates knows dates, times, parts of a year and lengths of time from other texts.
func TestDates(t *testing.T) {
	for _, text := range strings.Split(`2019-01-03|01/03/2019|13/01/2019|03.01.2019|01/03/19|3.1.19
2019/1/3|2019.01.03|03-Jan-2019|03Jan2019|03JAN2019:04:05:06|03-JAN-19|3 January 2019
Jan 03 2019|January 3, 2019|2019-01|2019/01|Jan-19|Jan 2019|2019-003|2019年01月03日
2019-01-03T04:05:06Z|2019-01-03T04:05:06.123456+02:00|2019-01-03 04:05:06+01:00|2019-01-03 04:05
2019-01-03 04:05:06 UTC|2019-01-03 04:05:06.123|01/03/2019 4:05 PM|Thu, 03 Jan 2019 04:05:06 GMT
Thu Jan 03 04:05:06 2019|[03/Jan/2019:04:05:06 +0000]|20190103T040506|12/31/99, 4:05:06 PM
04:05|4:05:06|4:05 PM|26:13:05|75:13|2019-W05|2019-W05-3|2019Q1|Q1 2019|P1DT2H|PT5M3.5S|P12W
2 days 03:00:00|-1 days +23:00:00|5h 20m|1 hour 5 minutes|3m 20s`, "\n") {
		for date := range strings.SplitSeq(text, "|") {
			if !isDate([]byte(date)) {
				t.Errorf("%s is taken for no date", date)
			}
		}
	}
	for _, text := range []string{"Jan", "2019", "1.2.3", "10-20", "192.168.0.1", "2019-13-01",
		"a-1-2019", "+49 30 1234", "5 cm", "4:3", "5bc8fbbc-bde5", "March 5", "PT", "12-34-56", "v1.2.3",
		"00:61"} {
		if isDate([]byte(text)) {
			t.Errorf("%s is taken for a date", text)
		}
	}
}

// TestDatesOfATable names columns of dates as such, whatever else is in the table.
func TestDatesOfATable(t *testing.T) {
	o := outcome{target: "k", rows: 40, inputs: 1, classes: []string{"a", "b"}, says: []string{
		`column "d" holds dates or times, which are not understood, and is left out`,
		`column "e" has too many different texts to be coded, like "0/1", and is left out: if they are ` +
			`numbers, write plain decimals; names or identifiers? then say --drop e`}}
	path := writeFile(t, "t.csv", rowsOf("u,d,e,k", 40, func(i int) string {
		date := fmt.Sprintf("2019-01-%02d 00:00:00+01:00", 1+i%28)
		if i%9 == 4 {
			date = ""
		}
		return fmt.Sprintf("%v,%s,%d/%d,%s", wave(i), date, i, 1+i%7, []string{"a", "b"}[i*i%3%2])
	}))
	o.check(t, path)
	o.set = func(o *Options) { o.Missing = MissingError } // of inputs: the dates are none
	o.check(t, path)
}
