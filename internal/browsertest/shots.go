package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
)

// shoot keeps pictures of the page, a screen at a time.
func (b *Browser) shoot(dir string, width int) {
	b.t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		b.t.Fatal(err)
	}
	var height float64
	b.Run("return document.documentElement.scrollHeight", &height)
	const screen, most = screenHeight, 60
	for i := 0; float64(i*screen) < height && i < most; i++ {
		b.Run(fmt.Sprintf("window.scrollTo(0, %d)", i*screen), nil)
		name := fmt.Sprintf("%d-%02d.png", width, i)
		if err := os.WriteFile(filepath.Join(dir, name), b.Screenshot(), 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
}
