package bnn

// Communicator connects the processes that work on one training or evaluation. All of them make
// the same calls in the same order, each with a Trainer of the same model, data and options. It
// moves values and adds nothing up: who adds in which order is decided here, so that a result
// does not depend on the number of processes.
//
// A call that cannot be completed, because another process is gone, ends the process: there is
// nobody left to go on with. Package internal/mpi implements it over MPI.
type Communicator interface {
	// Rank is the number of this process, from 0, and Size how many there are.
	Rank() int
	Size() int
	// AllToAll gives process r the values to[r][0] … to[r][1]−1 of send, and puts those that are
	// for this one from process r into recv from from[r][0] to from[r][1]−1. A range may be empty.
	// It may return before that is done: until Wait, recv is not to be touched, nor send changed.
	AllToAll(send []float32, to [][2]int, recv []float32, from [][2]int)
	// AllGather completes x, of which every process has filled in its own part: that of process r
	// are the values parts[r][0] … parts[r][1]−1. Until Wait, x is not to be touched.
	AllGather(x []float32, parts [][2]int)
	// Wait returns when all of these calls so far are done.
	Wait()
	// Share returns the bytes of all processes, in the order of ranks.
	Share(mine []byte) [][]byte
}

// alone reports whether there is nobody to communicate with.
func alone(c Communicator) bool { return c == nil || c.Size() == 1 }

// blockOf is the part of n things that falls to process r of so many: contiguous, the parts of
// all in the order of ranks, their sizes differing by at most one.
func blockOf(r, processes, n int) span { return span{r * n / processes, (r + 1) * n / processes} }

// own is the part of n things that falls to this process.
func own(c Communicator, n int) span {
	if alone(c) {
		return span{0, n}
	}
	return blockOf(c.Rank(), c.Size(), n)
}
