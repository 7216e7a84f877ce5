package tableout

import (
	"io"
	"strings"
)

// csvWriter writes RFC 4180 with "\n" line ends; an array has a column for each element,
// NAME_1, NAME_2, ….
type csvWriter struct {
	w       io.Writer
	columns []Column
	buffer  []byte
}

func newCSV(w io.Writer, columns []Column) (*csvWriter, error) {
	c := &csvWriter{w: w, columns: columns}
	for _, column := range columns {
		for _, name := range column.Names() {
			c.appendText(name)
		}
	}
	c.endRow()
	return c, c.flush()
}

// Write implements Writer.
func (c *csvWriter) Write(rows int, values []Values) error {
	for i := range rows {
		for j, column := range c.columns {
			n := column.size()
			if column.Text {
				for _, text := range values[j].Texts[i*n : (i+1)*n] {
					c.appendText(text)
				}
				continue
			}
			for _, v := range values[j].Floats[i*n : (i+1)*n] {
				c.buffer = append(appendNumber(c.buffer, v), ',')
			}
		}
		c.endRow()
	}
	return c.flush()
}

// Close implements Writer.
func (c *csvWriter) Close() error { return nil }

// appendText appends a field, in quotes where it needs them.
func (c *csvWriter) appendText(text string) {
	if strings.ContainsAny(text, ",\"\r\n") || strings.TrimSpace(text) != text {
		text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	c.buffer = append(append(c.buffer, text...), ',')
}

// endRow replaces the last comma.
func (c *csvWriter) endRow() { c.buffer[len(c.buffer)-1] = '\n' }

func (c *csvWriter) flush() error {
	_, err := c.w.Write(c.buffer)
	c.buffer = c.buffer[:0]
	return err
}
