package bnn

import "math"

const (
	// paletteFrom is the number of values from which a palette is worth looking for.
	paletteFrom = 1 << 16
	paletteSize = 256
	// paletteSlots is the size of the hash table that finds a value's byte.
	paletteSlots = 1024
)

// palette writes x as bytes and the table of the numbers that they stand for, bit for bit,
// if x holds at most 256 different ones, as images do; else table is nil.
func palette(x []float32) (bytes []uint8, table []float32) {
	if len(x) < paletteFrom {
		return nil, nil
	}
	var known, code [paletteSlots]uint32 // bits of a value, its byte + 1
	bytes, table = make([]uint8, len(x)), make([]float32, 0, paletteSize)
	for i, v := range x {
		b := math.Float32bits(v)
		slot := b * 0x9e3779b1 >> 22
		for code[slot] != 0 && known[slot] != b {
			slot = (slot + 1) % paletteSlots
		}
		if code[slot] == 0 {
			if len(table) == paletteSize {
				return nil, nil
			}
			table = append(table, v)
			known[slot], code[slot] = b, uint32(len(table))
		}
		bytes[i] = uint8(code[slot] - 1)
	}
	return bytes, table[:paletteSize]
}
