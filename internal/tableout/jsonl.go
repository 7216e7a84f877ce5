package tableout

import (
	"encoding/json"
	"io"
	"math"
)

// jsonLines writes one JSON object per row and line. What JSON has no number for is null.
type jsonLines struct {
	w       io.Writer
	columns []Column
	keys    [][]byte
	buffer  []byte
}

func newJSONLines(w io.Writer, columns []Column) (*jsonLines, error) {
	l := &jsonLines{w: w, columns: columns}
	for _, c := range columns {
		key, err := json.Marshal(c.Name)
		if err != nil {
			return nil, err
		}
		l.keys = append(l.keys, append(key, ':'))
	}
	return l, nil
}

// Write implements Writer.
func (l *jsonLines) Write(rows int, values []Values) error {
	for i := range rows {
		l.buffer = append(l.buffer, '{')
		for j, c := range l.columns {
			l.buffer = append(l.buffer, l.keys[j]...)
			if c.Width > 0 {
				l.buffer = append(l.buffer, '[')
			}
			for k := range c.size() {
				if err := l.appendValue(c, values[j], i*c.size()+k); err != nil {
					return err
				}
				l.buffer = append(l.buffer, ',')
			}
			if c.Width > 0 {
				l.buffer[len(l.buffer)-1] = ']'
				l.buffer = append(l.buffer, ',')
			}
		}
		l.buffer[len(l.buffer)-1] = '}'
		l.buffer = append(l.buffer, '\n')
	}
	_, err := l.w.Write(l.buffer)
	l.buffer = l.buffer[:0]
	return err
}

func (l *jsonLines) appendValue(c Column, values Values, i int) error {
	if c.Text {
		text, err := json.Marshal(values.Texts[i])
		l.buffer = append(l.buffer, text...)
		return err
	}
	v := values.Floats[i]
	if math.IsNaN(v) || math.IsInf(v, 0) {
		l.buffer = append(l.buffer, "null"...)
		return nil
	}
	l.buffer = appendNumber(l.buffer, v)
	return nil
}

// Close implements Writer.
func (l *jsonLines) Close() error { return nil }
