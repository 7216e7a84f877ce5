package cpu

import (
	"fmt"
	"os"
)

// Selection says which row of microkernels New takes with an ISA option, and why.
func Selection(isa string) (name, why string, err error) {
	r, err := selectRow(isa)
	if err != nil {
		return "", "", err
	}
	switch forced := os.Getenv("SYMVI_ISA"); {
	case isa != "":
		return r.name, "asked for by an option", nil
	case forced != "":
		return r.name, fmt.Sprintf("forced by SYMVI_ISA=%s", forced), nil
	}
	return r.name, "the best one available", nil
}
