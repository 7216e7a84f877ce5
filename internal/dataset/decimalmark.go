package dataset

import "strings"

// guessDecimal decides between 0.5 and 0,5 by the fields that only one reading makes numbers of.
func (l *layout) guessDecimal(records [][]string, like Format) {
	if l.Decimal == "" && l.Separator == like.Separator {
		l.Decimal = like.Decimal
	}
	if l.Decimal == "" {
		points, commas, unclear := 0, 0, 0
		for _, record := range records {
			for _, field := range record {
				asPoint, asComma := l.isNumber(field, '.'), l.isNumber(field, ',')
				if !asPoint && !asComma {
					asPoint, asComma = l.isWritten(field, '.'), l.isWritten(field, ',')
				}
				switch {
				case asPoint && !asComma:
					points++
				case asComma && !asPoint:
					commas++
				case asPoint && strings.Contains(field, ","): // 1,234: thousands or a decimal comma
					unclear++
				}
			}
			if points > 0 { // which decides
				break
			}
		}
		l.Decimal = point
		if l.separator == ',' { // thousands have their commas in quotes, as decimals would
			unclear = 0
		}
		if points == 0 && commas+unclear > 0 {
			l.Decimal = comma
			how := ""
			if commas == 0 {
				how = "; all could be thousands, then say --decimal point"
			}
			l.note("decimal comma%s", how)
		}
	}
	l.decimal = '.'
	if l.Decimal == comma {
		l.decimal = ','
	}
}

// isNumber reports whether a field is a number with the given decimal mark.
func (l *layout) isNumber(field string, decimal byte) bool {
	l.scratch = append(l.scratch[:0], field...)
	return isPlain(l.scratch, decimal)
}

// isQuantity reports whether a field is a number, or one with a usual unit.
func (l *layout) isQuantity(field string, decimal byte) (number, amount bool) {
	if l.isNumber(field, decimal) {
		return true, false
	}
	_, unit, ok := readAmount(l.scratch, decimal)
	return false, ok && usualUnit(string(unit))
}

// isWritten reports whether a field is either, with the given decimal mark.
func (l *layout) isWritten(field string, decimal byte) bool {
	number, amount := l.isQuantity(field, decimal)
	return number || amount
}
