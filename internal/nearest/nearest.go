// Package nearest guesses which name was meant by one that does not exist.
package nearest

import "strings"

// Name is the candidate that is most like name, or "" where none is like it: one that differs in
// case, in - and _, in few letters, that begins as name does, is one of its words ("batch" of
// batch_size), or its initials ("lr" of learning_rate).
func Name(name string, candidates []string) string {
	name = plain(name)
	best, nearest := 1+len(name)/3, "" // changed letters
	for _, c := range candidates {
		if d := distance(name, plain(c)); d < best {
			best, nearest = d, c
		}
	}
	if nearest != "" {
		return nearest
	}
	words := strings.Split(name, "-")
	for _, c := range candidates {
		if p := plain(c); len(name) > 2 && strings.HasPrefix(p, name) || contains(words, p) {
			return c
		}
	}
	return ""
}

func plain(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "_", "-")
}

// contains reports whether p is one of the words or the initials of several.
func contains(words []string, p string) bool {
	initials := ""
	for _, w := range words {
		if w == p {
			return true
		}
		initials += w[:min(1, len(w))]
	}
	return len(words) > 1 && initials == p
}

// distance is Levenshtein's: the fewest bytes to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
