package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symvi/symvi/internal/experiment"
)

// printModel prints what a model file holds.
func printModel(cmd *cobra.Command, path string, asJSON bool) error {
	i, err := experiment.DescribeModel(path)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(cmd, i)
	}
	t := &table{}
	t.row("model", i.Path, "written by "+i.Written)
	t.row("network", fmt.Sprint(i.Widths), fmt.Sprintf("%d parameters%s", i.Parameters,
		behind(i.Activation)))
	if i.Members > 1 {
		t.row("members", fmt.Sprint(i.Members), "this is the first")
	}
	if i.Likelihood != "" {
		t.row("likelihood", i.Likelihood, "")
		t.row("prior", i.Prior, "")
	}
	t.row("σ", fmt.Sprintf("%.3g … %.3g", i.SigmaMin, i.SigmaMax),
		fmt.Sprintf("of the posterior; median %.3g", i.SigmaMedian))
	if i.Epochs > 0 {
		t.row("training", fmt.Sprintf("%d epochs", i.Epochs), "")
	}
	if s := i.Schema; s != nil {
		t.row("task", s.Task.String(), "")
		if s.IsTable() {
			t.row("target", strings.Join(s.TargetNames(), ", "), "")
			t.row("inputs", strings.Join(s.FeatureNames(), ", "), "")
		}
		if s.ClassNames != nil {
			t.row("classes", strings.Join(s.ClassNames, ", "), "")
		}
	}
	for _, note := range i.Notes {
		t.row("", note, "")
	}
	return t.print(cmd.OutOrStdout())
}

// behind is a word set off by a comma, if there is one.
func behind(word string) string {
	if word == "" {
		return ""
	}
	return ", " + word
}
