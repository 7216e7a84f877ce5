//go:build mpi

package mpi

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// world is joined once: the tests run in every process that mpirun starts, or in one.
var world *World

func TestMain(m *testing.M) {
	var err error
	world, err = Join(time.Minute, func(err error) { fmt.Fprintln(os.Stderr, err); os.Exit(1) })
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	world.Leave()
	os.Exit(code)
}

func TestWorld(t *testing.T) {
	rank, size := Launched()
	if world.Size() != size || world.Rank() != rank && size > 1 {
		t.Errorf("rank %d of %d, the launcher says %d of %d", world.Rank(), world.Size(), rank, size)
	}
	local, of := world.Local()
	if of != size || local < 0 || local >= of || len(world.Hosts()) != size {
		t.Errorf("%d of %d on this machine, hosts %v", local, of, world.Hosts())
	}
}

// value is what process from sends to process to as its k-th value.
func value(from, to, k int) float32 { return float32(100*from + 10*to + k) }

// TestAllToAll also sends nothing at all to some.
func TestAllToAll(t *testing.T) {
	for range 3 {
		var send, recv, want []float32
		var to, from [][2]int
		me := world.Rank()
		for r := range world.Size() {
			for k := range r {
				send = append(send, value(me, r, k))
			}
			for k := range me {
				want = append(want, value(r, me, k))
			}
			to, from = append(to, [2]int{len(send) - r, len(send)}),
				append(from, [2]int{len(want) - me, len(want)})
		}
		recv = make([]float32, len(want))
		world.AllToAll(send, to, recv, from)
		world.Wait()
		if !slices.Equal(recv, want) {
			t.Errorf("received %v, want %v", recv, want)
		}
	}
}

func TestAllGather(t *testing.T) {
	var want []float32
	var parts [][2]int
	for r := range world.Size() {
		for k := range 2*r + 1 {
			want = append(want, value(r, 0, k))
		}
		parts = append(parts, [2]int{len(want) - 2*r - 1, len(want)})
	}
	x, mine := make([]float32, len(want)), parts[world.Rank()]
	copy(x[mine[0]:mine[1]], want[mine[0]:])
	world.AllGather(x, parts)
	world.Wait()
	if !slices.Equal(x, want) {
		t.Errorf("gathered %v, want %v", x, want)
	}
}

func TestShare(t *testing.T) {
	for _, length := range []int{0, 1, 100_000} {
		text := func(r int) []byte { return slices.Repeat([]byte{byte(r + 1)}, r*length) }
		for r, got := range world.Share(text(world.Rank())) {
			if !slices.Equal(got, text(r)) {
				t.Errorf("process %d shared %d bytes, want %d", r, len(got), r*length)
			}
		}
	}
}

// TestAllFailed: all processes come to say so.
func TestAllFailed(t *testing.T) {
	if !world.AllFailed() {
		t.Error("not all have failed")
	}
}

// TestBegunTogether: any number of calls is under way until Wait.
func TestBegunTogether(t *testing.T) {
	const calls = 40
	size, me := world.Size(), world.Rank()
	all := make([][2]int, size)
	for r := range all {
		all[r] = [2]int{r, r + 1}
	}
	var gathered, received [calls][]float32
	for i := range calls {
		gathered[i], received[i] = make([]float32, size), make([]float32, size)
		gathered[i][me] = value(me, 0, i)
		send := make([]float32, size)
		for r := range send {
			send[r] = value(me, r, i)
		}
		world.AllGather(gathered[i], all)
		world.AllToAll(send, all, received[i], all)
	}
	world.Wait()
	for i := range calls {
		for r := range size {
			if gathered[i][r] != value(r, 0, i) || received[i][r] != value(r, me, i) {
				t.Errorf("call %d: gathered %v, received %v", i, gathered[i], received[i])
			}
		}
	}
}
