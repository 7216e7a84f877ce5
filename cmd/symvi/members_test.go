//go:build unix

package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/symvi/symvi/internal/must"
)

// sharedMembers are settings of a run of six members that several processes share.
var sharedMembers = []string{"train", "--data", "flowers.csv", "--target", "species",
	"--hidden", "20", "--steps", "1200", "--members", "6", "--threads", "1", "--eval-samples", "2",
	"--checkpoint-every", "50ms"}

// memberModels are the models of a run's members by their names.
func memberModels(t *testing.T, dir, run string) map[string]string {
	t.Helper()
	found := merge(contents(dir, run+"/model.safetensors"),
		contents(dir, run+"/members/*/model.safetensors"))
	if len(found) != 6 {
		t.Fatalf("%s: %d members, want 6", run, len(found))
	}
	for name, text := range found {
		delete(found, name)
		found[strings.TrimPrefix(name, "/"+run)] = text
	}
	return found
}

var trainedMember = regexp.MustCompile(`(?m)^member (\d)/6  epoch`)

// TestMembersAreTrainedOnce: of four processes with the same or no shards no two train a member,
// and the process without a shard waits for the others'.
func TestMembersAreTrainedOnce(t *testing.T) {
	dir := t.TempDir()
	must.Do(t, writeData(dir))
	var running []*exec.Cmd
	var said []*bytes.Buffer
	for _, shard := range []string{"0/2", "0/2", "1/2", ""} {
		cmd, stderr := symvi(dir, append(sharedMembers, "--out", "r", "--shard", shard)...)
		if shard == "" {
			await(t, filepath.Join(dir, "r", "shared.txt")) // before it is there this is no shared run
		}
		must.Do(t, cmd.Start())
		running, said = append(running, cmd), append(said, stderr)
	}
	times := map[string]int{}
	for i, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%v: %s", err, said[i])
		}
		for _, m := range trainedMember.FindAllStringSubmatch(said[i].String(), -1) {
			times[m[1]]++
		}
	}
	for number := range 6 {
		if n := times[strconv.Itoa(number+1)]; n != 1 {
			t.Errorf("member %d was trained %d times", number+1, n)
		}
	}
	if !fileExists(filepath.Join(dir, "r", "summary.json")) {
		t.Error("the process without a shard has left no summary")
	}
}

// TestMembersKilled kills processes that share the members of a run with SIGKILL at random
// moments, starts them again, and compares with a run in one process.
func TestMembersKilled(t *testing.T) {
	kills := 2
	if n, err := strconv.Atoi(os.Getenv("SYMVI_KILLS")); err == nil {
		kills = n
	}
	start := prepared(t)
	began := time.Now()
	cmd, stderr := symvi(start, append(sharedMembers, "--out", "whole")...)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	took, want := time.Since(began), memberModels(t, start, "whole")
	for killed := 0; killed < kills; {
		dir := t.TempDir()
		must.Do(t, writeData(dir))
		killed += killSharers(t, dir, took, kills-killed)
		for name, model := range memberModels(t, dir, "r") {
			if model != want[name] {
				t.Errorf("after %d kills %s differs from that of one process", killed, name)
			}
		}
		killCase{name: "members"}.leftOver(t, dir)
	}
}

// killSharers lets two processes of a shard each train the members in r, kills one of them at
// a time, at most so often, and collects. It returns the number of kills.
func killSharers(t *testing.T, dir string, took time.Duration, most int) (kills int) {
	t.Helper()
	for {
		var running []*exec.Cmd
		var said []*bytes.Buffer
		for _, shard := range []string{"0/2", "1/2"} {
			cmd, stderr := symvi(dir, append(sharedMembers, "--out", "r", "--shard", shard)...)
			must.Do(t, cmd.Start())
			running, said = append(running, cmd), append(said, stderr)
		}
		if kills < most {
			victim := running[rand.IntN(2)]
			defer time.AfterFunc(rand.N(took/2+1), func() { victim.Process.Kill() }).Stop()
		}
		hit := 0
		for i, cmd := range running {
			if err := cmd.Wait(); err != nil {
				if cmd.ProcessState.ExitCode() != -1 {
					t.Fatalf("after %d kills: %v: %s", kills, err, said[i])
				}
				hit++
			}
		}
		if kills += hit; hit == 0 {
			break
		}
	}
	cmd, stderr := symvi(dir, append(sharedMembers, "--out", "r")...)
	err := cmd.Run()
	if err != nil || !strings.Contains(stderr.String(), "6 of 6 members are finished already in r") {
		t.Errorf("collecting: %v: %s", err, stderr)
	}
	return kills
}
