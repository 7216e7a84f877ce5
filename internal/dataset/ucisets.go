package dataset

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// UCISet is a data set of the layout of UCI_Datasets with its splits.
type UCISet struct {
	Name, Path string
	// Inputs is the number of input columns, Train that of the first split's training rows.
	Inputs, Train int
	// Splits is the number of splits, which are numbered from 0.
	Splits int
	// Checksum is CRC-32C of all files that decide rows, columns and splits.
	Checksum uint32
}

// UCISets are the data sets in dir, in the order of their names; dir itself may be one.
func UCISets(dir string) ([]UCISet, error) {
	if IsUCI(dir) {
		set, err := readUCISet(dir)
		return []UCISet{set}, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, cause(err))
	}
	var sets []UCISet
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !IsUCI(path) {
			continue
		}
		set, err := readUCISet(path)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	if len(sets) == 0 {
		return nil, fmt.Errorf("%s: expected directories of the layout of UCI_Datasets, "+
			"such as yacht/data/data.txt with index_train_0.txt beside it, found none", dir)
	}
	return sets, nil
}

func readUCISet(path string) (UCISet, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return UCISet{}, fmt.Errorf("%s: %w", path, err)
	}
	s, root := UCISet{Name: tableName(full), Path: full}, uciRoot(full)
	features, err := readNumbers(filepath.Join(root, uciFeatures))
	if err != nil {
		return s, err
	}
	train, err := readNumbers(filepath.Join(root, fmt.Sprintf(uciTrain, 0)))
	if err != nil {
		return s, err
	}
	s.Inputs, s.Train = len(features), len(train)
	crc := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	for _, name := range []string{uciData, uciFeatures, uciTarget} {
		if err := addFile(crc, filepath.Join(root, name)); err != nil {
			return s, err
		}
	}
	for ; ; s.Splits++ {
		err := addFile(crc, filepath.Join(root, fmt.Sprintf(uciTrain, s.Splits)))
		if errors.Is(err, fs.ErrNotExist) {
			s.Checksum = crc.Sum32()
			return s, nil
		}
		if err == nil {
			err = addFile(crc, filepath.Join(root, fmt.Sprintf(uciTest, s.Splits)))
		}
		if err != nil {
			return s, err
		}
	}
}

// addFile adds a file's contents to a checksum.
func addFile(sum io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, cause(err))
	}
	defer f.Close()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("%s: %w", path, cause(err))
	}
	return nil
}
