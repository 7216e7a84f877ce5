// Package pause tells the processor that a loop waits for another thread.
package pause
