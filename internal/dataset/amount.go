package dataset

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// notation says how a number was written, where that is not plain.
type notation uint8

const (
	plainly  notation = iota
	grouped           // 57,394: marks between thousands
	spaced            // 57 394: blanks or apostrophes between them
	fortran           // 1.5D-03
	minused           // −5, with a minus sign or dash that is not ASCII's
	detached          // - 5 or 5.00- for −5
	brackets          // (5) for −5, as accountants write
	forced            // ="5" or '5, as spreadsheets keep texts
	foreign           // digits that are not ASCII's
)

// String says what a column of such numbers holds.
func (n notation) String() string {
	return [...]string{"plain numbers", "marks between thousands", "blanks between thousands",
		"exponents with a D", "a minus sign that is not ASCII's", "minus signs apart or behind",
		"brackets for negative numbers", "spreadsheets' marks of texts", "digits that are not ASCII's"}[n]
}

// readNumber is parseNumber, and then what people also write for numbers.
func readNumber(text []byte, decimal byte) (n number, how notation, ok bool) {
	if n, ok = parseNumber(text, decimal); ok {
		if bytes.IndexByte(text, groupMark(decimal)) >= 0 {
			how = grouped
		}
		return n, how, true
	}
	if len(text) == 0 || text[0] < utf8.RuneSelf && unicode.IsLetter(rune(text[0])) {
		return number{}, plainly, false
	}
	if folded, found := foldDigits(text, decimal); found {
		n, _, ok = readNumber(folded, decimal)
		return n, foreign, ok
	}
	if !bytes.ContainsAny(text, "0123456789") {
		return number{}, plainly, false
	}
	if inner, found := cutForced(text); found {
		n, ok = parseNumber(inner, decimal)
		return n, forced, ok
	}
	if front, found := bytes.CutSuffix(text, []byte("-")); found {
		if front = trimSpaces(front); bytes.IndexByte(front, decimal) <= 0 || front[0]-'0' > 9 {
			return number{}, plainly, false // which may be a code
		}
		n, ok = parseNumber(front, decimal)
		n.negate()
		return n, detached, ok
	}
	if plausible(text) {
		return number{}, plainly, false
	}
	return readOddNumber(text, decimal)
}

// cutForced cuts off what keeps a spreadsheet from taking a text for a number: ="5", '5.
func cutForced(text []byte) (inner []byte, found bool) {
	if inner, found = bytes.CutPrefix(text, []byte(`="`)); found {
		return bytes.CutSuffix(inner, []byte{'"'})
	}
	return bytes.CutPrefix(text, []byte{'\''})
}

// foldDigits writes a number with the digits and marks of other scripts with those of ASCII, and
// reports whether there are some.
func foldDigits(text []byte, decimal byte) (folded []byte, found bool) {
	if bytes.IndexFunc(text, isForeignDigit) < 0 {
		return nil, false
	}
	for _, r := range string(text) {
		switch {
		case isForeignDigit(r):
			r = '0' + digitValue(r)
		case r == '\u066b': // Arabic decimal separator, and that of thousands
			r = rune(decimal)
		case r == '\u066c':
			r = rune(groupMark(decimal))
		case '\uff01' <= r && r <= '\uff5e': // as wide as Chinese characters
			r += '!' - '\uff01'
		}
		folded = utf8.AppendRune(folded, r)
	}
	return folded, true
}

func isForeignDigit(r rune) bool { return r >= utf8.RuneSelf && unicode.IsDigit(r) }

// digitValue is that of a decimal digit of any script, of which ten follow each other.
func digitValue(r rune) rune {
	for _, table := range unicode.Digit.R16 {
		if rune(table.Lo) <= r && r <= rune(table.Hi) {
			return (r - rune(table.Lo)) % 10
		}
	}
	for _, table := range unicode.Digit.R32 {
		if rune(table.Lo) <= r && r <= rune(table.Hi) {
			return (r - rune(table.Lo)) % 10
		}
	}
	return 0
}

// readOddNumber reads a number with a sign or exponent that is not plain, or with blanks between
// its thousands.
func readOddNumber(text []byte, decimal byte) (n number, how notation, ok bool) {
	body, negative := text, false
	if len(body) > 2 && body[0] == '(' && body[len(body)-1] == ')' {
		body, negative, how = trimSpaces(body[1:len(body)-1]), true, brackets
	}
	if rest, minus := cutDash(body); minus {
		how = minused
		if body[0] == '-' {
			how = detached
		}
		if negative || len(rest) == 0 || !startsNumber(rest[0]) {
			return number{}, plainly, false
		}
		body, negative = rest, true
	}
	if negative && (len(body) == 0 || body[0] == '-' || body[0] == '+') {
		return number{}, plainly, false
	}
	if at := bytes.IndexAny(body, "dD"); at > 0 && bytes.IndexByte(body[:at], decimal) >= 0 {
		body = bytes.Clone(body)
		body[at] = 'e'
		how = max(how, fortran)
	}
	if joined, found := joinThousands(body, decimal); found {
		body, how = joined, max(how, spaced)
	}
	if n, ok = parseNumber(body, decimal); ok && negative {
		n.negate()
	}
	return n, how, ok
}

// startsNumber reports whether a number without a sign can begin with c.
func startsNumber(c byte) bool { return c-'0' <= 9 || c == '.' || c == ',' }

// cutDash cuts a minus sign or dash that is not ASCII's, or ASCII's and a blank, off the front.
func cutDash(text []byte) (rest []byte, found bool) {
	if rest, found = bytes.CutPrefix(text, []byte("- ")); found {
		return trimSpaces(rest), true
	}
	for _, dash := range []string{"\u2212", "\u2013", "\uff0d", "\ufe63"} {
		if rest, found = bytes.CutPrefix(text, []byte(dash)); found {
			return rest, true
		}
	}
	return text, false
}

// spacers are what stands between thousands, beside points and commas; all between those of one
// number are the same.
var spacers = []string{" ", "\u00a0", "\u202f", "\u2009", "\u2007", "'", "\u2019"}

// joinThousands takes the spacers out of a number, if they are between groups of three digits.
func joinThousands(text []byte, decimal byte) (joined []byte, found bool) {
	mark := groupMark(decimal)
	for _, s := range spacers {
		if !bytes.Contains(text, []byte(s)) {
			continue
		}
		marked := bytes.ReplaceAll(text, []byte(s), []byte{mark})
		if bytes.IndexByte(text, mark) >= 0 || !groupedByThousands(marked, decimal, mark) {
			return nil, false
		}
		return bytes.ReplaceAll(text, []byte(s), nil), true
	}
	return nil, false
}

// groupMark is the mark that separates thousands beside a decimal mark.
func groupMark(decimal byte) byte {
	if decimal == ',' {
		return '.'
	}
	return ','
}

// trimSpaces cuts off all that Unicode takes for blanks, and characters without width.
func trimSpaces(text []byte) []byte { return bytes.TrimFunc(text, isSpace) }

// trimWide is trimSpaces of what trimBlanks has left: where a blank that is not ASCII's can be.
func trimWide(text []byte) []byte {
	if len(text) > 0 && (text[0] >= utf8.RuneSelf || text[len(text)-1] >= utf8.RuneSelf) {
		return trimSpaces(text)
	}
	return text
}

func isSpace(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' }

// readAmount reads a number with a currency in front or a unit behind it, and returns both as they
// stand there.
func readAmount(text []byte, decimal byte) (n number, unit []byte, ok bool) {
	if len(text) < 2 || !bytes.ContainsAny(text, "0123456789") {
		return number{}, nil, false
	}
	body, negative := text, false
	if body[0] == '-' || body[0] == '(' && body[len(body)-1] == ')' {
		inner := body[1:]
		if body[0] == '(' {
			inner = inner[:len(inner)-1]
		}
		if currency(inner) != "" {
			body, negative = inner, true
		}
	}
	front := currency(body)
	body = trimSpaces(body[len(front):])
	end := numberEnd(body)
	behind := trimSpaces(body[end:])
	if end == 0 || len(front)+len(behind) == 0 || len(behind) > 0 && !isUnit(behind) {
		return number{}, nil, false
	}
	if n, _, ok = readNumber(trimSpaces(body[:end]), decimal); !ok {
		return number{}, nil, false
	}
	if negative {
		n.negate()
	}
	switch {
	case front == "":
		return n, behind, true
	case len(behind) == 0:
		return n, []byte(front), true
	}
	return n, []byte(front + " " + string(behind)), true
}

// numberEnd is where the number at the beginning of text may end.
func numberEnd(text []byte) int {
	end, digits := 0, false
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		next := i + size
		digit := next < len(text) && text[next]-'0' <= 9
		switch {
		case r >= '0' && r <= '9':
			digits = true
			end = next
		case r == '.' || r == ',':
			end = next
		case digits && (r == 'e' || r == 'E') && (digit || next+1 < len(text) &&
			(text[next] == '-' || text[next] == '+') && text[next+1]-'0' <= 9):
			next++
		case !digits && strings.ContainsRune("-+\u2212\u2013", r):
		case digits && digit && slices.Contains(spacers, string(r)):
		default:
			if !digits {
				return 0
			}
			return end
		}
		i = next
	}
	if !digits {
		return 0
	}
	return end
}

// maxUnit is the longest unit that is understood, in bytes.
const maxUnit = 16

// isUnit reports whether a text can be a unit: letters, a few marks and no more than one word
// behind the first.
func isUnit(text []byte) bool {
	if len(text) > maxUnit {
		return false
	}
	for i, r := range string(text) {
		switch {
		case unicode.IsLetter(r), strings.ContainsRune("%‰°µΩ$€£¥\"'″′", r):
		case i > 0 && (unicode.IsDigit(r) || strings.ContainsRune("/²³·*^-−. ", r)):
		default:
			return false
		}
	}
	return bytes.Count(text, []byte{' '}) < 2
}

// currencies are marks and names of them, those first that others begin.
var currencies = strings.Fields("US$ A$ C$ NZ$ HK$ S$ R$ $ € £ ¥ ₹ ₽ ₩ ₺ ₪ ฿ ₫ ₴ USD EUR GBP CHF " +
	"JPY CAD AUD CNY INR SEK NOK DKK PLN CZK BRL MXN ZAR Rs. Rs kr")

// currency is the one at the beginning of text, "" if there is none.
func currency(text []byte) string {
	for _, c := range currencies {
		rest, found := bytes.CutPrefix(text, []byte(c))
		if rest = trimSpaces(rest); found && len(rest) > 0 && (startsNumber(rest[0]) || rest[0] == '-' ||
			rest[0] == '+') {
			return c
		}
	}
	return ""
}

// usualUnits are those by which a number with one of them behind it is known, even where there are
// few different ones. Letters that codes like 12A end with are not among them.
var usualUnits = func() map[string]bool {
	units := map[string]bool{}
	for _, u := range slices.Concat(currencies, strings.Fields(`
		% ‰ " ' ″ ′ percent pct ° °C °F ºC ºF deg rad nm µm um mm cm dm m km in inch inches ft feet yd mi
		miles m² m2 m³ m3 cm² cm2 cm³ cm3 km² km2 ha sqft sqm mg µg ug g kg lb lbs oz tons ml mL
		dl dL cl litre litres gal cc mol mmol µmol mM µM ns µs us ms s sec secs second seconds min
		mins minute minutes h hr hrs hour hours day days wk week weeks mo month months y yr yrs
		year years Hz kHz MHz GHz rpm bpm mph kmh km/h m/s m/s² kn Pa hPa kPa MPa bar mbar psi atm
		mmHg kN Nm kJ MJ kcal cal kW MW hp PS mV kV mA Ah mAh Wh kWh MWh Ω ohm µF dB dBm lm lx px
		MP kB KB MB GB TB kb Mb Gb bit bits bytes ppm ppb mg/dL mg/dl mmol/L mmol/l mg/l mg/L g/l
		g/L µg/l µg/m³ g/cm³ kg/m³ kg/m² mpg kmpl km/kg l/100km bn mn`)) {
		units[u] = true
	}
	return units
}()

// usualUnit reports whether a unit, with or without a currency in front, is a usual one.
func usualUnit(unit string) bool {
	front, _, _ := strings.Cut(unit, " ")
	return usualUnits[unit] || usualUnits[front]
}

// missingMark reports whether a text stands for a missing value where all others of its column are
// numbers: as SAS, Stata, spreadsheets and databases write it, and people. Elsewhere it may be a
// category.
func missingMark(text []byte) bool {
	if len(text) > len("not applicable") {
		return false
	}
	switch {
	case len(text) == 2 && text[0] == '.' && (text[1] == '_' || unicode.IsLetter(rune(text[1]))):
		return true // SAS and Stata have .A to .Z
	case len(text) > 1 && text[0] == '#' && text[1]-'0' > 9: // #DIV/0!, #NV, #VALEUR!, ####
		return true
	case len(bytes.Trim(text, ".-*?_/:\u2013\u2014\u2212\u2026")) == 0:
		return true
	}
	return missingMarks[strings.ToLower(string(text))]
}

var missingMarks = func() map[string]bool {
	marks := map[string]bool{"not available": true, "not applicable": true, "no data": true,
		"not recorded": true, "not reported": true, "no answer": true, "no response": true,
		"don't know": true, "keine angabe": true}
	for _, m := range strings.Fields(`na n.a. n/a n.d. n/d n/v nd nan nat nil null none (null) <null>
		\n <na> na_real_ na_integer_ void missing unknown unk blank nodata no_data undefined undef tbd tba
		k.a. s/d '' "" =na() -1.#ind 1.#ind -1.#qnan 1.#qnan`) {
		marks[m] = true
	}
	return marks
}()
