package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/units"
)

// addShard gives a command whose work consists of units the flag that leaves some to others.
func addShard(cmd *cobra.Command, to *units.Shard) {
	cmd.Flags().Var(&shardFlag{to: to}, "shard", "do every N-th unit of the work only, from the "+
		"I-th (from 0) on, as `I/N`, or auto: which task of a Slurm array or pod of a Kubernetes "+
		"Indexed Job this is; the same command without it collects")
}

// shardFlag is the flag's value.
type shardFlag struct {
	to   *units.Shard
	text string
}

func (f *shardFlag) String() string { return f.text }
func (f *shardFlag) Type() string   { return "I/N" }

func (f *shardFlag) Set(text string) (err error) {
	f.text = text
	if *f.to, err = units.ParseShard(text); err != nil {
		return &experiment.SettingError{Key: "shard", Value: text, Problem: err.Error()}
	}
	return nil
}

// printShard says that a shard is finished and how its results are collected.
func printShard(w io.Writer, s units.Shard, what, out string) error {
	_, err := fmt.Fprintf(w, "the %s of shard %v are finished in %s; the same command without "+
		"--shard collects those of all\n",
		what, s, files.Quote(out))
	return err
}
