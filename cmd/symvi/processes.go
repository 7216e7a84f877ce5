package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/mpi"
)

// processes are those that a launcher such as mpirun has started together, this one among them.
type processes interface {
	bnn.Communicator
	// Local is the number of this process among those of its machine, and how many these are.
	Local() (rank, size int)
	// Hosts are the machines of all processes.
	Hosts() []string
	// AllFailed reports whether all processes say that they have failed.
	AllFailed() bool
	// Abort ends all processes.
	Abort(code int)
	// Leave ends the connection.
	Leave()
}

// group is nil for a process by itself. It is set before anything else happens.
var group processes

// joining is set while this process waits for the others to start.
var joining atomic.Bool

// together are the commands that several processes run together, and anyway those that they
// may run, each by itself.
var (
	together = []string{"train", "eval", "predict"}
	anyway   = []string{"info", "help", "completion"}
)

// defaultPatience is how long a process waits for the others, unless patienceVariable says.
const (
	defaultPatience  = 5 * time.Minute
	patienceVariable = "SYMVI_MPI_PATIENCE"
)

// joinGroup joins the processes that were started together with this one.
func joinGroup() error {
	rank, size := mpi.Launched()
	if size < 2 {
		return nil
	}
	patience := defaultPatience
	if text := os.Getenv(patienceVariable); text != "" {
		var err error
		if patience, err = time.ParseDuration(text); err != nil || patience <= 0 {
			return fmt.Errorf("%s=%s: want a duration such as 5m", patienceVariable, text)
		}
	}
	var err error
	joining.Store(mpiVersion() != "")
	group, err = join(patience, func(err error) { failAlone(os.Stderr, rank, err) })
	joining.Store(false)
	if err != nil || group == nil {
		return err
	}
	return shareProcessors()
}

// shareProcessors divides the processors among those processes that may use the same ones.
func shareProcessors() error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil && runtime.GOOS == "linux" {
		return err
	}
	mine := group.Hosts()[group.Rank()] + string(allowed.Find(status))
	same := 0
	for _, other := range group.Share([]byte(mine)) {
		if string(other) == mine {
			same++
		}
	}
	runtime.GOMAXPROCS(max(1, runtime.GOMAXPROCS(0)/same))
	return nil
}

var allowed = regexp.MustCompile(`(?m)^Cpus_allowed:.*$`)

// quiet reports whether another process does the talking.
func quiet() bool { return group != nil && group.Rank() > 0 }

// checkTogether refuses what several processes must not do: together what is no work for several,
// or each by itself what they should do together.
func checkTogether(cmd *cobra.Command) error {
	_, size := mpi.Launched()
	name := strings.Fields(cmd.CommandPath() + " help")[1]
	switch joint := slices.Contains(together, name); {
	case size < 2 || slices.Contains(anyway, name):
		return nil
	case joint && group == nil:
		return fmt.Errorf("a launcher has started %d processes, but this build has no MPI; build "+
			"with make mpi", size)
	case !joint && group != nil:
		return usagef("%s: %d processes cannot do it together; start them one by one, with "+
			"--shard I/N", name, size)
	}
	return nil
}

// sayWhy prints why a command has failed: one line, also of several processes. What fails in all
// of them alike is said by the first; who fails alone names itself and ends the others.
func sayWhy(stderr io.Writer, err error) int {
	switch {
	case group == nil:
		fmt.Fprintf(stderr, "symvi: %s\n", oneLine(err))
	case !group.AllFailed():
		failAlone(stderr, group.Rank(), err)
	case group.Rank() == 0:
		fmt.Fprintf(stderr, "symvi: %s\n", oneLine(err))
	}
	return exitCode(err)
}

// forwarding is the time that a launcher gets to pass on what was said: when it ends the processes,
// MPICH's throws away what it has not read yet. It is less than the next rank waits before it
// fails.
const forwarding = 60 * time.Millisecond

// failAlone says why this process has failed and ends all.
func failAlone(stderr io.Writer, rank int, err error) {
	fmt.Fprintf(stderr, "symvi: rank %d: %s\n", rank, oneLine(err))
	if group != nil {
		time.Sleep(forwarding)
		group.Abort(exitFailure)
	}
	os.Exit(exitFailure)
}
