//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/symvi/symvi/internal/must"
)

// signalCase is a command in a phase that takes long. said is part of what it says in the end.
type signalCase struct {
	name        string
	args        []string
	stdin, said string
}

// signalCases are made when they are asked for, for one has a long input and this program is
// also the one whose memory other tests measure.
func signalCases() []signalCase {
	return []signalCase{
		{"reading a pipe that has no end", []string{"train", "--data", "-", "--target", "y"},
			"y,x\n1,2\n", "nothing was written"},
		{"reading a long pipe", []string{"train", "--data", "-", "--target", "y"},
			"y,x\n" + strings.Repeat("1,2\n", 3<<20), "nothing was written"},
		{"a FIFO without a writer", []string{"predict", "m", "--data", "fifo"}, "",
			"nothing was written"},
		{"training", []string{"train", "--data", "houses.csv", "--target", "price", "--steps",
			"10000000", "--members", "1", "--out", "t"}, "", "symvi train --resume t"},
		{"one evaluation of two wide layers", []string{"train", "--data", "houses.csv", "--target",
			"price", "--hidden", "1500,1500", "--symmetrize", "importance", "--members", "1",
			"--out", "w"}, "", ""},
		{"bounds", []string{"eval", "m", "--samples", "1", "--elbo-samples", "1000000"}, "",
			"nothing was written"},
		{"prediction", []string{"eval", "m", "--samples", "1000000"}, "", "nothing was written"},
		{"predicted rows", []string{"predict", "m", "--data", "flowers.csv", "--samples", "1000000",
			"--out", "p.csv"}, "", "nothing was written"},
		{"a report", []string{"report", "m", "--samples", "1000000"}, "", ""},
		{"compare", []string{"compare", "--data", "flowers.csv", "--target", "species", "--steps",
			"10000000", "--out", "c"}, "", "0 of 25 trainings are finished in c"},
		{"select", []string{"select", "--data", "houses.csv", "--target", "price", "--hidden", "3",
			"--hidden", "4", "--steps", "10000000", "--out", "s"}, "", "0 of 4 trainings are finished in s"},
		{"reproduce", []string{"reproduce", "all", "--out", "o"}, "", "cells are finished in o"},
		{"bench", []string{"bench"}, "", ""},
	}
}

// signalLimit is how long a command may take to end after a signal: a second, where the machine
// has nothing else to do.
const signalLimit = 1000 * time.Millisecond

// TestSignals stops commands in all phases. Each must end with its own exit code and one line, and
// leave nothing in the directory of temporary files.
func TestSignals(t *testing.T) {
	dir := prepared(t)
	must.Do(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
	limit := signalLimit
	if os.Getenv("SYMVI_SIGNALS") != "strict" { // beside other tests
		limit *= 10
	}
	signals := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}
	// What is caught here is not ignored there, also when the tests run under nohup.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	defer signal.Stop(caught)
	for i, c := range signalCases() {
		t.Run(c.name, func(t *testing.T) {
			temporary := t.TempDir()
			began := func(wait time.Duration) (*exec.Cmd, *bytes.Buffer) {
				cmd, stderr := symvi(dir, c.args...)
				cmd.Env = append(os.Environ(), "TMPDIR="+temporary)
				in := must.Get(cmd.StdinPipe())(t)
				must.Do(t, cmd.Start())
				go in.Write([]byte(c.stdin))
				time.Sleep(wait)
				return cmd, stderr
			}
			stderr, took, err := signalled(began, signals[i%3])
			t.Logf("%v: ended after %v", signals[i%3], took)
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted || took > limit {
				t.Errorf("%v after %v, want exit code %d within %v", err, took, exitInterrupted, limit)
			}
			lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
			if last := lines[len(lines)-1]; !strings.HasPrefix(last, "symvi: interrupted") ||
				!strings.Contains(last, c.said) &&
					!strings.Contains(last, "in the midst of a long computation") {
				t.Errorf("the last line is %q, want one with %q", last, c.said)
			}
			if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
				t.Errorf("temporary files are left: %v %v", left, err)
			}
		})
	}
}

// signalled sends a signal to a command that has begun some time ago and waits for its end. One
// that the signal ends by itself was not ready for it, on a busy machine, and is tried again.
func signalled(began func(wait time.Duration) (*exec.Cmd, *bytes.Buffer), s os.Signal) (
	stderr *bytes.Buffer, took time.Duration, err error) {
	for wait := 400 * time.Millisecond; wait < 10*time.Second; wait *= 4 {
		var cmd *exec.Cmd
		cmd, stderr = began(wait)
		sent := time.Now()
		if err := cmd.Process.Signal(s); err != nil {
			return stderr, 0, err
		}
		err, took = cmd.Wait(), time.Since(sent)
		if !endedBy(cmd, s) {
			break
		}
	}
	return stderr, took, err
}

// endedBy reports whether a signal ended a command that had no say in it.
func endedBy(cmd *exec.Cmd, s os.Signal) bool {
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == s
}

// TestSecondSignal: it ends the program at once.
func TestSecondSignal(t *testing.T) {
	dir := prepared(t)
	cmd, _ := symvi(dir, signalCases()[4].args...)
	must.Do(t, cmd.Start())
	time.Sleep(2 * time.Second)
	for range 2 {
		must.Do(t, cmd.Process.Signal(syscall.SIGTERM))
		time.Sleep(100 * time.Millisecond)
	}
	if err := cmd.Wait(); !endedBy(cmd, syscall.SIGTERM) {
		t.Errorf("%v; want an end by the signal itself", err)
	}
}

// TestIgnoredSignal: what nohup asks for is obeyed.
func TestIgnoredSignal(t *testing.T) {
	dir := prepared(t)
	cmd := exec.Command("sh", "-c", "trap '' HUP; exec symvi train --data flowers.csv --target "+
		"species --steps 3000 --members 1 --out h")
	cmd.Dir = dir
	must.Do(t, cmd.Start())
	for range 20 {
		time.Sleep(20 * time.Millisecond)
		if err := cmd.Process.Signal(syscall.SIGHUP); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(fmt.Errorf("hung up although that is to be ignored: %w", err))
	}
}
