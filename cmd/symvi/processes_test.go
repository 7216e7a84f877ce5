//go:build unix

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/must"
)

// binaries is the directory with symvi-openmpi and symvi-mpich, which .ci/cluster has built.
func binaries(t *testing.T) string {
	dir := os.Getenv("SYMVI_MPI_BINARIES")
	if dir == "" {
		t.Skip("SYMVI_MPI_BINARIES is not set; run .ci/cluster")
	}
	return dir
}

// mpirun prepares the program in so many processes of an MPI in a directory.
func mpirun(dir, binaries, mpi string, processes int, args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command("mpirun."+mpi,
		append([]string{"-n", strconv.Itoa(processes), filepath.Join(binaries, "symvi-"+mpi)},
			args...)...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd, &stderr
}

// ranks are the processes below a launcher that run the program, by the launcher's descent.
func ranks(launcher int) []int {
	parents := map[int]int{}
	var named []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		pid, _ := strconv.Atoi(strings.Split(path, "/")[2])
		_, rest, _ := strings.Cut(string(text), ") ")
		var state string
		var parent int
		fmt.Sscan(rest, &state, &parent)
		parents[pid] = parent
		if strings.Contains(string(text), "(symvi-") && state != "Z" { // ended, if not yet waited for
			named = append(named, pid)
		}
	}
	var mine []int
	for _, pid := range named {
		for at := pid; at > 1; at = parents[at] {
			if at == launcher {
				mine = append(mine, pid)
				break
			}
		}
	}
	return mine
}

// TestProcessesKilled kills random ranks at random moments with SIGKILL: the job ends, every
// checkpoint on the way is whole, and goes on in another number of processes to the same bytes.
func TestProcessesKilled(t *testing.T) {
	programs := binaries(t)
	kills, err := strconv.Atoi(os.Getenv("SYMVI_MPI_KILLS"))
	if err != nil {
		t.Fatal("SYMVI_MPI_KILLS: want how many processes to kill")
	}
	dir := t.TempDir()
	must.Do(t, writeData(dir))
	settings := []string{"train", "--preset", "images", "--data", "flowers.csv", "--target",
		"species", "--hidden", "24", "--samples", "8", "--shards", "8", "--permutations", "3",
		"--batch", "10", "--epochs", "40", "--eval-samples", "2", "--quiet", "--checkpoint-every", "30ms"}
	cmd, stderr := symvi(dir, append(settings, "--out", "whole")...)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	want := readModel(t, filepath.Join(dir, "whole"))
	for killed, round := 0, 0; killed < kills; round++ {
		run := fmt.Sprintf("r%d", round)
		for attempt := 0; ; attempt++ {
			args := append(settings, "--out", run)
			if _, err := os.Stat(filepath.Join(dir, run, "config.toml")); err == nil {
				args = []string{"train", "--resume", run, "--quiet", "--checkpoint-every", "30ms"}
			}
			mpi := []string{"openmpi", "mpich"}[rand.IntN(2)]
			processes := 2 + rand.IntN(3)
			cmd, stderr := mpirun(dir, programs, mpi, processes, args...)
			cmd.Env = append(os.Environ(), patienceVariable+"=1m") // if nobody else ends the others
			must.Do(t, cmd.Start())
			hit := false
			if attempt < 4 && killed < kills {
				time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond)
				if pids := ranks(cmd.Process.Pid); len(pids) > 0 {
					hit = syscall.Kill(pids[rand.IntN(len(pids))], syscall.SIGKILL) == nil
				}
			}
			err := waitFor(t, cmd, stderr)
			if hit {
				killed++
			} else if err != nil {
				t.Fatalf("%d processes of %s that nobody killed: %v: %s", processes, mpi, err, stderr)
			}
			if model := filepath.Join(dir, run, "model.safetensors"); fileExists(model) {
				if _, err := bnn.LoadCheckpoint(model); err != nil {
					t.Fatalf("after kill %d: %v", killed, err)
				}
			}
			if err == nil {
				break
			}
		}
		if got := readModel(t, filepath.Join(dir, run)); !bytes.Equal(got, want) {
			t.Fatalf("after %d kills the model differs from the uninterrupted one", killed)
		}
	}
	t.Logf("%d kills, nothing lost, nothing different", kills)
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// waitFor waits for a launcher, whose processes must end by themselves, on a busy machine within
// minutes. OpenMPI's own sometimes does not when one of them was killed while it connected: it is
// killed when none of them has been there for so long.
func waitFor(t *testing.T, cmd *exec.Cmd, stderr *bytes.Buffer) error {
	t.Helper()
	const idle, most = 15 * time.Second, 5 * time.Minute
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	began, seen := time.Now(), time.Now()
	for {
		select {
		case err := <-ended:
			return err
		case <-time.After(time.Second):
		}
		left := ranks(cmd.Process.Pid)
		if len(left) > 0 {
			seen = time.Now()
		}
		if time.Since(seen) < idle && time.Since(began) < most {
			continue
		}
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		err := <-ended
		if len(left) > 0 {
			t.Fatalf("%d processes of %v did not end by themselves: %s", len(left), cmd.Args, stderr)
		}
		t.Logf("all processes had ended, but not their launcher %v: %s", cmd.Args, stderr)
		return err
	}
}

// said are the lines that the program itself has printed.
func said(stderr *bytes.Buffer) []string {
	var lines []string
	for line := range strings.Lines(stderr.String()) {
		if strings.HasPrefix(line, "symvi: ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// TestProcessesFail: what fails in one process or in all is said in one line, and ends all.
func TestProcessesFail(t *testing.T) {
	programs := binaries(t)
	dir := t.TempDir()
	must.Do(t, writeData(dir))
	train := []string{"train", "--data", "flowers.csv", "--target", "species", "--hidden", "4",
		"--samples", "4", "--steps", "200000", "--eval-samples", "2", "--quiet",
		"--checkpoint-every", "50ms"}
	for _, mpi := range []string{"openmpi", "mpich"} {
		for _, c := range []struct {
			name  string
			args  []string
			alter func(t *testing.T, launcher int)
			want  string
		}{
			{"a mistake of all", append(train, "--lr", "x"), nil, `symvi: --lr x: want a number`},
			{"too few shards", append(train, "--shards", "2"), nil,
				"symvi: shards: 2 for 3 processes, want at least one for each"},
			{"a directory that cannot be",
				append(train, "--shards", "4", "--out", "flowers.csv/run"), nil,
				"symvi: rank 0: flowers.csv/run: cannot be a run directory: flowers.csv is a file"},
			{"no work for several", []string{"compare", "--data", "flowers.csv"}, nil,
				"symvi: compare: 3 processes cannot do it together"},
			{"a directory that is gone", append(train, "--shards", "4", "--out", "gone-"+mpi),
				func(t *testing.T, _ int) {
					remove(t, filepath.Join(dir, "gone-"+mpi))
				}, "symvi: rank 0: "},
			{"a full disk", append(train, "--shards", "4", "--out", "full-"+mpi),
				func(t *testing.T, launcher int) {
					await(t, filepath.Join(dir, "full-"+mpi, "model.safetensors"))
					fill(t, launcher)
				}, "symvi: rank 0: "},
			{"a process that stops", append(train, "--shards", "4", "--out", "stopped-"+mpi),
				func(t *testing.T, launcher int) {
					await(t, filepath.Join(dir, "stopped-"+mpi, "model.safetensors"))
					pids := ranks(launcher)
					syscall.Kill(pids[len(pids)-1], syscall.SIGSTOP)
				}, ": the other processes do not answer"},
		} {
			t.Run(mpi+"/"+c.name, func(t *testing.T) {
				cmd, stderr := mpirun(dir, programs, mpi, 3, c.args...)
				cmd.Env = append(os.Environ(), patienceVariable+"=4s")
				must.Do(t, cmd.Start())
				if c.alter != nil {
					c.alter(t, cmd.Process.Pid)
				}
				err := waitFor(t, cmd, stderr)
				lines := said(stderr)
				if err == nil || len(lines) != 1 || !strings.Contains(lines[0], c.want) {
					t.Errorf("error %v, %d lines, want one with %q: %s", err, len(lines), c.want, stderr)
				}
			})
		}
	}
}

// fill lets the first process write no more than a few bytes to any file, as on a full disk.
func fill(t *testing.T, launcher int) {
	t.Helper()
	for _, pid := range ranks(launcher) {
		environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err != nil || !bytes.Contains(environ, []byte("OMPI_COMM_WORLD_RANK=0\x00")) &&
			!bytes.Contains(environ, []byte("PMI_RANK=0\x00")) {
			continue
		}
		if out, err := exec.Command("prlimit", "--pid", strconv.Itoa(pid),
			"--fsize=100").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	t.Fatal("there is no process of rank 0")
}

// await waits for a file.
func await(t *testing.T, path string) {
	t.Helper()
	for begin := time.Now(); !fileExists(path); time.Sleep(20 * time.Millisecond) {
		if time.Since(begin) > 30*time.Second {
			t.Fatalf("%s did not appear", path)
		}
	}
}

// remove removes a run directory once there is a checkpoint in it, and puts a file in its place.
func remove(t *testing.T, dir string) {
	t.Helper()
	await(t, filepath.Join(dir, "model.safetensors"))
	must.Do(t, os.Rename(dir, dir+"-was"))
	must.Do(t, os.WriteFile(dir, nil, 0o666))
}

// TestProcessesStartLate: a process that never comes is told of in one line.
func TestProcessesStartLate(t *testing.T) {
	programs := binaries(t)
	script := `if [ "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" = 1 ]; then exec sleep 30; fi; exec ` +
		programs + "/symvi-$0 info"
	for _, mpi := range []string{"openmpi", "mpich"} {
		cmd := exec.Command("mpirun."+mpi, "-n", "2", "sh", "-c", script, mpi)
		var stderr bytes.Buffer
		cmd.Stderr, cmd.Env = &stderr, append(os.Environ(), patienceVariable+"=2s")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		must.Do(t, cmd.Start())
		err := waitFor(t, cmd, &stderr)
		lines := said(&stderr)
		if err == nil || len(lines) != 1 ||
			!strings.Contains(lines[0], "rank 0: the other processes have not all started within 2s") {
			t.Errorf("%s: error %v, %d lines: %s", mpi, err, len(lines), &stderr)
		}
	}
}
