package units

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// AutoShard is the text for which ParseShard looks at what the scheduler says.
const AutoShard = "auto"

// String writes the shard as ParseShard reads it, the whole list as "".
func (s Shard) String() string {
	if s.N == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.I, s.N)
}

// ParseShard reads "I/N" with 0 ≤ I < N, "" for the whole list, or "auto", which stands for the
// task of a Slurm array or the pod of a Kubernetes Indexed Job that this process is.
func ParseShard(text string) (Shard, error) {
	switch text {
	case "":
		return Shard{}, nil
	case AutoShard:
		return scheduled()
	}
	first, second, _ := strings.Cut(text, "/")
	i, err1 := strconv.Atoi(first)
	n, err2 := strconv.Atoi(second)
	if err1 != nil || err2 != nil || i < 0 || i >= n {
		return Shard{}, fmt.Errorf("want I/N with 0 ≤ I < N, such as 0/4, or %s", AutoShard)
	}
	return Shard{i, n}, nil
}

// scheduled is the shard that the scheduler's variables name.
func scheduled() (Shard, error) {
	if os.Getenv("SLURM_ARRAY_TASK_ID") != "" {
		v, err := integers("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP",
			"SLURM_ARRAY_TASK_COUNT")
		if err != nil {
			return Shard{}, err
		}
		id, lowest, step, count := v[0], v[1], v[2], v[3]
		if step < 1 || id < lowest || (id-lowest)%step != 0 || (id-lowest)/step >= count {
			return Shard{}, fmt.Errorf("task %d is none of a Slurm array of %d from %d in steps "+
				"of %d: want one like --array=0-3",
				id, count, lowest, step)
		}
		return Shard{(id - lowest) / step, count}, nil
	}
	if os.Getenv("JOB_COMPLETION_INDEX") != "" {
		v, err := integers("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS")
		if err != nil {
			return Shard{}, err
		}
		if v[0] < 0 || v[0] >= v[1] {
			return Shard{}, fmt.Errorf("JOB_COMPLETION_INDEX=%d is not below JOB_COMPLETIONS=%d", v[0], v[1])
		}
		return Shard{v[0], v[1]}, nil
	}
	return Shard{}, fmt.Errorf("neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set: " +
		"this is no task of a Slurm array or of a Kubernetes Indexed Job; want I/N")
}

// integers reads variables of the environment.
func integers(names ...string) ([]int, error) {
	values := make([]int, len(names))
	for i, name := range names {
		text := os.Getenv(name)
		var err error
		if values[i], err = strconv.Atoi(text); err != nil {
			return nil, fmt.Errorf("%s=%s: want an integer", name, text)
		}
	}
	return values, nil
}
