package main

import (
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/memory"
)

// memorySize is an amount of memory in bytes as a flag; 0 is none given.
type memorySize int64

var _ pflag.Value = (*memorySize)(nil)

func (m *memorySize) Type() string { return "size" }

func (m *memorySize) String() string {
	if *m == 0 {
		return ""
	}
	return memory.Format(float64(*m))
}

func (m *memorySize) Set(text string) error {
	bytes, err := memory.Parse(text)
	if err != nil {
		return &experiment.SettingError{Key: "memory", Value: text, Problem: err.Error()}
	}
	*m = memorySize(bytes)
	return nil
}

// addMemory adds the flag that bounds a job's memory.
func addMemory(cmd *cobra.Command, m *memorySize) {
	cmd.Flags().Var(m, "memory", "most memory to use, such as 4GB (default: what the machine and "+
		"its container have left)")
}

// printAccount prints what a training would take.
func printAccount(w io.Writer, a *experiment.Account) error {
	t := table{}
	for _, p := range a.Parts {
		t.row(memory.Format(p.Bytes), p.What, "")
	}
	t.row(memory.Format(a.Total()), "in all", "")
	verdict := "available: it fits"
	if a.Total() > float64(a.Available.Bytes) {
		verdict = "available: it does not fit"
	}
	t.row(memory.Format(float64(a.Available.Bytes)), verdict+" ("+a.Available.By+")", "")
	return t.print(w)
}
