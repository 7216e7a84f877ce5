//go:build linux

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDisk trains on, compares and predicts where the file system is full, has no inodes left or
// cannot be written: each command says so in one line, and what was there before is there still.
func TestDisk(t *testing.T) {
	err := exec.Command("unshare", "-rm", "sh", "-c", "mount -t tmpfs tmpfs /mnt").Run()
	if err != nil {
		t.Skipf("no file system can be mounted here: %v", err)
	}
	start := prepared(t)
	commands := []string{
		"train --resume m --steps 100000000",
		"train --data flowers.csv --target species --hidden 300 --steps 100000000 --out new",
		"compare --data flowers.csv --target species --hidden 3 --steps 5 --seeds 90 " +
			"--eval-samples 2 --out c",
		"select --data flowers.csv --target species --hidden 300 --hidden 301 --steps 300 --out s",
		"predict m --data flowers.csv --samples 2 --draws 2 --out p.csv",
		"report m --samples 2",
	}
	for name, mount := range map[string]string{
		"full": "mount -t tmpfs -o size=$(($(du -sk $FROM | cut -f1)+8))k tmpfs /mnt && cp -r " +
			"$FROM/. /mnt && head -c 1000000 /dev/zero > /mnt/rest 2>/dev/null || true",
		"no inodes": "mount -t tmpfs -o nr_inodes=100 tmpfs /mnt && cp -r $FROM/. /mnt && i=0 && " +
			"while touch /mnt/rest$i 2>/dev/null; do i=$((i+1)); done",
		"read-only": "mount -t tmpfs tmpfs /mnt && cp -r $FROM/. /mnt && mount -o remount,ro /mnt",
	} {
		for _, command := range commands {
			t.Run(name+"/"+strings.Fields(command)[0], func(t *testing.T) {
				cmd := exec.Command("unshare", "-rm", "sh", "-c",
					mount+"; cd /mnt; timeout -s INT 20 symvi "+command+"; code=$?; cp -r /mnt/m $TO; exit $code")
				to := t.TempDir()
				cmd.Env = append(os.Environ(), "FROM="+start, "TO="+to)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				err := cmd.Run()
				lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
				last := lines[len(lines)-1]
				if err == nil || !strings.HasPrefix(last, "symvi: ") ||
					!strings.Contains(last, "no space left") && !strings.Contains(last, "read-only") {
					t.Errorf("%v, and the last line is %q", err, last)
				}
				unchanged(t, filepath.Join(start, "m"), filepath.Join(to, "m"))
			})
		}
	}
}

// unchanged checks that a run's model, metrics and summary are whole: as before, or, where
// something could still be written, ones that can be judged.
func unchanged(t *testing.T, before, after string) {
	t.Helper()
	metrics, err := os.ReadFile(filepath.Join(after, "metrics.jsonl"))
	if err != nil || !bytes.HasSuffix(metrics, []byte("}\n")) {
		t.Errorf("metrics.jsonl (%v) ends in %q", err, metrics[max(0, len(metrics)-30):])
	}
	want := readModel(t, before)
	got := readModel(t, after)
	if bytes.Equal(got, want) {
		return
	}
	cmd, stderr := symvi(filepath.Dir(after), "info", filepath.Join(after, "model.safetensors"))
	if err := cmd.Run(); err != nil {
		t.Errorf("the model that was there is lost: %v: %s", err, stderr)
	}
}
