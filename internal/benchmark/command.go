package benchmark

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// command is a run of the program as users start it, in a process of its own: what it takes in
// time, processor time and memory, all of it counted.
type command struct {
	kernel, shape string
	args          []string
}

var commands = []command{
	{"startUp", "mnist", []string{"train", "--dry-run"}}, // all that comes before the first step
	{"train", "mnist,epochs=1", []string{"train", "--epochs", "1"}},
}

func (c command) benchmark(program string) benchmark {
	return benchmark{kernel: c.kernel, shape: c.shape, unit: "processor-s", scaling: true,
		setup: func(f *field) {
			for _, threads := range f.threads() {
				p := &process{program: program, args: c.args, isa: f.options.ISAs[0], threads: threads}
				f.contestants = append(f.contestants, &contestant{name: p.isa, threads: threads,
					run: p.run, least: 3, process: p})
			}
		}}
}

// process runs the program again and again.
type process struct {
	program, isa string
	args         []string
	threads      int
	taken        []Usage
	err          error
}

// run runs it n times, until the first failure.
func (p *process) run(n int) {
	for range n {
		if p.err == nil {
			p.err = p.once()
		}
	}
}

func (p *process) once() error {
	dir, err := os.MkdirTemp("", "symvi-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	threads := strconv.Itoa(p.threads)
	args := append(slices.Clone(p.args), "--device", "cpu", "--threads", threads, "--quiet",
		"--out", filepath.Join(dir, "run"))
	cmd := exec.Command(p.program, args...)
	cmd.Env = append(os.Environ(), "SYMVI_ISA="+p.isa, "GOMAXPROCS="+threads)
	var said tail
	cmd.Stdout, cmd.Stderr = &said, &said
	u, err := RunProcess(cmd)
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", cmd, err), errors.New(string(said)))
	}
	p.taken = append(p.taken, u)
	return nil
}

// median is the processor time of a run, in seconds, and peak the most memory of any.
func (p *process) median() (seconds float64, peak int64) {
	var times []time.Duration
	for _, u := range p.taken {
		times = append(times, u.Processor)
		peak = max(peak, u.Peak)
	}
	slices.Sort(times)
	return times[len(times)/2].Seconds(), peak
}

// tail keeps the last thousand bytes of what is written to it.
type tail []byte

func (t *tail) Write(p []byte) (int, error) {
	*t = append(*t, p...)
	*t = (*t)[max(0, len(*t)-1000):]
	return len(p), nil
}
