// Command constants writes the constants of internal/ref into the tables of the assembly and of
// CUDA, wherever they are named there:
//
//	EIGHT(expC2, $0x1.fffffcp-2)                     asm: the name of a cell
//	DATA expC2/4, $0x1.fffffcp-2
//	DATA exp64<>+16(SB)/8, $0x3ff71547652b82fe // log2E64    or the first word of its comment
//	constexpr float expC2 = 0x1.fffffcp-2f;          CUDA
//
// The specification is the only place where a value is chosen. A cell may hold a number or its
// bits; what is right already is left as it is written. Run it at the root of the module:
//
//	go run ./internal/constants
//
// The test of this package fails where it would change a file, or where a number of the
// specification stands without its name.
package main

import (
	"bytes"
	"fmt"
	"os"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "constants:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	spec, err := load(root)
	if err != nil {
		return err
	}
	paths, err := tables(root)
	if err != nil {
		return err
	}
	for _, path := range paths {
		old, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text, _, err := spec.rewrite(path, string(old))
		if err != nil {
			return err
		}
		if bytes.Equal(old, []byte(text)) {
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			return err
		}
		fmt.Println("wrote", path)
	}
	return nil
}
