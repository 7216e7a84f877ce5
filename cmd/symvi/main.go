// Command symvi trains and judges Bayesian neural networks with a mean-field
// posterior that is symmetrised over the permutations of hidden neurons.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/mpi"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), endingSignals()...)
	context.AfterFunc(ctx, func() {
		stop() // a second signal ends the process at once
		time.Sleep(grace)
		abandon()
	})
	if err := joinGroup(); err != nil {
		rank, _ := mpi.Launched()
		failAlone(os.Stderr, rank, err)
	}
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	outcome.Store(&code)
	if group != nil {
		group.Leave()
	}
	os.Exit(code)
}

// endingSignals ask the program to save and end. One that whoever started it wants ignored, as
// nohup and shells do for work in the background, stays so.
func endingSignals() []os.Signal {
	var list []os.Signal
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			list = append(list, s)
		}
	}
	return list
}

// grace is how long the work has, after a signal, to save and end by itself.
const grace = 700 * time.Millisecond

// continuation is the command that goes on with a training, once there is one to go on with.
var continuation atomic.Pointer[string]

// outcome is the exit code, once all has been said: then a process only waits to leave the others.
var outcome atomic.Pointer[int]

// abandon ends the process in the midst of a computation that takes too long to wait for, such as
// one step of a very wide network. Whatever is being saved is saved.
func abandon() {
	if code := outcome.Load(); code != nil {
		os.Exit(*code)
	}
	files.Stop()
	time.Sleep(50 * time.Millisecond) // for who has just saved, and knows better what to say
	next := "what was saved before stays"
	if command := continuation.Load(); command != nil {
		next = "continue from the last checkpoint with: " + *command
	}
	midst := "in the midst of a long computation"
	others, silent := group != nil, quiet()
	if joining.Load() {
		rank, _ := mpi.Launched()
		others, silent = true, rank > 0
	}
	if others {
		midst = "while waiting for the other processes"
	}
	if !silent {
		fmt.Fprintln(os.Stderr, "symvi: interrupted "+midst+"; "+next)
	}
	os.Exit(exitInterrupted)
}
