package experiment

import "context"

// await runs what cannot be interrupted, such as reading a pipe. When ctx is cancelled it
// returns at once with an *InterruptedError and leaves the work to end by itself.
func await[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := work()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, &InterruptedError{Cause: ctx.Err()}
	}
}
