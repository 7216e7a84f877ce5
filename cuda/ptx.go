//go:build cuda

package cuda

import (
	"embed"
	"fmt"
)

// modules are the kernels in PTX for compute capability 8.0, which every later GPU's
// driver translates for its own instructions. `make ptx` writes them.
//
//go:embed ptx/*.ptx
var modules embed.FS

// modulePTX is the text of one module.
func modulePTX(name string) (string, error) {
	text, err := modules.ReadFile("ptx/" + name + ".ptx")
	if err != nil {
		return "", fmt.Errorf("module %s was not built (make ptx): %w", name, err)
	}
	return string(text), nil
}
