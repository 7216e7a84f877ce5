package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/nearest"
)

// usageError is a mistake on the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// usageArgs makes the errors of an argument check usage errors.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usagef("%w; see symvi %s --help", err, cmd.Name())
		}
		return nil
	}
}

// noArgs is the argument check of commands that take only flags.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if _, err := os.Stat(args[0]); err == nil {
		hint = "; did you mean --data " + files.Quote(args[0]) + "?"
	}
	return fmt.Errorf("unexpected argument %q%s", args[0], hint)
}

// flagError words the flag library's errors like the others.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		return usagef("%w%s", err, hint(cmd, unknown.GetSpecifiedName()))
	}
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return usagef("%w; see %s --help", err, cmd.CommandPath())
	}
	var setting *experiment.SettingError
	if errors.As(err, &setting) {
		return usagef("%s", aboutFlag(setting))
	}
	want := map[string]string{"int": "an integer", "int64": "an integer", "bool": "true or false",
		"duration": "a duration like 300ms"}[invalid.GetFlag().Value.Type()]
	return usagef("%s",
		aboutFlag(&experiment.SettingError{Key: invalid.GetFlag().Name, Value: invalid.GetValue(),
			Problem: "want " + want}))
}

// hint says which flag may have been meant by one that does not exist.
func hint(cmd *cobra.Command, name string) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if meant := nearest.Name(name, names); meant != "" {
		return fmt.Sprintf("; did you mean --%s?", meant)
	}
	return fmt.Sprintf("; see %s --help", cmd.CommandPath())
}

// aboutFlag words an error about a setting that a flag sets.
func aboutFlag(e *experiment.SettingError) string {
	value := e.Value
	if value == "" || strings.ContainsAny(value, " \t\n") {
		value = fmt.Sprintf("%q", value)
	}
	return fmt.Sprintf("--%s %s: %s", e.Key, value, e.Problem)
}

// emptyOut reports an --out that was given and names nothing, as a shell's unset variable makes it.
func emptyOut(cmd *cobra.Command, out string) error {
	if out == "" && cmd.Flags().Changed("out") {
		return usagef("--out \"\": want a name; without --out there is a default")
	}
	return nil
}

// noRun reports a directory for the results of several trainings that cannot be: none, or one
// that holds a run already.
func noRun(out string) error {
	switch {
	case out == "":
		return usagef("--out \"\": want a directory")
	case experiment.HoldsRun(out):
		return usagef("--out %s: holds a run of train; choose another directory", out)
	}
	return nil
}

// oneLine is the text of an error on one line.
func oneLine(err error) string {
	var setting *experiment.SettingError
	if errors.As(err, &setting) && err == error(setting) {
		return aboutFlag(setting)
	}
	text := strings.Join(strings.FieldsFunc(nameFlag(err), func(r rune) bool {
		return r == '\n' || r == '\r'
	}), "; ")
	if len(text) > longestMessage {
		text = strings.ToValidUTF8(text[:longestMessage/2], "") + " … " +
			strings.ToValidUTF8(text[len(text)-longestMessage/2:], "")
	}
	return text
}

// nameFlag is the text of an error, where the setting that a divergence is blamed on is a flag.
func nameFlag(err error) string {
	var diverged *bnn.DivergedError
	if !errors.As(err, &diverged) {
		return err.Error()
	}
	flag := fmt.Sprintf("--%s %g: ", diverged.Setting, diverged.Value)
	is := fmt.Sprintf("%s is %g: ", diverged.Setting, diverged.Value)
	return strings.Replace(err.Error(), is, flag, 1)
}

// longestMessage is how many bytes of a message are shown, its beginning and its end: a file may
// have put a megabyte into it.
const longestMessage = 1500
