package bnn

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/symvi/symvi/kernels"
)

// ErrClosed is wrapped by the errors of a Trainer or Predictor that is used after its Close, and
// ErrInUse by those of a call while another goroutine's has not returned.
var (
	ErrClosed = errors.New("it is closed")
	ErrInUse  = errors.New("another goroutine is using it")
)

// turn lets one goroutine at a time use what is not meant for more, and nobody after the end.
type turn struct{ state atomic.Int32 }

// The states of a turn.
const (
	turnFree int32 = iota
	turnTaken
	turnClosing // taken, and to be closed by the holder
	turnClosed
)

// take begins a call; what is named in its error.
func (t *turn) take(what string) error {
	switch {
	case t.state.CompareAndSwap(turnFree, turnTaken):
		return nil
	case t.ending():
		return fmt.Errorf("%s: %w", what, ErrClosed)
	}
	return fmt.Errorf("%s: %w", what, ErrInUse)
}

// retake takes the turn back after a callback, when whoever came in has left.
func (t *turn) retake(what string) error {
	for {
		err := t.take(what)
		if !errors.Is(err, ErrInUse) {
			return err
		}
		time.Sleep(100 * time.Microsecond)
	}
}

// ending reports whether close was called.
func (t *turn) ending() bool { return t.state.Load() >= turnClosing }

// give ends a call, and calls release if close came meanwhile.
func (t *turn) give(release func()) {
	if !t.state.CompareAndSwap(turnTaken, turnFree) &&
		t.state.CompareAndSwap(turnClosing, turnClosed) {
		release()
	}
}

// close calls release, at once or when the call under way ends, the first time.
func (t *turn) close(release func()) {
	if t.state.CompareAndSwap(turnTaken, turnClosing) {
		return
	}
	if t.state.CompareAndSwap(turnFree, turnClosed) {
		release()
	}
}

// usable reports a context or device that is nil, and a device that is closed or has failed.
func usable(ctx context.Context, device kernels.Device) error {
	if ctx == nil {
		return errors.New("context: nil, want one")
	}
	if device == nil {
		return errors.New("device: nil, want one")
	}
	return deviceError(device, device.Sync())
}
