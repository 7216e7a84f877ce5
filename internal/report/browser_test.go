package report

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/symvi/symvi/internal/browsertest"
	"github.com/symvi/symvi/internal/must"
)

// With SYMVI_SCREENSHOTS the test keeps pictures of the page in that directory.
func TestBrowser(t *testing.T) {
	dir := t.TempDir()
	must.Do(t, sample().Write(dir))
	browsertest.CheckReport(t, filepath.Join(dir, "report.html"),
		browsertest.Want{Figures: 2, Tables: 2, SmallestText: 8, Shots: os.Getenv("SYMVI_SCREENSHOTS")})
}
