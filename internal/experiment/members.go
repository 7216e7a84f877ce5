package experiment

import (
	"context"
	"sync"

	"github.com/symvi/symvi/internal/units"
	"github.com/symvi/symvi/kernels"
)

// watched tells one watcher about several members, which may train side by side.
type watched struct {
	mu    sync.Mutex
	watch Watch
	done  []int // steps of every member
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
	w.watch.Step(sum, total*len(w.done))
}

func (w *watched) start(s Start) {
	if w.watch.Start != nil {
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

// trainMembers trains all members.
func (j *job) trainMembers(ctx context.Context) error {
	members := units.List{Count: j.config.Members}
	return j.sideBySide(ctx, members, func(ctx context.Context, d kernels.Device, number int) error {
		t := j.members[number]
		if t == nil {
			var err error
			if t, err = j.newTraining(number, d); err != nil {
				return err
			}
			j.members[number] = t
		}
		return t.train(ctx)
	})
}
