package cpu_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
)

var update = flag.Bool("update", false, "write the digests that are compared with")

// TestGolden: testdata/golden.txt has a hash of every case's buffers after it ran. A change of
// these is a change of every result, to be announced in CHANGELOG.md. The conformance suite
// cannot see that a compiler fused what the specification rounds: it would do so on both sides.
func TestGolden(t *testing.T) {
	const path = "testdata/golden.txt"
	var got strings.Builder
	for _, o := range kernelcase.All(newCPU(t, "", 2), kernelcase.Small(5000)) {
		o.Run()
		// fmt prints maps in the order of their keys
		fmt.Fprintf(&got, "%s %.8x\n", o.Name(), sha256.Sum256(fmt.Append(nil, o.Contents(t))))
	}
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(string(text), "\n")
	for i, line := range strings.Split(got.String(), "\n") {
		if i >= len(want) || line != want[i] {
			t.Errorf("case %d has %q (go test . -run Golden -update, if the change is meant)", i, line)
		}
	}
	if n := strings.Count(got.String(), "\n") + 1; n < len(want) {
		t.Errorf("%d digests of %d cases", len(want)-1, n-1)
	}
}
