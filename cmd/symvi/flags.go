package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/symvi/symvi/internal/experiment"
)

// settingFlag is the flag of one key of the configuration.
type settingFlag struct {
	experiment.Setting
	text  string
	given bool
}

var _ pflag.Value = (*settingFlag)(nil)

func (f *settingFlag) String() string { return f.text }
func (f *settingFlag) Type() string   { return f.Kind }

// Set accepts what the configuration can hold; whether it makes sense is decided
// when all settings are known. Given again, the flag of a list of names adds to it, and another
// takes the place of what came before.
func (f *settingFlag) Set(text string) error {
	var unused experiment.Config
	switch {
	case f.given && f.List:
		f.text += "," + text
	case f.given && f.Kind == "list" && text != f.text:
		return &experiment.SettingError{Key: f.Key, Value: text,
			Problem: fmt.Sprintf("given before as %q; want all of them at once, with commas", f.text)}
	default:
		f.text = text
	}
	f.given = true
	return unused.Set(f.Setting, text)
}

// addSettings gives a command a flag for every setting.
func addSettings(cmd *cobra.Command) {
	defaults, tables := experiment.Default(), experiment.Table(experiment.NoiseHeteroscedastic)
	for _, s := range experiment.Settings() {
		cmd.Flags().Var(&settingFlag{Setting: s, text: defaults.Text(s)}, s.Key, s.Usage)
		if text := tables.Text(s); text != defaults.Text(s) {
			cmd.Flags().Lookup(s.Key).DefValue += "; of tables " + text
		}
		if s.Choices != nil {
			complete(cmd, s.Key, s.Choices...)
		}
	}
	header := cmd.Flags().Lookup("header").Value.(*settingFlag)
	cmd.Flags().BoolFunc("no-header", "the same as --header no", func(string) error {
		header.text = "no"
		cmd.Flags().Lookup("header").Changed = true
		return nil
	})
}

// complete lists the values of a flag for the shell.
func complete(cmd *cobra.Command, flag string, values ...string) {
	panicOn(cmd.RegisterFlagCompletionFunc(flag,
		cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)))
}

// panicOn is for mistakes in this program's own set-up.
func panicOn(err error) {
	if err != nil {
		panic(err)
	}
}

// resolver collects settings, later ones over earlier ones, and remembers where
// they came from to explain mistakes.
type resolver struct {
	config experiment.Config
	flags  *pflag.FlagSet
	path   string
	lines  experiment.Lines
}

// readFile reads a configuration file, if one is given.
func (r *resolver) readFile(path string) (err error) {
	if path == "" {
		return nil
	}
	r.path = path
	r.lines, err = experiment.ReadConfig(path, &r.config)
	return err
}

// readFlags takes the settings from the flags that were given.
func (r *resolver) readFlags() (err error) {
	r.flags.Visit(func(f *pflag.Flag) {
		switch s := f.Value.(type) {
		case *settingFlag:
			err = errors.Join(err, r.config.Set(s.Setting, s.text))
		case *candidateFlag:
			err = errors.Join(err, r.config.Set(s.Setting, s.text))
		}
	})
	return err
}

// readLayers reads the file and then the flags. The length of the training is in epochs or in
// steps: what is given in one of them takes the place of the other's default.
func (r *resolver) readLayers(path string) error {
	if err := r.readFile(path); err != nil {
		return err
	}
	if err := r.readFlags(); err != nil {
		return err
	}
	epochs, steps := r.given("epochs"), r.given("steps")
	switch {
	case r.flags.Changed("epochs") && r.config.Epochs == 0 && r.config.Steps == 0:
		return noLength("epochs")
	case r.flags.Changed("steps") && r.config.Steps == 0 && !r.flags.Changed("epochs"):
		return noLength("steps")
	case r.config.Epochs == 0: // as many as the steps
	case r.flags.Changed("epochs") && !r.flags.Changed("steps"), epochs && !steps:
		r.config.Steps = 0
	case r.flags.Changed("steps") && !r.flags.Changed("epochs"), steps && !epochs:
		r.config.Epochs = 0
	}
	return nil
}

// noLength refuses a training of no length.
func noLength(key string) error {
	return &experiment.SettingError{Key: key, Value: "0", Problem: "want an integer of at least 1"}
}

// given reports whether a setting was in the file or among the flags.
func (r *resolver) given(key string) bool {
	_, inFile := r.lines[key]
	return inFile || r.flags.Changed(key)
}

// explain names the place of a mistaken setting: its flag, or its line in the file.
func (r *resolver) explain(err error) error {
	var setting *experiment.SettingError
	if !errors.As(err, &setting) {
		return err
	}
	line, inFile := r.lines[setting.Key]
	if inFile && !r.flags.Changed(setting.Key) {
		return usagef("%s:%d: %s = %s: %s", r.path, line, setting.Key, tomlText(setting), setting.Problem)
	}
	return usagef("%s", aboutFlag(setting))
}

// tomlText writes a mistaken value roughly as the file has it.
func tomlText(e *experiment.SettingError) string {
	all := experiment.Settings()
	switch i := slices.IndexFunc(all, func(s experiment.Setting) bool { return s.Key == e.Key }); {
	case i < 0, all[i].Kind == "text":
		return fmt.Sprintf("%q", e.Value)
	case all[i].Kind == "list":
		return "[" + e.Value + "]"
	}
	return e.Value
}
