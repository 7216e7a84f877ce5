package units

import (
	"strings"
	"testing"
)

func TestParseShard(t *testing.T) {
	for text, want := range map[string]Shard{"": {}, "0/1": {0, 1}, "3/4": {3, 4}} {
		if got, err := ParseShard(text); err != nil || got != want || got.String() != text {
			t.Errorf("%q: %v, error %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"4/4", "-1/4", "1", "a/b", "1/2/3", "/", "auto"} {
		if got, err := ParseShard(text); err == nil {
			t.Errorf("%q: %v, want an error", text, got)
		}
	}
}

func TestScheduledShard(t *testing.T) {
	slurm := func(id, lowest, step, count string) map[string]string {
		return map[string]string{"SLURM_ARRAY_TASK_ID": id, "SLURM_ARRAY_TASK_MIN": lowest,
			"SLURM_ARRAY_TASK_STEP": step, "SLURM_ARRAY_TASK_COUNT": count}
	}
	pod := func(index, count string) map[string]string {
		return map[string]string{"JOB_COMPLETION_INDEX": index, "JOB_COMPLETIONS": count}
	}
	for _, c := range []struct {
		set     map[string]string
		want    Shard
		problem string
	}{
		{slurm("2", "0", "1", "4"), Shard{2, 4}, ""},
		{slurm("7", "1", "2", "4"), Shard{3, 4}, ""},
		{slurm("7", "0", "1", "3"), Shard{}, "task 7 is none of a Slurm array of 3"}, // of --array=0,2,7
		{slurm("7", "0", "", "3"), Shard{}, "SLURM_ARRAY_TASK_STEP=: want an integer"},
		{pod("1", "3"), Shard{1, 3}, ""},
		{pod("3", "3"), Shard{}, "not below"},
		{pod("1", ""), Shard{}, "JOB_COMPLETIONS=: want an integer"},
	} {
		for _, name := range []string{"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN",
			"SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT", "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"} {
			t.Setenv(name, c.set[name])
		}
		got, err := ParseShard(AutoShard)
		if got != c.want || (err == nil) != (c.problem == "") || err != nil &&
			!strings.Contains(err.Error(), c.problem) {
			t.Errorf("%v: %v, error %v, want %v, %q", c.set, got, err, c.want, c.problem)
		}
	}
}
