package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"symvi": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SYMVI_ISA", "")
			e.Setenv("SYMVI_LIBCUDA", os.Getenv("SYMVI_LIBCUDA"))
			return writeData(e.WorkDir)
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool,
			[]string){"oneline": oneLineOfStderr, "jsonkeys": jsonKeys, "exit": exits},
	})
}

// condition knows [gpu], a build and a machine with a usable GPU, and [cuda], a build
// that looks for one, and [simulator]. SYMVI_REQUIRE_GPU=1 makes the lack of one an error.
func condition(name string) (bool, error) {
	problem := cudaProblem()
	switch name {
	case "gpu":
		if problem != nil && os.Getenv("SYMVI_REQUIRE_GPU") == "1" {
			return false, problem
		}
		return problem == nil, nil
	case "simulator":
		return slices.ContainsFunc(cudaDevices(), func(name string) bool {
			return strings.Contains(name, "simulator")
		}), nil
	case "cuda":
		return cudaBuild, nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// exits runs symvi and checks its exit code: exit CODE ARGS…
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE ARGS…")
	}
	err := ts.Exec("symvi", args[1:]...)
	got := 0
	if err != nil {
		fmt.Sscanf(err.Error(), "exit status %d", &got)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("symvi %s: %v, want exit code %s", strings.Join(args[1:], " "), err, args[0])
	}
}

// oneLineOfStderr checks that the last command said one line, beginning with the program's name.
func oneLineOfStderr(ts *testscript.TestScript, neg bool, _ []string) {
	text := ts.ReadFile("stderr")
	if neg || strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "symvi: ") {
		ts.Fatalf("stderr is not one line that begins with symvi: – %q", text)
	}
}

// jsonKeys checks that standard output is one JSON object with exactly the given keys.
func jsonKeys(ts *testscript.TestScript, neg bool, want []string) {
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &object))
	var got []string
	for k := range object {
		got = append(got, k)
	}
	slices.Sort(got)
	slices.Sort(want)
	if neg || !slices.Equal(got, want) {
		ts.Fatalf("keys %v, want %v", got, want)
	}
}

// writeData writes small data sets: flowers.csv (classes), houses.csv (numbers) and
// digits, a directory of IDX files.
func writeData(dir string) error {
	r := rand.New(rand.NewPCG(1, 2))
	var flowers, houses strings.Builder
	flowers.WriteString("length,width,species\n")
	houses.WriteString("area,rooms,price\n")
	for i := range 120 {
		class := i % 3
		fmt.Fprintf(&flowers, "%.3f,%.3f,%s\n", float64(class)+0.3*r.NormFloat64(),
			float64(class*class)+0.3*r.NormFloat64(), []string{"rose", "lily", "iris"}[class])
		area, rooms := 50+100*r.Float64(), 1+r.IntN(5)
		fmt.Fprintf(&houses, "%.1f,%d,%.0f\n", area, rooms, 3000*area+10000*float64(rooms)+
			5000*r.NormFloat64())
	}
	digits := filepath.Join(dir, "digits")
	if err := os.MkdirAll(digits, 0o755); err != nil {
		return err
	}
	files := map[string]string{"flowers.csv": flowers.String(), "houses.csv": houses.String()}
	for part, n := range map[string]int{"train": 60, "t10k": 20} {
		images, labels := idxHeader(0x803, n, 3, 3), idxHeader(0x801, n)
		for i := range n {
			for p := range 9 {
				images = append(images, byte(r.IntN(100)+100*min(1, max(0, p%3-i%3+1))))
			}
			labels = append(labels, byte(i%3))
		}
		files["digits/"+part+"-images-idx3-ubyte"],
			files["digits/"+part+"-labels-idx1-ubyte"] = string(images), string(labels)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func idxHeader(magic uint32, dims ...int) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, n := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return b
}
