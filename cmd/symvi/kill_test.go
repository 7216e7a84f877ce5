//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/must"
)

// longRun are settings of a training of about a second.
var longRun = []string{"train", "--preset", "images", "--data", "flowers.csv", "--target",
	"species", "--hidden", "64", "--permutations", "3", "--batch", "1", "--epochs", "30",
	"--eval-samples", "2", "--checkpoint-every", "20ms"}

// symvi prepares the program in a directory; TestMain has put it into the path.
func symvi(dir string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command("symvi", args...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &stderr
	return cmd, &stderr
}

// uninterrupted trains in one go and returns the directory and the model's bytes.
func uninterrupted(t *testing.T) (dir string, model []byte, took time.Duration) {
	t.Helper()
	dir = t.TempDir()
	must.Do(t, writeData(dir))
	began := time.Now()
	cmd, stderr := symvi(dir, append(longRun, "--out", "whole")...)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	return dir, readModel(t, filepath.Join(dir, "whole")), time.Since(began)
}

func readModel(t *testing.T, run string) []byte {
	t.Helper()
	model := must.Get(os.ReadFile(filepath.Join(run, "model.safetensors")))(t)
	return model
}

// TestKill kills trainings with SIGKILL at random moments and resumes them: every
// checkpoint on the way can be read, and the finished model has the same bytes.
func TestKill(t *testing.T) {
	dir, want, took := uninterrupted(t)
	run := filepath.Join(dir, "r")
	args := append(longRun, "--out", "r")
	kills := 0
	for attempt := range 100 {
		if _, err := os.Stat(filepath.Join(run, "config.toml")); err == nil {
			args = []string{"train", "--resume", "r", "--checkpoint-every", "20ms"}
		}
		cmd, stderr := symvi(dir, args...)
		must.Do(t, cmd.Start())
		if attempt < 8 {
			time.AfterFunc(time.Duration(rand.Int64N(int64(took/3)+1)), func() { cmd.Process.Kill() })
		}
		err := cmd.Wait()
		if err == nil {
			break
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != -1 {
			t.Fatalf("attempt %d: %v: %s", attempt, err, stderr)
		}
		kills++
		if _, err := os.Stat(filepath.Join(run, "model.safetensors")); err == nil {
			if _, err := bnn.LoadCheckpoint(filepath.Join(run, "model.safetensors")); err != nil {
				t.Fatalf("after kill %d: %v", kills, err)
			}
		}
	}
	if kills == 0 {
		t.Error("no attempt was killed")
	}
	if !bytes.Equal(readModel(t, run), want) {
		t.Errorf("after %d kills the model differs from the uninterrupted one", kills)
	}
	left, err := filepath.Glob(filepath.Join(run, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v %v", left, err)
	}
}

// TestInterrupt stops trainings with SIGINT in the middle of an epoch.
func TestInterrupt(t *testing.T) {
	dir, want, _ := uninterrupted(t)
	args := append(longRun, "--out", "r")
	middle := false
	for range 5 {
		state := interrupt(t, dir, args)
		middle = middle || state.Batch > 0
		args = []string{"train", "--resume", "r"}
	}
	if !middle {
		t.Error("no interruption fell into the middle of an epoch")
	}
	cmd, stderr := symvi(dir, args...)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	if !bytes.Equal(readModel(t, filepath.Join(dir, "r")), want) {
		t.Error("the model differs from the uninterrupted one")
	}
}

// interrupt starts the program, sends SIGINT soon after an epoch has ended and
// returns the state in the checkpoint.
func interrupt(t *testing.T, dir string, args []string) *bnn.State {
	t.Helper()
	cmd := exec.Command("symvi", args...)
	cmd.Dir = dir
	stderr := must.Get(cmd.StderrPipe())(t)
	must.Do(t, cmd.Start())
	var text strings.Builder
	lines := bufio.NewScanner(stderr)
	for sent := false; lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
		if !sent && strings.HasPrefix(lines.Text(), "epoch") {
			sent = true
			time.Sleep(time.Duration(rand.Int64N(int64(12 * time.Millisecond))))
			cmd.Process.Signal(syscall.SIGINT)
		}
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted ||
		!strings.Contains(text.String(), "continue with: symvi train --resume r") {
		t.Fatalf("exit code %d: %s", code, text.String())
	}
	c := must.Get(bnn.LoadCheckpoint(filepath.Join(dir, "r", "model.safetensors")))(t)
	return c.State
}

// TestOneProcess checks that a second process is kept out of a run directory.
func TestOneProcess(t *testing.T) {
	dir := t.TempDir()
	must.Do(t, writeData(dir))
	first := exec.Command("symvi", append(longRun, "--out", "r", "--epochs", "100000")...)
	first.Dir = dir
	stderr := must.Get(first.StderrPipe())(t)
	must.Do(t, first.Start())
	defer first.Wait()
	defer first.Process.Kill()
	lines := bufio.NewScanner(stderr)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "epoch") {
	}
	second, message := symvi(dir, "train", "--resume", "r")
	if err := second.Run(); err == nil ||
		!strings.Contains(message.String(), "another process is training in this directory") {
		t.Errorf("%v: %s", err, message)
	}
}
