package dataset

import (
	"bytes"
	"hash/maphash"
	"unicode/utf8"
)

// dictionary numbers the different texts of a column of a batch.
type dictionary struct {
	entries []entry
	places  []uint16 // of entries, from 1, by their hashes; a power of two; 0 for none
}

// entry is a text of a dictionary.
type entry struct {
	raw   []byte // as it was found
	start uint64 // its first eight bytes
	cell
	level int32 // of the column's survey, or −1
	class int32 // of the table, or −1
	times int32 // that it has been seen and not been counted
	added bool  // it has a level
}

var (
	wordSeed  = maphash.MakeSeed()
	wordMixer = maphash.Bytes(wordSeed, nil) | 1
)

func (d *dictionary) clear() {
	d.entries = d.entries[:0]
	clear(d.places)
}

// find returns the place of a text, which it adds if it is new; column says how it is read. It
// reports false for text that is not UTF-8.
func (d *dictionary) find(text []byte, r *cellReader, column int) (place int32, ok bool) {
	if 2*len(d.entries) >= len(d.places) {
		d.grow()
	}
	start := startOf(text)
	at := d.slot(text, start)
	if p := d.places[at]; p > 0 {
		return int32(p - 1), true
	}
	if !utf8.Valid(text) {
		return 0, false
	}
	e := entry{raw: text, start: start, class: -1}
	r.read(&e.cell, text, column)
	d.entries = append(d.entries, e)
	d.places[at] = uint16(len(d.entries))
	return int32(len(d.entries) - 1), true
}

// slot is where the place of a text is, or is to be.
func (d *dictionary) slot(text []byte, start uint64) int {
	mask, hash := len(d.places)-1, start*wordMixer>>32
	if len(text) > 8 {
		hash = maphash.Bytes(wordSeed, text)
	}
	at := int(hash) & mask
	for ; d.places[at] > 0; at = (at + 1) & mask {
		e := &d.entries[d.places[at]-1]
		if e.start == start && len(e.raw) == len(text) && (len(text) <= 8 || bytes.Equal(e.raw, text)) {
			break
		}
	}
	return at
}

// grow doubles the room for places.
func (d *dictionary) grow() {
	const first = 16
	d.places = make([]uint16, max(first, 2*len(d.places)))
	for i := range d.entries {
		e := &d.entries[i]
		d.places[d.slot(e.raw, e.start)] = uint16(i + 1)
	}
}
