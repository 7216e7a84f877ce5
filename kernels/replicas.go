package kernels

// Replicator is a Recorder on which recordings of several trainings of one shape, the replicas,
// share launches: their batch dimension.
type Replicator interface {
	Recorder
	// Replicas makes n of them, each with the memory that rehearse needs: it does once, on a device
	// of its own, the most that one of them will do, and frees its buffers. What needs more
	// works as well, but may share no launch.
	Replicas(n int, rehearse func(Device)) Replicas
}

// Replicas are Devices for trainings that do the same with other numbers, with buffers of the same
// lengths made in the same order. They take the buffers of the device that made them, too, which
// they share.
type Replicas interface {
	// Device is replica i's. It needs no Close.
	Device(i int) Device
	// Together calls f for every replica, in order. Where all of them run recordings that differ in
	// nothing but their own buffers, these may run as one. The results are those of the calls alone.
	Together(f func(i int))
	// Free returns the memory of the replicas' buffers, which must not be used again.
	Free()
}

// NewReplicas makes n replicas on a device; on one that is no Replicator each works alone, and
// nothing is rehearsed.
func NewReplicas(d Device, n int, rehearse func(Device)) Replicas {
	if r, ok := d.(Replicator); ok {
		return r.Replicas(n, rehearse)
	}
	return single{d, n}
}

// single are replicas that share nothing but a device.
type single struct {
	device Device
	n      int
}

func (s single) Device(int) Device { return s.device }

func (s single) Together(f func(i int)) {
	for i := range s.n {
		f(i)
	}
}

func (s single) Free() {}
