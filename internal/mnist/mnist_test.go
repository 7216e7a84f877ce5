package mnist

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/must"
)

func TestFilesAreTheOriginals(t *testing.T) {
	readme := must.Get(os.ReadFile("README.md"))(t)
	for name, want := range map[string]string{
		"train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
		"train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
		"t10k-images-idx3-ubyte":  "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
		"t10k-labels-idx1-ubyte":  "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
	} {
		if got := digest(t, name+".gz"); got != want {
			t.Errorf("%s: SHA-256 %s, want %s", name, got, want)
		}
		if line := "| " + name + " | " + want + " |"; !strings.Contains(string(readme), line) {
			t.Errorf("README.md lacks the line %q", line)
		}
	}
}

// digest returns the SHA-256 of an embedded file, uncompressed.
func digest(t *testing.T, name string) string {
	t.Helper()
	f := must.Get(files.Open(name))(t)
	defer f.Close()
	r := must.Get(gzip.NewReader(f))(t)
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestLoad(t *testing.T) {
	s := must.Get(Load())(t)
	if s.Name != "mnist" || s.Task != dataset.Classify || s.Inputs != 784 || s.Outputs != 10 {
		t.Errorf("name %q, task %v, %d inputs, %d outputs", s.Name, s.Task, s.Inputs, s.Outputs)
	}
	if want := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8",
		"9"}; !slices.Equal(s.ClassNames, want) {
		t.Errorf("class names %q, want %q", s.ClassNames, want)
	}
	// The published mean of the training pixels is 0.1307, of the test pixels 0.1325.
	check(t, s.Train, 60000, 0.1307, []int{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949})
	check(t, s.Test, 10000, 0.1325, []int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009})
}

// check compares a part with its number of rows, its mean pixel to four digits and the rows a
// digit.
func check(t *testing.T, part *dataset.Table, n int, mean float64, rows []int) {
	t.Helper()
	if part.N != n || part.Inputs != 784 || part.X != nil || len(part.Bytes) != n*784 ||
		len(part.Labels) != n || part.Y != nil {
		t.Fatalf("N=%d Inputs=%d len(Bytes)=%d len(Labels)=%d Y=%v", part.N, part.Inputs,
			len(part.Bytes), len(part.Labels), part.Y)
	}
	sum, lowest, highest := 0.0, float32(math.Inf(1)), float32(math.Inf(-1))
	pixels := make([]float32, n*784)
	part.CopyRows(pixels, 0)
	for _, v := range pixels {
		sum += float64(v)
		lowest, highest = min(lowest, v), max(highest, v)
	}
	if got := sum / float64(len(pixels)); !(math.Abs(got-mean) < 5e-5) || lowest != 0 || highest != 1 {
		t.Errorf("pixels from %v to %v with mean %.4f, want 0 to 1 with mean %.4f", lowest,
			highest, got, mean)
	}
	histogram := make([]int, 10)
	for _, label := range part.Labels {
		histogram[label]++
	}
	if !slices.Equal(histogram, rows) {
		t.Errorf("rows a digit %v, want %v", histogram, rows)
	}
}
