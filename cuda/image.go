//go:build cuda

package cuda

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
)

// The kernels, which `make ptx` writes: ptx/MODULE.ptx for compute capability 8.0, which every
// later GPU's driver can translate for its own instructions, and cubin/sm_N/MODULE.gz, which
// the GPUs of compute capability N run as they are. Translating takes seconds, and the driver
// keeps the result only where it can write to the user's home.
//
//go:embed ptx/*.ptx
var texts embed.FS

//go:embed cubin/*/*.gz
var cubins embed.FS

// cubinCapabilities are the compute capabilities that there are cubins for. A GPU runs those of
// its own major version up to its own minor one.
var cubinCapabilities = []int{80, 86, 89, 90}

// cubinFor is the compute capability of the cubins for a GPU, 0 if there are none.
func cubinFor(capability int) int {
	best := 0
	for _, c := range cubinCapabilities {
		if c/10 == capability/10 && c <= capability {
			best = c
		}
	}
	return best
}

// moduleCubin is the machine code of one module.
func moduleCubin(name string, capability int) (string, error) {
	packed, err := cubins.ReadFile(fmt.Sprintf("cubin/sm_%d/%s.gz", capability, name))
	if err != nil {
		return "", notBuilt(name, err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", fmt.Errorf("cubin of module %s: %w", name, err)
	}
	image, err := io.ReadAll(r)
	if err != nil {
		return "", fmt.Errorf("cubin of module %s: %w", name, err)
	}
	return string(image), nil
}

// modulePTX is the text of one module.
func modulePTX(name string) (string, error) {
	text, err := texts.ReadFile("ptx/" + name + ".ptx")
	if err != nil {
		return "", notBuilt(name, err)
	}
	return string(text), nil
}

func notBuilt(name string, err error) error {
	return fmt.Errorf("module %s was not built (make ptx): %w", name, err)
}
