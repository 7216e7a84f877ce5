package experiment

import (
	"fmt"
	"math"

	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/files"
)

// suspicions are warnings that the coded rows of a table give reason for.
func suspicions(s *dataset.Split) []string {
	return append(leaks(s.Train, &s.Schema), copies(s.Train, s.Test)...)
}

// leaking is the share of a target's variance from which on one input is suspected to be the target
// in another unit. What measures something else has more noise.
const leaking = 0.9999

// leaks names inputs of which each alone gives a target of numbers.
func leaks(t *dataset.Table, s *dataset.Schema) (warnings []string) {
	if s.Task != dataset.Regress {
		return nil
	}
	inputs, targets := s.FeatureNames(), s.TargetNames()
	for k, target := range targets {
		for i, r := range correlations(t, k, len(targets)) {
			if r*r >= leaking {
				warnings = append(warnings, fmt.Sprintf("input %q alone explains more than %g %% of %q: is "+
					"it the target in another unit? If so, say --drop %s", inputs[i], 100*leaking, target,
					files.Quote(inputs[i])))
			}
		}
	}
	return warnings
}

// correlations are those of every input with target k of so many.
func correlations(t *dataset.Table, k, targets int) []float64 {
	x, xx, xy := make([]float64, t.Inputs), make([]float64, t.Inputs), make([]float64, t.Inputs)
	var y, yy float64
	for row := range t.N {
		v := float64(t.Y[row*targets+k])
		y, yy = y+v, yy+v*v
		for i, u := range t.Row(row) {
			u := float64(u)
			x[i], xx[i], xy[i] = x[i]+u, xx[i]+u*u, xy[i]+u*v
		}
	}
	n := float64(t.N)
	for i := range xy {
		xy[i] = (n*xy[i] - x[i]*y) / math.Sqrt((n*xx[i]-x[i]*x[i])*(n*yy-y*y))
	}
	return xy
}

// Of so many test rows copies are looked for, and said from this share on: among a few categories
// some rows are alike by chance.
const (
	lookedAt = 2000
	repeated = 0.25
)

// copies warns of test rows that are training rows too.
func copies(train, test *dataset.Table) []string {
	looked := min(test.N, lookedAt)
	rows := make(map[uint64]int, looked)
	for row := range looked {
		rows[fingerprint(test, row)]++
	}
	found := 0
	for row := range train.N {
		print := fingerprint(train, row)
		found += rows[print]
		delete(rows, print)
	}
	if float64(found) < repeated*float64(looked) {
		return nil
	}
	return []string{fmt.Sprintf("%d of %d test rows are training rows too, value for value: if they "+
		"are copies, the scores flatter; leave copies out, or give other rows with --test", found,
		looked)}
}

// fingerprint is a hash of a row's inputs and targets (FNV-1a, by words).
func fingerprint(t *dataset.Table, row int) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	hash := uint64(offset)
	add := func(word uint32) {
		hash = (hash ^ uint64(word)) * prime
		hash ^= hash >> 32
	}
	for _, v := range t.Row(row) {
		add(math.Float32bits(v))
	}
	if t.Labels != nil {
		add(uint32(t.Labels[row]))
	}
	targets := len(t.Y) / t.N
	for _, v := range t.Y[row*targets : (row+1)*targets] {
		add(math.Float32bits(v))
	}
	return hash
}
