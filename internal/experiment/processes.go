package experiment

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/symvi/symvi/bnn"
)

// Several processes can run one training (bnn.Communicator). All of them read the data and the
// settings; the first one alone touches the run directory and shares what it finds there.

// isFirst reports whether this process is the one that reads and writes the run's files.
func (r *Runner) isFirst() bool { return r.Processes == nil || r.Processes.Rank() == 0 }

// onFirst runs work in the first process. All processes return its error.
func (r *Runner) onFirst(work func() error) error {
	_, err := r.fromFirst(func() ([]byte, error) { return nil, work() })
	return err
}

// fromFirst runs work in the first process. All processes return its result.
func (r *Runner) fromFirst(work func() ([]byte, error)) ([]byte, error) {
	if r.Processes == nil {
		return work()
	}
	const good, bad = 0, 1
	var message []byte
	var mine error
	if r.isFirst() {
		result, err := work()
		if err != nil {
			mine = fmt.Errorf("rank 0: %w", err)
			message = append([]byte{bad}, mine.Error()...)
		} else {
			message = append([]byte{good}, result...)
		}
	}
	message = r.Processes.Share(message)[0]
	switch {
	case mine != nil:
		return nil, mine
	case message[0] == bad:
		return nil, errors.New(string(message[1:]))
	}
	return message[1:], nil
}

// anyProcess reports whether a condition holds in one of the processes.
func (r *Runner) anyProcess(condition bool) bool {
	if r.Processes == nil {
		return condition
	}
	mine := []byte{0}
	if condition {
		mine[0] = 1
	}
	for _, other := range r.Processes.Share(mine) {
		if other[0] == 1 {
			return true
		}
	}
	return false
}

// checkSameData reports a process that has read other data than the first: the model would be
// that of no data at all.
func (r *Runner) checkSameData(d *data) error {
	if r.Processes == nil {
		return nil
	}
	for rank, other := range r.Processes.Share(fmt.Append(nil, d.prints)) {
		if string(other) != fmt.Sprint(d.prints) {
			return fmt.Errorf("%s: it reads other data than rank %d", d.Name, rank)
		}
	}
	return nil
}

// sharedCheckpoint is the newest checkpoint in a directory that only the first process reads,
// nil if there is none.
func (r *Runner) sharedCheckpoint(read func() (*bnn.Checkpoint, error)) (*bnn.Checkpoint, error) {
	if r.Processes == nil {
		return read()
	}
	text, err := r.fromFirst(func() ([]byte, error) {
		c, err := read()
		if c == nil || err != nil {
			return nil, err
		}
		var b bytes.Buffer
		err = c.Write(&b)
		return b.Bytes(), err
	})
	if len(text) == 0 || err != nil {
		return nil, err
	}
	return bnn.ReadCheckpoint(text)
}
