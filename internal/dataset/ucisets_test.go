package dataset

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/symvi/symvi/internal/ucitest"
)

func TestUCISets(t *testing.T) {
	dir := t.TempDir()
	ucitest.Write(t, dir, "yacht", 40, 3)
	ucitest.Write(t, dir, "energy", 60, 2)
	if err := os.WriteFile(filepath.Join(dir, "README.md"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sets, err := UCISets(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(sets) != 2 || sets[0].Name != "energy" || sets[1].Name != "yacht" {
		t.Fatalf("found %+v, want energy and yacht", sets)
	}
	if s := sets[1]; s.Inputs != 2 || s.Train != 36 || s.Splits != 3 {
		t.Errorf("yacht: %+v, want 2 inputs, 36 training rows and 3 splits", s)
	}
	one, err := UCISets(filepath.Join(dir, "yacht"))
	if err != nil || len(one) != 1 || one[0] != sets[1] {
		t.Errorf("the set by itself: %+v, %v; want %+v", one, err, sets[1])
	}
	index := filepath.Join(dir, "yacht", "data", "index_test_2.txt")
	if err := os.WriteFile(index, []byte("0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if again, err := UCISets(dir); err != nil || again[1].Checksum == sets[1].Checksum {
		t.Errorf("other rows in a split leave the checksum %x, %v", again[1].Checksum, err)
	}
	if err := os.Remove(index); err != nil {
		t.Fatal(err)
	}
	_, err = UCISets(dir)
	wantError(t, err, index, "no such file")
	empty := t.TempDir()
	_, err = UCISets(empty)
	wantError(t, err, empty, "layout of UCI_Datasets", "found none")
	_, err = UCISets(filepath.Join(empty, "missing"))
	wantError(t, err, "missing", "no such file")
}
