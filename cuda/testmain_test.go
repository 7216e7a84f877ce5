//go:build cuda

package cuda

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
)

// launched are the kernels that the tests' devices have launched.
var launched = struct {
	sync.Mutex
	kernels map[kernel]bool
}{kernels: map[kernel]bool{}}

// remember notes what a device has launched.
func (d *Device) remember() {
	d.mu.Lock()
	defer d.mu.Unlock()
	launched.Lock()
	defer launched.Unlock()
	for k := range d.signatures {
		launched.kernels[k] = true
	}
}

// TestMain fails with SYMVI_EVERY_KERNEL=1 if the tests have not launched every kernel there
// is, which is how the tests that sanitize.sh runs are chosen.
func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv("SYMVI_EVERY_KERNEL") == "1" && code == 0 {
		missing, err := missingKernels()
		if err != nil || len(missing) > 0 {
			fmt.Printf("FAIL: kernels that no test has launched: %v %v\n", missing, err)
			code = 1
		}
	}
	os.Exit(code)
}

// missingKernels are those of the modules that no test has launched.
func missingKernels() (missing []string, err error) {
	files, err := texts.ReadDir("ptx")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		module := strings.TrimSuffix(f.Name(), path.Ext(f.Name()))
		text, err := modulePTX(module)
		if err != nil {
			return nil, err
		}
		all, err := signatures(text)
		if err != nil {
			return nil, err
		}
		for name := range all {
			if !launched.kernels[kernel{module, name}] {
				missing = append(missing, name)
			}
		}
	}
	slices.Sort(missing)
	return missing, nil
}
