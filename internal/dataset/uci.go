package dataset

import (
	"os"
	"path/filepath"
)

// uciData is the file of rows in the layout of UCI_Datasets.
const uciData = "data.txt"

// IsUCI reports whether path is a directory of the layout of UCI_Datasets (see ReadTable), or holds
// one called data.
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
