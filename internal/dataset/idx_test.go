package dataset

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
)

// smallIDX is a valid data set: 3 + 2 images of 1×2 pixels, classes 0, 3 and 1 in training.
func smallIDX() fstest.MapFS {
	return fstest.MapFS{
		"train-images-idx3-ubyte": {Data: encodeIDX(idxImages, []int{3, 1, 2},
			[]byte{0, 1, 51, 255, 7, 8})},
		"train-labels-idx1-ubyte": {Data: encodeIDX(idxLabels, []int{3}, []byte{0, 3, 1})},
		"t10k-images-idx3-ubyte":  {Data: encodeIDX(idxImages, []int{2, 1, 2}, []byte{9, 10, 11, 12})},
		"t10k-labels-idx1-ubyte":  {Data: encodeIDX(idxLabels, []int{2}, []byte{2, 3})},
	}
}

func TestReadIDXFS(t *testing.T) {
	s, err := ReadIDXFS(smallIDX(), "small")
	if err != nil {
		t.Fatal(err)
	}
	checkTable(t, s.Schema, s.Train)
	checkTable(t, s.Schema, s.Test)
	if s.Name != "small" || s.Task != Classify || s.Inputs != 2 || s.Outputs != 4 {
		t.Errorf("got %+v", s)
	}
	if !slices.Equal(s.ClassNames, []string{"0", "1", "2", "3"}) {
		t.Errorf("class names %q", s.ClassNames)
	}
	x := make([]float32, 6)
	s.Train.CopyRows(x, 0)
	if want := []float32{0, 1. / 255, 0.2, 1, 7. / 255, 8. / 255}; !equalBits(x, want) {
		t.Errorf("X = %v, want %v", x, want)
	}
	if !slices.Equal(s.Train.Labels, []int32{0, 3, 1}) || !slices.Equal(s.Test.Labels, []int32{2, 3}) {
		t.Errorf("labels %v, %v", s.Train.Labels, s.Test.Labels)
	}
	if s.Test.CopyRows(x[:2], 1); !equalBits(x[:2], []float32{11. / 255, 12. / 255}) {
		t.Errorf("row 1 = %v", x[:2])
	}
}

func TestReadIDXHasTwoClassesAtLeast(t *testing.T) {
	fsys := smallIDX()
	fsys["train-labels-idx1-ubyte"].Data = encodeIDX(idxLabels, []int{3}, []byte{0, 0, 0})
	fsys["t10k-labels-idx1-ubyte"].Data = encodeIDX(idxLabels, []int{2}, []byte{1, 0})
	s, err := ReadIDXFS(fsys, "small")
	if err != nil {
		t.Fatal(err)
	}
	checkTable(t, s.Schema, s.Test)
	if s.Outputs != 2 {
		t.Errorf("Outputs = %d, want 2", s.Outputs)
	}
}

// Spellings differ by folder; compression is told by content, so a plain file may end in .gz and
// the other way round.
func TestReadIDXDirSpellings(t *testing.T) {
	for _, spelling := range []struct {
		separator, ending string
		compress          bool
	}{{"-", "", false}, {"-", ".gz", true}, {".", "", false}, {".", ".gz", true}, {"-", "",
		true}, {"-", ".gz", false}} {
		dir := filepath.Join(t.TempDir(), "digits")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for name, file := range smallIDX() {
			data := file.Data
			if spelling.compress {
				data = gzipped(data)
			}
			stem, suffix := name[:len(name)-len("-idx0-ubyte")], name[len(name)-len("idx0-ubyte"):]
			if err := os.WriteFile(filepath.Join(dir, stem+spelling.separator+suffix+spelling.ending), data,
				0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := ReadIDXDir(dir, nil)
		if err != nil {
			t.Fatalf("%+v: %v", spelling, err)
		}
		if s.Name != "digits" || s.Train.N != 3 || s.Test.N != 2 {
			t.Errorf("%+v: got name %q with %d + %d rows", spelling, s.Name, s.Train.N, s.Test.N)
		}
	}
}

// Some archives unpack into a folder called like the file.
func TestReadIDXSkipsFoldersCalledLikeAFile(t *testing.T) {
	fsys := smallIDX()
	fsys["train-images.idx3-ubyte"] = fsys["train-images-idx3-ubyte"]
	fsys["train-images-idx3-ubyte"] = &fstest.MapFile{Mode: fs.ModeDir}
	if _, err := ReadIDXFS(fsys, "small"); err != nil {
		t.Error(err)
	}
}

func TestReadIDXFSErrors(t *testing.T) {
	tests := []struct {
		name, file string
		data       []byte // nil removes the file
		parts      []string
	}{
		{"missing training images", "train-images-idx3-ubyte", nil, []string{
			`small: expected a file "train-images-idx3-ubyte", "train-images.idx3-ubyte", "train-images-idx3-ubyte.gz", "train-images.idx3-ubyte.gz"`,
			"found none"}},
		{"missing test labels", "t10k-labels-idx1-ubyte", nil,
			[]string{`"t10k-labels-idx1-ubyte"`, "found none"}},
		{"broken training images", "train-images-idx3-ubyte", []byte("no IDX"),
			[]string{"train-images-idx3-ubyte: expected magic number"}},
		{"broken training labels", "train-labels-idx1-ubyte", []byte{},
			[]string{"train-labels-idx1-ubyte: magic number"}},
		{"broken test images", "t10k-images-idx3-ubyte", []byte{},
			[]string{"t10k-images-idx3-ubyte: magic number"}},
		{"too few training labels", "train-labels-idx1-ubyte",
			encodeIDX(idxLabels, []int{2}, []byte{0, 1}), []string{
				"train-images-idx3-ubyte: expected 2 images, one for each label, found a header " +
					"that declares 3"}},
		{"too many test labels", "t10k-labels-idx1-ubyte", encodeIDX(idxLabels, []int{3}, []byte{0, 1,
			2}), []string{
			"t10k-images-idx3-ubyte: expected 3 images, one for each label, found a header that " +
				"declares 2"}},
		{"unknown class", "t10k-labels-idx1-ubyte", encodeIDX(idxLabels, []int{2}, []byte{3, 4}),
			[]string{
				"t10k-labels-idx1-ubyte: label 1: expected a class below 4 as in ",
				"train-labels-idx1-ubyte, " + "found 4"}},
		{"other shape, same size", "t10k-images-idx3-ubyte",
			encodeIDX(idxImages, []int{2, 2, 1}, []byte{1, 2, 3, 4}), []string{
				"t10k-images-idx3-ubyte: expected images of 1×2 pixels as in ", "train-images-idx3-ubyte, " +
					"found 2×1"}},
		{"same height, other width", "t10k-images-idx3-ubyte",
			encodeIDX(idxImages, []int{2, 1, 1}, []byte{1, 2}), []string{
				"t10k-images-idx3-ubyte: expected images of 1×2 pixels as in ", "found 1×1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fsys := maps.Clone(smallIDX())
			delete(fsys, test.file)
			if test.data != nil {
				fsys[test.file] = &fstest.MapFile{Data: test.data}
			}
			_, err := ReadIDXFS(fsys, "small")
			wantError(t, err, append(test.parts, "small")...)
			if test.data == nil && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%v does not wrap fs.ErrNotExist", err)
			}
		})
	}
}

func TestReadIDXDirErrors(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "nowhere")
	_, err := ReadIDXDir(missing, nil)
	wantError(t, err, missing+": no such file")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v does not wrap fs.ErrNotExist", err)
	}
	file := writeFile(t, "f", "x")
	_, err = ReadIDXDir(file, nil)
	wantError(t, err, file+": expected a directory of IDX files, found a file")
	empty := t.TempDir()
	_, err = ReadIDXDir(empty, nil)
	wantError(t, err, empty+`: expected a file "train-labels-idx1-ubyte"`)
}

// refusingFS denies Open, and with it Stat.
type refusingFS struct{ fstest.MapFS }

func (refusingFS) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

// unreadableFS lets Stat pass and denies Open.
type unreadableFS struct{ refusingFS }

func (f unreadableFS) Stat(name string) (fs.FileInfo, error) { return f.MapFS.Stat(name) }

func (f refusingFS) Stat(string) (fs.FileInfo, error) { return nil, fs.ErrPermission }

func TestReadIDXReportsWhatTheSystemSays(t *testing.T) {
	for _, fsys := range []fs.FS{refusingFS{smallIDX()}, unreadableFS{refusingFS{smallIDX()}}} {
		_, err := ReadIDXFS(fsys, "small")
		wantError(t, err, filepath.Join("small", "train-labels-idx1-ubyte")+": permission denied")
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%v does not wrap fs.ErrPermission", err)
		}
	}
}
