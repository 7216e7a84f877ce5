package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// The layout of UCI_Datasets: rows in data.txt, separated by blanks; numbers from 0 of the columns
// that are inputs and targets, and of the rows of every split's two parts, one a line.
const (
	uciData     = "data.txt"
	uciFeatures = "index_features.txt"
	uciTarget   = "index_target.txt"
	uciTrain    = "index_train_%d.txt"
	uciTest     = "index_test_%d.txt"
)

// IsUCI reports whether path is a directory of the layout of UCI_Datasets, or holds one called
// data.
func IsUCI(path string) bool { return uciRoot(path) != "" }

// uciRoot is the directory with data.txt, "" if there is none.
func uciRoot(path string) string {
	for _, dir := range []string{path, filepath.Join(path, "data")} {
		if info, err := os.Stat(filepath.Join(dir, uciData)); err == nil && info.Mode().IsRegular() {
			return dir
		}
	}
	return ""
}

// fromUCI takes from a directory what the options leave open: the format, and the columns.
func (o *Options) fromUCI(root string) error {
	if o.Separator == "" {
		o.Separator = blanks
	}
	if o.Header == "" {
		o.Header = no
	}
	for _, list := range []struct {
		file string
		to   *string
	}{{uciTarget, &o.Target}, {uciFeatures, &o.Only}} {
		if *list.to != "" {
			continue
		}
		numbers, err := readNumbers(filepath.Join(root, list.file))
		if err != nil {
			return err
		}
		names := make([]string, len(numbers))
		for i, n := range numbers {
			names[i] = strconv.Itoa(n + 1)
		}
		*list.to = strings.Join(names, ",")
	}
	return nil
}

// readNumbers reads integers from 0, one a line.
func readNumbers(path string) ([]int, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxRecord))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	return parseNumbers(text, path)
}

// parseNumbers is readNumbers of a file that has been read.
func parseNumbers(text []byte, path string) ([]int, error) {
	var numbers []int
	for i, word := range bytes.Fields(text) {
		n, ok := parseNumber(word, '.')
		if !ok || n.value != float64(int32(n.value)) || n.value < 0 {
			return nil, fmt.Errorf("%s: number %d: expected an integer from 0, found %q", path, i+1,
				clip(string(word)))
		}
		numbers = append(numbers, int(n.value))
	}
	if len(numbers) == 0 {
		return nil, fmt.Errorf("%s: expected numbers, found none", path)
	}
	return numbers, nil
}

// dealUCI deals the rows as the split with the given number does.
func dealUCI(root string, fold int, rows []int32) (*dealing, error) {
	d := &dealing{place: make([]int32, len(rows))}
	for i := range d.place {
		d.place[i] = leftOut
	}
	for _, part := range []struct {
		file  string
		count *int
		place func(n int) int32
	}{
		{uciTrain, &d.train, func(n int) int32 { return int32(n) }},
		{uciTest, &d.test, func(n int) int32 { return int32(d.train + n) }},
	} {
		path := filepath.Join(root, fmt.Sprintf(part.file, fold))
		numbers, err := readNumbers(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("--split %d: %w", fold, err)
		}
		if err != nil {
			return nil, err
		}
		for _, i := range numbers {
			switch {
			case i >= len(rows):
				return nil, fmt.Errorf("%s: expected numbers of rows below %d, found %d", path, len(rows), i)
			case d.place[i] != leftOut:
				return nil, fmt.Errorf("%s: expected every row once in both parts, found row %d again", path, i)
			case rows[i] == leftOut:
				continue
			}
			d.place[i] = part.place(*part.count)
			*part.count++
		}
	}
	return d, nil
}
