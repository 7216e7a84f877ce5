package report

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/symvi/symvi/internal/browsertest"
)

// With SYMVI_SCREENSHOTS the test keeps pictures of the page in that directory.
func TestBrowser(t *testing.T) {
	dir := t.TempDir()
	if err := sample().Write(dir); err != nil {
		t.Fatal(err)
	}
	browsertest.CheckReport(t, filepath.Join(dir, "report.html"),
		browsertest.Want{Figures: 2, Tables: 2, SmallestText: 8, Shots: os.Getenv("SYMVI_SCREENSHOTS")})
}
