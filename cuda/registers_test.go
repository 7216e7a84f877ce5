//go:build cuda

package cuda

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestResident: as many blocks of a product's tile are resident as its estimate of time
// supposes, by the tables that `make registers` writes and CI holds against the assemblers.
func TestResident(t *testing.T) {
	for _, file := range []string{"registers/11.8.txt", "registers/13.5.txt"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string][]string{}
		for line := range strings.Lines(string(text)) {
			if words := strings.Fields(line); words[0] != "#" {
				found[words[0]] = words[3:] // registers, bytes of stack and blocks for each architecture
			}
		}
		check := func(name string, resident int) {
			columns := found[name]
			if len(columns) == 0 || len(columns)%3 != 0 {
				t.Errorf("%s: %s has the columns %q", file, name, columns)
			}
			for i := 2; i < len(columns); i += 3 {
				if n, err := strconv.Atoi(columns[i]); err != nil || n < resident {
					t.Errorf("%s: %s blocks of %s are resident, its estimate supposes %d", file,
						columns[i], name, resident)
				}
			}
		}
		for _, tile := range gemmTiles {
			for _, transpose := range []string{"nn", "nt", "tn"} {
				check(fmt.Sprintf("gemm_%s_%v", transpose, tile), tile.resident)
			}
		}
		check("gemm_whole", wholeTile.resident)
	}
}
