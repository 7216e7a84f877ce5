package dataset

// rowTexts are the values of a batch of rows as texts, one behind the other, for a source whose
// rows are no text.
type rowTexts struct {
	texts []byte
	ends  []int // of every value in texts
}

// begin forgets the texts of the batch before, and takes the memory of those of b.
func (t *rowTexts) begin(b *batch) { t.texts, t.ends = b.texts[:0], t.ends[:0] }

// end ends a value, which has been appended to texts.
func (t *rowTexts) end() { t.ends = append(t.ends, len(t.texts)) }

// fill makes the cells of b, of which lines are known.
func (t *rowTexts) fill(b *batch, width int, r *cellReader) {
	b.shape(len(b.lines), width)
	b.texts = t.texts
	begin := 0
	for i, end := range t.ends {
		r.read(&b.cells[i], t.texts[begin:end:end], i%width)
		begin = end
	}
}
