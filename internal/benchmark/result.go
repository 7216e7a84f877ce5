package benchmark

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"unicode"

	"github.com/klauspost/cpuid/v2"
)

// Result is what one implementation of a case reached.
type Result struct {
	Kernel string
	Shape  string
	// Impl is a row of microkernels or the alternative's name.
	Impl string
	// NsPerOp is the median time of an operation, Rate the work done in that time.
	NsPerOp float64
	// ProcessorNsPerOp is the mean processor time of an operation, 0 where the system does not say.
	// Other programs disturb it less.
	ProcessorNsPerOp float64
	// For a whole run of the program, Rate is the processor time in seconds.
	Rate float64
	Unit string
	// PeakBytes is the most of memory that was resident, of a whole run of the program; else 0.
	PeakBytes int64
	// PeakFraction is Rate as a part of the machine's limit, nil where none applies.
	PeakFraction *float64
	// Threads is what the implementation may use; Iterations counts all its rounds.
	Threads, Iterations int
}

// MarshalJSON writes the fields that scripts may rely on. A shape with several
// threads ends in -tN.
func (r Result) MarshalJSON() ([]byte, error) {
	shape := r.Shape
	if r.Threads > 1 {
		shape = fmt.Sprintf("%s-t%d", shape, r.Threads)
	}
	return json.Marshal(struct {
		Kernel       string   `json:"kernel"`
		Shape        string   `json:"shape"`
		Impl         string   `json:"impl"`
		NsPerOp      float64  `json:"ns_per_op"`
		Processor    float64  `json:"processor_ns_per_op"`
		Rate         float64  `json:"rate"`
		Unit         string   `json:"unit"`
		PeakFraction *float64 `json:"peak_fraction"`
		PeakBytes    int64    `json:"peak_bytes,omitempty"`
	}{r.Kernel, shape, r.Impl, r.NsPerOp, r.ProcessorNsPerOp, r.Rate, r.Unit,
		r.PeakFraction, r.PeakBytes})
}

// WriteHeader writes the configuration lines of Go's benchmark format.
func WriteHeader(w io.Writer) error {
	_, err := fmt.Fprintf(w, "goos: %s\ngoarch: %s\npkg: github.com/symvi/symvi\ncpu: %s\n",
		runtime.GOOS, runtime.GOARCH, cpuid.CPU.BrandName)
	return err
}

// Write writes the result as a line of Go's benchmark format.
func (r Result) Write(w io.Writer) error {
	kernel := []rune(r.Kernel)
	kernel[0] = unicode.ToUpper(kernel[0])
	name := fmt.Sprintf("Benchmark%s/%s/%s-%d", string(kernel), r.Shape, r.Impl, r.Threads)
	line := fmt.Sprintf("%-60s %9d %14.1f ns/op %12.4g %s", name, r.Iterations, r.NsPerOp,
		r.Rate, r.Unit)
	if r.PeakFraction != nil {
		line += fmt.Sprintf(" %9.1f %%peak", 100**r.PeakFraction)
	}
	if r.PeakBytes > 0 {
		line += fmt.Sprintf(" %9.1f peak-MB", float64(r.PeakBytes)/1e6)
	}
	_, err := fmt.Fprintln(w, line)
	return err
}
