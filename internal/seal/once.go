package seal

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Once reports a member that a JSON text has twice in one object: a reader would believe the last
// one without a word. Other mistakes are left to whoever parses the text.
func Once(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	var open []map[string]bool // of each object or array around the place, nil for arrays
	isKey := false
	for {
		token, err := d.Token()
		if err != nil {
			return nil // the end, or for the parser to say
		}
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{':
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
			isKey = len(open) > 0 && open[len(open)-1] != nil
			continue
		case string:
			if isKey {
				names := open[len(open)-1]
				if names[t] {
					return fmt.Errorf("%.100q is there twice, want it once", t)
				}
				names[t] = true
				isKey = false
				continue
			}
		}
		isKey = len(open) > 0 && open[len(open)-1] != nil
	}
}

// Unmarshal is json.Unmarshal of a text that has no member twice.
func Unmarshal(text []byte, to any) error {
	if err := Once(text); err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}
