package experiment

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/nearest"
	"github.com/symvi/symvi/internal/seal"
)

// maxConfig is the size of the largest configuration file, in bytes.
const maxConfig = 1 << 20

// Lines says on which line of a configuration file each of its keys stands.
type Lines map[string]int

// ReadConfig reads a TOML file over c: keys that are not in the file keep their
// values, keys that are no settings are errors. The values are not validated.
func ReadConfig(path string, c *Config) (Lines, error) {
	text, err := readConfigFile(path)
	if err != nil {
		return nil, err
	}
	return decodeConfig(path, text, c)
}

// readRunConfig is ReadConfig for the config.toml that a run has written and sealed.
func readRunConfig(path string, c *Config) error {
	text, err := readConfigFile(path)
	if err != nil {
		return err
	}
	if _, err := seal.CheckTOML(text); err != nil {
		return fmt.Errorf("%s: %w: it was changed after the run wrote it; undo that, and give "+
			"other settings as flags", path, err)
	}
	_, err = decodeConfig(path, text, c)
	return err
}

func readConfigFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, files.Cause(err))
	}
	if !info.Mode().IsRegular() || info.Size() > maxConfig {
		return nil,
			&FileError{Path: path, Problem: fmt.Sprintf("want a TOML file of at most %d bytes", maxConfig)}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, files.Cause(err))
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil // the byte order mark that some editors write
}

// decodeConfig parses TOML over c; path names it in errors.
func decodeConfig(path string, text []byte, c *Config) (Lines, error) {
	lines, err := keyLines(path, text)
	if err != nil {
		return nil, err
	}
	read := *c
	read.Hidden = nil
	err = toml.NewDecoder(bytes.NewReader(text)).EnableUnmarshalerInterface().Decode(&read)
	if err != nil {
		return nil, explain(path, err)
	}
	if _, given := lines["hidden"]; !given {
		read.Hidden = c.Hidden
	} else if read.Hidden == nil {
		read.Hidden = []int{}
	}
	*c = read
	return lines, nil
}

// explain turns the TOML library's errors into one line that says what was expected.
func explain(path string, err error) error {
	var wrong *toml.DecodeError
	if !errors.As(err, &wrong) {
		return &FileError{path, 0, strings.TrimPrefix(err.Error(), "toml: ")}
	}
	line, _ := wrong.Position()
	key := strings.Join(wrong.Key(), ".")
	if strings.Contains(wrong.Error(), "already defined") {
		return &FileError{path, line, key + ": given twice, want it once"}
	}
	if i := slices.IndexFunc(settings, func(s Setting) bool { return s.Key == key }); i >= 0 {
		want := kindWants[settings[i].Kind]
		if settings[i].Kind == "list" {
			want = "a list of integers such as [30, 30]"
		}
		return &FileError{path, line, fmt.Sprintf("%s: want %s", key, want)}
	}
	return &FileError{path, line, strings.TrimPrefix(wrong.Error(), "toml: ")}
}

func unknownKey(path string, line int, key string) error {
	var keys []string
	for _, s := range settings {
		keys = append(keys, s.Key)
	}
	if meant := nearest.Name(key, keys); meant != "" {
		return &FileError{path, line, fmt.Sprintf("unknown key %q; did you mean %s?", key, meant)}
	}
	return &FileError{path, line, fmt.Sprintf("unknown key %q; want one of %s", key,
		strings.Join(keys, " "))}
}

// keyLines finds the lines of the top-level keys, up to the first that is no setting, which is an
// error, or that makes no sense, which is for the parser to explain. Its time is linear: the
// library's own search for unknown keys looks at the whole document for each of them.
func keyLines(path string, text []byte) (Lines, error) {
	lines := Lines{}
	p := unstable.Parser{}
	p.Reset(text)
	line, counted := 1, 0
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.KeyValue && e.Kind != unstable.Table && e.Kind != unstable.ArrayTable {
			continue
		}
		var parts []string
		for key := e.Key(); key.Next(); {
			if at := int(key.Node().Raw.Offset); at > counted {
				line += bytes.Count(text[counted:at], []byte("\n"))
				counted = at
			}
			parts = append(parts, string(key.Node().Data))
		}
		name := strings.Join(parts, ".")
		if !slices.ContainsFunc(settings, func(s Setting) bool { return s.Key == name }) {
			return nil, unknownKey(path, line, name)
		}
		if _, twice := lines[name]; !twice {
			lines[name] = line
		}
	}
	return lines, nil
}

// encode writes all settings as the run's config.toml.
func (c Config) encode() ([]byte, error) {
	if c.Hidden == nil {
		c.Hidden = []int{}
	}
	text, err := toml.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", configName, err)
	}
	const head = "# Every setting of this run. Train another like it with: symvi train --config " +
		"FILE\n\n"
	return seal.TOML(append([]byte(head), text...)), nil
}

// encodeDeciding writes the settings that decide the model, for the checkpoint.
func (c Config) encodeDeciding() (string, error) {
	if c.Hidden == nil {
		c.Hidden = []int{}
	}
	values := map[string]any{}
	for _, s := range settings {
		if s.Key == "shards" && c.Shards == 1 {
			continue // a training of one shard leaves the file that it left before there were shards
		}
		if decides(s) {
			values[s.Key] = c.value(s).Interface()
		}
	}
	text, err := toml.Marshal(values) // in the order of the keys
	if err != nil {
		return "", fmt.Errorf("checkpoint: settings: %w", err)
	}
	return string(text), nil
}
