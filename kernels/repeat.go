package kernels

// Repeater is a Device that runs the steps of a loop faster when it knows that they
// queue the same operations again and again, with other arguments.
type Repeater interface {
	// Repeat calls f, which queues the operations of one step. It may hold them back
	// until f returns, or until f waits for the device.
	Repeat(f func())
}

// Repeat runs one step of a loop on a device, as a repeated one where the device knows how.
func Repeat(d Device, f func()) {
	if r, ok := d.(Repeater); ok {
		r.Repeat(f)
		return
	}
	f()
}
