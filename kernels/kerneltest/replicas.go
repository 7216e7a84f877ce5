package kerneltest

import (
	"slices"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// replicaTest is a replica's buffers and what the host says that they hold.
type replicaTest struct {
	x, y  kernels.F32
	total kernels.F64
	run   func()
	free  func()
	wantX []float32
	wantY []float32
	want  float64
}

// newReplicaTest makes a series of operations, recorded where the device can: a shared launch, and
// one that no kernel may share.
func newReplicaTest(d kernels.Device, n, number int) *replicaTest {
	r := &replicaTest{x: d.Float32(n), y: d.Float32(n), total: d.Float64(1)}
	r.wantX, r.wantY = newInputs().normal(n, float64(number+1)), make([]float32, n)
	r.x.Upload(r.wantX)
	operations := func() {
		d.Unary(kernels.Unary{Function: kernels.TanhFunction, N: n, Src: r.x, Dst: r.y})
		d.ActivationGrad(kernels.ActivationGrad{Activation: kernels.ReLU, N: n, Y: r.y, DY: r.x, DX: r.x})
		d.Sum(kernels.Sum{Batch: 1, N: n, Src: r.x, Dst: r.total, Scale: 2, Accumulate: true})
	}
	r.run, r.free = operations, func() {}
	if recorder, ok := d.(kernels.Recorder); ok {
		recording := recorder.Record(operations)
		r.run, r.free = recording.Run, recording.Free
	}
	return r
}

func (r *replicaTest) release() {
	r.free()
	r.x.Free()
	r.y.Free()
	r.total.Free()
}

// ran is what the operations do.
func (r *replicaTest) ran() {
	for i, x := range r.wantX {
		r.wantY[i] = ref.Tanh(x)
	}
	ref.ReLUGrad(r.wantX, r.wantY, slices.Clone(r.wantX))
	r.want += 2 * ref.Chunked(len(r.wantX), func(lo, hi int) float64 {
		return ref.Sum(r.wantX[lo:hi])
	})
}

func (r *replicaTest) check(t *testing.T, number int) {
	t.Helper()
	x, y, total := kernelcase.Read(t, r.x), kernelcase.Read(t, r.y), kernelcase.Read(t, r.total)
	if !slices.Equal(x, r.wantX) || !slices.Equal(y, r.wantY) || total[0] != r.want {
		t.Fatalf("replica %d: x %v, y %v, sum %v; want %v, %v, %v", number, x[0], y[0], total,
			r.wantX[0], r.wantY[0], r.want)
	}
}

// testReplicas runs replicas together and apart, with other work between, and with buffers that
// find no room.
func testReplicas(t *testing.T, device kernels.Device) {
	const count, room = 3, 1 << 10
	for _, n := range []int{1, 100, 140_000} {
		group := kernels.NewReplicas(device, count, func(d kernels.Device) {
			r := newReplicaTest(d, min(n, room), 0)
			r.run()
			r.release()
		})
		all := make([]*replicaTest, count)
		for i := range all {
			all[i] = newReplicaTest(group.Device(i), n, i)
		}
		group.Together(func(i int) {
			all[i].run()
			all[i].ran()
		})
		group.Together(func(i int) { // again, and one with new numbers before and a look after
			if i == 1 {
				all[i].wantX = newInputs().normal(n, 5)
				all[i].x.Upload(all[i].wantX)
			}
			all[i].run()
			all[i].ran()
			if i == 1 {
				all[i].check(t, i)
			}
		})
		group.Together(func(i int) { // one twice, one not at all
			for range i {
				all[i].run()
				all[i].ran()
			}
		})
		all[2].run() // alone
		all[2].ran()
		for range 3 {
			group.Together(func(i int) {
				all[i].run()
				all[i].ran()
			})
		}
		for i, r := range all {
			r.check(t, i)
			r.release()
		}
		group.Free()
	}
}
