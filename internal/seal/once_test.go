package seal

import (
	"strings"
	"testing"
)

func TestOnce(t *testing.T) {
	for _, text := range []string{`{}`, `{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}],"d":"a","e":["a","a"]}`,
		`[1,2]`, `3`, ``, `{"a":1,`, `{"a" "a"}`} {
		if err := Once([]byte(text)); err != nil {
			t.Errorf("Once(%s): %v", text, err)
		}
	}
	for _, text := range []string{`{"a":1,"a":2}`, `{"b":[{"x":{}},{"a":{"c":1},"a":1}]}`,
		`{"a":1,"\u0061":1}`} {
		if err := Once([]byte(text)); err == nil || !strings.Contains(err.Error(), `"a" is there twice`) {
			t.Errorf("Once(%s): %v, want an error about a", text, err)
		}
	}
	var x struct{ A int }
	if err := Unmarshal([]byte(`{"A":1,"A":2}`), &x); err == nil || x.A != 0 {
		t.Errorf("Unmarshal: %v, %v", x, err)
	}
}
