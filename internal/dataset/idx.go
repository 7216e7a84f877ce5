package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
)

// ReadIDXDir reads the four files of an MNIST-style directory: train-images-idx3-ubyte,
// train-labels-idx1-ubyte and the same two with
// t10k for train, which are the test part. Each may be gzip-compressed (told by its content), may
// end in .gz and may have a dot
// for the second hyphen (train-images.idx3-ubyte); where several spellings exist the plain one is
// read.
//
// A row is one image, row by row, in bytes, which stand for pixels in [0, 1] (byte/255). Outputs is
// the largest training label + 1, at least 2.
// admit, if not nil, is asked before so many bytes are taken for the images; its error ends the
// reading.
func ReadIDXDir(dir string, admit func(bytes float64) error) (*Split, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, cause(err))
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s: expected a directory of IDX files, found a file", dir)
	}
	full, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	s, err := readIDXSplit(os.DirFS(dir), dir, admit)
	if err != nil {
		return nil, err
	}
	s.Name = filepath.Base(full)
	return s, nil
}

// ReadIDXFS reads the four files from the root of fsys, as ReadIDXDir does; name names the split,
// and the files in errors.
func ReadIDXFS(fsys fs.FS, name string) (*Split, error) {
	s, err := readIDXSplit(fsys, name, nil)
	if err != nil {
		return nil, err
	}
	s.Name = name
	return s, nil
}

// readIDXSplit reads both parts and checks that they fit together.
func readIDXSplit(fsys fs.FS, root string, admit func(float64) error) (*Split, error) {
	var train, test *idxPart
	var errTrain, errTest error
	var reading sync.WaitGroup
	reading.Go(func() { train, errTrain = readIDXPart(fsys, root, "train", admit) })
	test, errTest = readIDXPart(fsys, root, "t10k", admit)
	reading.Wait()
	if err := cmp.Or(errTrain, errTest); err != nil {
		return nil, err
	}
	classes := max(int(slices.Max(train.table.Labels))+1, 2)
	if err := test.fits(train, classes); err != nil {
		return nil, err
	}
	schema := Schema{Task: Classify, Inputs: train.table.Inputs, Outputs: classes,
		ClassNames: digits(classes)}
	return &Split{Schema: schema, Train: train.table, Test: test.table}, nil
}

// idxPart is an image file and its label file as one table.
type idxPart struct {
	table          *Table
	images, labels string // paths, for errors
	rows, columns  int    // pixels
}

// readIDXPart reads the images and labels whose files start with prefix.
func readIDXPart(fsys fs.FS, root, prefix string, admit func(float64) error) (*idxPart, error) {
	// first: they say how many images
	labels, err := openIDX(fsys, root, prefix+"-labels", idxLabels, expected{})
	if err != nil {
		return nil, err
	}
	n := labels.dims[0]
	images, err := openIDX(fsys, root, prefix+"-images", idxImages, expected{n, admit})
	if err != nil {
		return nil, err
	}
	rows, columns := images.dims[1], images.dims[2]
	table := &Table{N: n, Inputs: rows * columns, Bytes: images.data, Labels: make([]int32, n)}
	for i, label := range labels.data {
		table.Labels[i] = int32(label)
	}
	return &idxPart{table: table, images: images.path, labels: labels.path, rows: rows,
		columns: columns}, nil
}

// fits checks the test part p against the training part: images of the same shape, and no label
// that training lacks room for.
func (p *idxPart) fits(train *idxPart, classes int) error {
	if p.rows != train.rows || p.columns != train.columns {
		return fmt.Errorf("%s: expected images of %d×%d pixels as in %s, found %d×%d",
			p.images, train.rows, train.columns, train.images, p.rows, p.columns)
	}
	for i, label := range p.table.Labels {
		if int(label) >= classes {
			return fmt.Errorf("%s: label %d: expected a class below %d as in %s, found %d", p.labels, i,
				classes, train.labels, label)
		}
	}
	return nil
}

// openIDX reads the first regular file of fsys that is a spelling of stem, for example
// train-images, which must be as expected.
func openIDX(fsys fs.FS, root, stem string, kind idxKind, want expected) (*idxFile, error) {
	suffix := fmt.Sprintf("idx%d-ubyte", kind.dims())
	names := []string{stem + "-" + suffix, stem + "." + suffix, stem + "-" + suffix + ".gz", stem +
		"." + suffix + ".gz"}
	for _, name := range names {
		info, err := fs.Stat(fsys, name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			continue
		}
		path := filepath.Join(root, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, cause(err))
		}
		f, err := fsys.Open(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, cause(err))
		}
		defer f.Close()
		return readIDX(f, info.Size(), path, kind, want)
	}
	return nil, fmt.Errorf("%s: expected a file %s, found none of them: %w", root, quoteList(names),
		fs.ErrNotExist)
}

// digits returns the names "0", "1", … of n classes.
func digits(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}
