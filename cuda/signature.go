//go:build cuda

package cuda

import (
	"fmt"
	"math"
	"strings"
	"sync"
)

// parameter is the type of a kernel's parameter as PTX declares it: "u64" for pointers and long
// long, "u32" for int and unsigned, "f32" or "f64".
type parameter string

// argument is the kind of a cell: it says which parameters take it.
type argument uint8

const (
	pointerArgument  argument = iota
	integerArgument           // to int, unsigned or long long
	unsignedArgument          // to unsigned
	wordArgument              // to unsigned long long
	floatArgument
	doubleArgument
	strideArgument // of replicas
	countsArgument // theirs
)

func (a argument) String() string {
	return [...]string{"a pointer", "an integer", "an unsigned integer",
		"an unsigned integer of 64 bits", "a float32", "a float64", "a stride",
		"counts"}[a]
}

// goesTo reports whether a parameter takes the cell, without loss.
func (c cell) goesTo(p parameter) bool {
	switch c.kind {
	case pointerArgument, wordArgument, strideArgument, countsArgument:
		return p == "u64"
	case integerArgument:
		x := int64(c.bits)
		return p == "u64" || p == "u32" && x >= math.MinInt32 && x <= math.MaxUint32
	case unsignedArgument:
		return p == "u32"
	case floatArgument:
		return p == "f32"
	default:
		return p == "f64"
	}
}

// signature are the parameters of a kernel.
type signature []parameter

// check is an error unless the arguments of a launch are what the kernel takes.
func (s signature) check(args []cell) error {
	if len(args) != len(s) {
		return fmt.Errorf("%d arguments for %d parameters", len(args), len(s))
	}
	for i, a := range args {
		if !a.goesTo(s[i]) {
			return fmt.Errorf("argument %d is %v (%#x), its parameter a %s", i, a.kind, a.bits, s[i])
		}
	}
	return nil
}

// declared holds the signatures of the modules that were asked for.
var declared = struct {
	sync.Mutex
	modules map[string]map[string]signature
}{modules: map[string]map[string]signature{}}

// signatureOf reads a kernel's signature in its module's PTX, from which cubins are made too.
func signatureOf(k kernel) (signature, error) {
	declared.Lock()
	defer declared.Unlock()
	m, ok := declared.modules[k.module]
	if !ok {
		text, err := modulePTX(k.module)
		if err != nil {
			return nil, err
		}
		if m, err = signatures(text); err != nil {
			return nil, fmt.Errorf("module %s: %w", k.module, err)
		}
		declared.modules[k.module] = m
	}
	s, ok := m[k.name]
	if !ok {
		return nil, fmt.Errorf("module %s has no such kernel", k.module)
	}
	return s, nil
}

// signatures reads the kernels that PTX declares:
//
//	.visible .entry NAME(
//		.param .u64 NAME_param_0,
//		.param .f32 NAME_param_1
//	)
func signatures(text string) (map[string]signature, error) {
	const entry = ".visible .entry "
	found := map[string]signature{}
	for {
		_, rest, more := strings.Cut(text, entry)
		if !more {
			return found, nil
		}
		name, rest, opened := strings.Cut(rest, "(")
		list, rest, closed := strings.Cut(rest, ")")
		if !opened || !closed {
			return nil, fmt.Errorf("the parameters of kernel %q do not end", name)
		}
		var s signature
		for line := range strings.SplitSeq(list, ",") {
			words := strings.Fields(line)
			if len(words) == 0 {
				continue
			}
			if len(words) != 3 || words[0] != ".param" {
				return nil, fmt.Errorf("kernel %s: parameter %q", name, strings.TrimSpace(line))
			}
			s = append(s, parameter(strings.TrimPrefix(words[1], ".")))
		}
		found[name], text = s, rest
	}
}

// checked is signature.check with the signature that the device has looked up before. The caller
// holds d.mu.
func (d *Device) checked(k kernel, args []cell) error {
	s, ok := d.signatures[k]
	if !ok {
		var err error
		if s, err = signatureOf(k); err != nil {
			return err
		}
		d.signatures[k] = s
	}
	return s.check(args)
}
