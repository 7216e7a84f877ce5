package dataset

import "fmt"

// Task says what a model predicts from a row.
type Task int

const (
	Classify Task = iota // one class out of two or more
	Regress              // real numbers
)

// String returns the name that ParseTask accepts.
func (t Task) String() string {
	switch t {
	case Classify:
		return "classify"
	case Regress:
		return "regress"
	}
	return fmt.Sprintf("Task(%d)", int(t))
}

// ParseTask returns the task called name, which is "classify" or "regress".
func ParseTask(name string) (Task, error) {
	for _, t := range []Task{Classify, Regress} {
		if name == t.String() {
			return t, nil
		}
	}
	return 0, fmt.Errorf("unknown task: expected %q or %q, found %q", Classify, Regress, clip(name))
}

// check refuses a value that is none of the declared tasks.
func (t Task) check() error {
	_, err := ParseTask(t.String())
	return err
}
