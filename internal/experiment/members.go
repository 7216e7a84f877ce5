package experiment

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/units"
	"github.com/symvi/symvi/kernels"
)

// watched tells one watcher about several members, which may train side by side.
type watched struct {
	mu    sync.Mutex
	watch Watch
	done  []int // steps of every member
	mine  int   // how many of them this process trains
	first int   // whose start is the run's
}

// expect limits what is told to the members that this process trains.
func (w *watched) expect(members []int) {
	if w.mine = len(members); w.mine > 0 {
		w.first = members[0]
	}
}

func (w *watched) step(member, done, total int) {
	if w.watch.Step == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done[member] = done
	sum := 0
	for _, d := range w.done {
		sum += d
	}
	w.watch.Step(sum, total*w.mine)
}

func (w *watched) start(member int, s Start) {
	if w.watch.Start != nil && member == w.first {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.watch.Start(s)
	}
}

// epoch passes on every epoch of a single training, and the last one of every member.
func (w *watched) epoch(member int, e Epoch, epochs int) {
	if w.watch.Epoch == nil || len(w.done) > 1 && e.Epoch < epochs {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	e.Member, e.Members = member+1, len(w.done)
	w.watch.Epoch(e, epochs)
}

// trainMembers trains all members, of a shared run those of this process.
func (j *job) trainMembers(ctx context.Context) error {
	if j.atOnce() > 1 && !j.dir.shared() {
		return j.trainTogether(ctx)
	}
	if !j.dir.shared() {
		members := units.List{Count: j.config.Members}
		return j.sideBySide(ctx, members, func(ctx context.Context, d kernels.Device, number int) error {
			_, err := j.trainMember(ctx, d, number)
			return err
		})
	}
	members := j.memberList()
	todo, _, err := members.Todo()
	if err != nil {
		return err
	}
	j.watched.expect(todo)
	if members.Shard.N == 0 {
		j.tellMissing(todo)
	}
	return j.sideBySide(ctx, members, func(ctx context.Context, d kernels.Device, number int) error {
		began := time.Now()
		t, err := j.trainMember(ctx, d, number)
		if err != nil {
			return err
		}
		return j.finish(t, d, time.Since(began))
	})
}

// memberNumbers are 0, 1, …, one for each member.
func (c Config) memberNumbers() []int {
	numbers := make([]int, c.Members)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// atOnce is how many members train in the launches of one.
func (j *job) atOnce() int {
	o := j.config.fitOptions()
	o.Validation, o.Processes = j.valid, j.Processes
	return min(j.config.Members, bnn.ReplicasAtOnce(j.Device, j.model, j.trainRows.N, o))
}

// trainTogether trains the members as replicas, so many at a time as there is room for.
func (j *job) trainTogether(ctx context.Context) error {
	for part := range slices.Chunk(j.config.memberNumbers(), j.atOnce()) {
		var trainings []*training
		for _, number := range part {
			trainings = append(trainings, &training{job: j, number: number, device: j.Device})
		}
		if err := trainReplicas(ctx, trainings); err != nil {
			return err
		}
	}
	return nil
}

// trainReplicas trains members of one run, or of several of one model on the same rows, together;
// where the device has too little memory, half of them after the other.
func trainReplicas(ctx context.Context, trainings []*training) error {
	options := make([]bnn.FitOptions, len(trainings))
	for i, t := range trainings {
		options[i] = t.fitOptions()
	}
	j := trainings[0].job
	replicas, err := bnn.NewReplicas(j.Device, j.model, Tensors(j.trainRows), options)
	if half := len(trainings) / 2; err != nil && half > 0 {
		if err := trainReplicas(ctx, trainings[:half]); err != nil {
			return err
		}
		return trainReplicas(ctx, trainings[half:])
	}
	if err != nil {
		return err
	}
	defer replicas.Close()
	for i, t := range trainings {
		t.trainer = replicas.Trainers()[i]
		t.members[t.number] = t
		if err := t.ready(); err != nil {
			return err
		}
	}
	if err := steps(ctx, replicas.Run, trainings...); err != nil {
		return err
	}
	for _, t := range trainings {
		if err := t.conclude(); err != nil {
			return err
		}
	}
	return nil
}

// trainMember trains one on a device.
func (j *job) trainMember(ctx context.Context, d kernels.Device, number int) (*training, error) {
	t := j.members[number]
	if t == nil {
		var err error
		if t, err = j.newTraining(number, d); err != nil {
			return nil, err
		}
		j.members[number] = t
	}
	return t, t.train(ctx)
}
