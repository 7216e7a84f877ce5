//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/symvi/symvi/internal/must"
)

// extremes are commands that ask for more than there is, or for much. Those with a mark are part of
// every test; SYMVI_EXTREMES=all asks for all.
const extremes = `
* train --hidden 1048576
* train --hidden 1000000,1000000
train --hidden 100000 --symmetrize exact
train --hidden 22 --symmetrize exact --samples 100000
train --hidden 65536 --symmetrize importance
* train --data houses.csv --target price --hidden 1048576
* train --data houses.csv --target price --samples 1048576
train --data houses.csv --target price --members 1048576
train --data houses.csv --target price --members 1000 --hidden 1000,1000
* train --data houses.csv --target price --hidden 3000,3000,3000 --symmetrize none --steps 1
train --data houses.csv --target price --permutations 1048576 --symmetrize uniform --hidden 1000
train --data houses.csv --target price --max-permutations 1048576 --hidden 500
train --data houses.csv --target price --eval-samples 1048576 --steps 1
train --data flowers.csv --target species --eval-samples 1048576 --hidden 2000 --steps 1
train --batch 1048576 --hidden 3000 --steps 1
* train --data classes.csv --target y --steps 1
train --data classes.csv --target y --hidden 1000 --steps 1
train --data houses.csv --target price --hidden 10000,10000 --symmetrize auto --steps 1
train --data houses.csv --target price --group signed-permutations --activation tanh --hidden 100000
* train --data houses.csv --target price --threads 100000 --steps 1
train --data houses.csv --target price --threads 4096 --steps 1 --members 1
eval h --samples 1048576
* eval h --elbo-samples 1048576 --symmetrize importance --permutations 1048576
eval m --samples 1048576 --elbo-samples 2
eval m --symmetrize uniform --permutations 1048576
eval h --permutations 1048576
* predict h --data houses.csv --draws 1048576 --samples 1048576
predict h --data houses.csv --draws 1000000 --samples 1000000 --out p.npz
* predict m --data flowers.csv --draws 1000000 --samples 1000000 --out p.jsonl
predict h --data houses.csv --samples 1048576
report h --samples 1048576
report m --samples 1048576
* compare --data houses.csv --target price --hidden 1048576
compare --data houses.csv --target price --seeds 1048576 --steps 1
compare --data flowers.csv --target species --methods uniform:1048576 --hidden 1000
* select --data houses.csv --target price --hidden 1048576 --hidden 2
select --data houses.csv --target price --hidden 2000,2000 --hidden 3000,3000 --steps 1
select --data houses.csv --target price --hidden 2 --hidden 3 --seeds 1048576 --steps 1
reproduce table1 --seeds 10000 --quick
reproduce fig4 --samples 1048576 --quick
reproduce fig4 --samples 16777216 --quick
* reproduce theorem31 --threads 100000 --quick
* bench --threads 100000
bench --threads 4096`

// TestExtremes runs them with 4 GB of address space and, where control groups can be made, with
// 1 GB of memory: each ends by itself or is still at work after some seconds, none with a trace of
// the Go runtime, none killed by the kernel, and a refusal is one line.
func TestExtremes(t *testing.T) {
	dir, all := prepared(t), os.Getenv("SYMVI_EXTREMES") == "all"
	train, stderr := symvi(dir, "train", "--data", "houses.csv", "--target", "price", "--steps",
		"50", "--members", "1", "--out", "h")
	if err := train.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	var classes strings.Builder
	classes.WriteString("x,y\n")
	for i := range 200_000 {
		fmt.Fprintf(&classes, "%d,c%d\n", i%1000, i%100_000)
	}
	must.Do(t, os.WriteFile(filepath.Join(dir, "classes.csv"), []byte(classes.String()),
		0o666))
	limits := map[string]string{"address space": "ulimit -v 4000000; exec symvi"}
	if group := memoryGroup(t, 1<<30); group != "" && all {
		limits["control group"] = "echo $$ > " + group + "/cgroup.procs && exec symvi"
	}
	for name, limit := range limits {
		for i, line := range strings.Split(strings.TrimSpace(extremes), "\n") {
			args, short := strings.CutPrefix(line, "* ")
			if short || all {
				t.Run(name+"/"+args, func(t *testing.T) {
					extreme(t, dir, fmt.Sprintf("%s %s", limit, args), i)
				})
			}
		}
	}
}

// extreme runs one command for some seconds.
func extreme(t *testing.T, dir, command string, number int) {
	t.Helper()
	if strings.Contains(command, " train ") || strings.Contains(command, " reproduce ") {
		command += fmt.Sprintf(" --out %s/%d", t.TempDir(), number)
	}
	cmd := exec.Command("sh", "-c", command)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &stderr
	must.Do(t, cmd.Start())
	stop := time.AfterFunc(4*time.Second, func() { cmd.Process.Signal(syscall.SIGTERM) })
	defer stop.Stop()
	err := cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signaled() {
		t.Errorf("ended by %v", cmd.ProcessState)
	}
	text := stderr.String()
	for _, trace := range []string{"goroutine ", "fatal error", "panic:"} {
		if strings.Contains(text, trace) {
			t.Fatalf("%v: a trace: %.300s", err, text)
		}
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	last := lines[len(lines)-1]
	if err != nil && (!strings.HasPrefix(last, "symvi: ") || len(last) > longestMessage+10) {
		t.Errorf("%v, but the last line is %q", err, last)
	}
	t.Logf("%v: %.200s", cmd.ProcessState, last)
}

// memoryGroup makes a control group with so much memory below this process's, of version 1 or 2;
// "" where that cannot be.
func memoryGroup(t *testing.T, bytes int64) string {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		root, file := "/sys/fs/cgroup", "memory.max"
		if fields[1] != "" {
			root, file = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
			if fields[1] != "memory" {
				continue
			}
		}
		group := filepath.Join(root, fields[2], fmt.Sprintf("symvi-test-%d", os.Getpid()))
		if os.Mkdir(group, 0o755) != nil {
			continue
		}
		t.Cleanup(func() { os.Remove(group) })
		if os.WriteFile(filepath.Join(group, file), fmt.Append(nil, bytes), 0o644) == nil {
			return group
		}
	}
	return ""
}
