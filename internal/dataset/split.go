package dataset

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// dealing says where every row of a table goes: its place in the training part, or its place in the
// test part behind that, or leftOut.
type dealing struct {
	place       []int32
	train, test int     // rows
	scratch     []int32 // what room gives
}

// room is memory for n numbers of rows, which the next call takes back.
func (d *dealing) room(n int) []int32 {
	if cap(d.scratch) < n {
		d.scratch = make([]int32, 0, n)
	}
	return d.scratch[:0]
}

// trains reports whether row i is for training.
func (d *dealing) trains(i int) bool { return uint32(d.place[i]) < uint32(d.train) }

// tests returns the place of row i in the test part, if it is there.
func (d *dealing) tests(i int) (int, bool) {
	place := int(d.place[i]) - d.train
	return place, place >= 0
}

// deal shuffles the rows that are used and sets some apart for testing: of every class, or of all
// rows of a regression, the nearest number to fraction, but at least one row in all and none of
// a class that has only one. rows holds classes, from 0, and leftOut.
func deal(rows []int32, classes int, fraction float64, seed uint64) *dealing {
	used := make([]int32, 0, len(rows))
	counts := make([]int, max(classes, 1))
	for i, class := range rows {
		if class != leftOut {
			used = append(used, int32(i))
			counts[class]++
		}
	}
	shuffle(used, seed)
	quota := quotas(counts, fraction)
	d := &dealing{place: make([]int32, len(rows)), train: len(used), scratch: used[:0]}
	for _, n := range quota {
		d.test, d.train = d.test+n, d.train-n
	}
	if len(used) < len(rows) {
		for i := range d.place {
			d.place[i] = leftOut
		}
	}
	train, test := int32(0), int32(d.train)
	for _, i := range used {
		if class := rows[i]; quota[class] > 0 {
			quota[class]--
			d.place[i] = test
			test++
		} else {
			d.place[i] = train
			train++
		}
	}
	return d
}

// quotas are the numbers of test rows of classes with the given numbers of rows: together the
// nearest number to fraction, each the integer below its share or the one above, the latter where
// most is missing; one row of every class stays for training.
func quotas(counts []int, fraction float64) []int {
	all := 0
	for _, n := range counts {
		all += n
	}
	left := min(max(int(math.Round(fraction*float64(all))), 1), all-1)
	quota := make([]int, len(counts))
	order := make([]int, len(counts))
	missing := make([]float64, len(counts))
	for c, n := range counts {
		share := fraction * float64(n)
		quota[c] = max(min(int(share), n-1), 0)
		left -= quota[c]
		missing[c], order[c] = share-float64(quota[c]), c
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case missing[a] > missing[b]:
			return -1
		case missing[a] < missing[b]:
			return 1
		}
		return 0
	})
	for range 2 { // a second round where single rows could not give theirs
		for _, c := range order {
			if left > 0 && quota[c] < counts[c]-1 {
				quota[c]++
				left--
			}
		}
	}
	return quota
}

// shuffle brings rows into a random order by Fisher–Yates from the top: position i swaps with
// ⌊u·(i+1)/2⁶⁴⌋, where u is the next output of the PCG-DXSM generator of math/rand/v2 with the
// state (seed, 0). Integers only, hence the same order on every platform.
func shuffle(rows []int32, seed uint64) {
	source := rand.NewPCG(seed, 0)
	for i := len(rows) - 1; i > 0; i-- {
		j, _ := bits.Mul64(source.Uint64(), uint64(i+1))
		rows[i], rows[j] = rows[j], rows[i]
	}
}

// dealAll makes training rows of all that are used, in the order of the file.
func dealAll(rows []int32) *dealing {
	d := &dealing{place: make([]int32, len(rows))}
	for i, class := range rows {
		d.place[i] = leftOut
		if class != leftOut {
			d.place[i] = int32(d.train)
			d.train++
		}
	}
	return d
}
