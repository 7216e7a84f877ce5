package kernels

import "github.com/symvi/symvi/internal/ref"

// StepState is what changes from one step of a training to the next: the number of the step, from
// 0, the place of its first row among the epoch's, Adam's learning rate and corrections (see
// AdamStep), and the weight of the divergence; and the training's seed, in which replicas
// differ. In a device's memory, as a buffer of StepWords words, it lets a step's operations be
// recorded once and run for every step (Recorder): an operation with a State takes from it what
// is named there.
type StepState struct {
	Step                   uint32
	First                  int32
	LR, Correct1, Correct2 float32
	Weight                 float32
	Seed                   uint64
}

// Put writes the state to the first StepWords of words.
func (s StepState) Put(words []int32) { ref.StepState(s).Put(words) }

// StepWords is the length of a StepState in a buffer.
const StepWords = ref.StepWords

// StepWindow makes the next Rows states of a plan of PlanRows the current ones:
//
//	Window[i] = Plan[Next[0] + i] for i < Rows;  Next[0] += Rows
//
// Rows beyond the plan are a panic on the CPU and undefined on other devices.
type StepWindow struct {
	Rows, PlanRows     int
	Window, Plan, Next I32
}

// Check panics unless the buffers hold the shapes.
func (w *StepWindow) Check() {
	const op = "StepWindow"
	check(op, "Window", w.Window, dense(w.Rows, StepWords))
	check(op, "Plan", w.Plan, dense(w.PlanRows, StepWords))
	check(op, "Next", w.Next, vector(1))
}

// Recorder is a Device that can run recorded operations again.
type Recorder interface {
	Device
	// StepWindow moves on in a plan.
	StepWindow(StepWindow)
	// Fork is another Device on the same processor or GPU, which takes the same buffers. What is
	// recorded with it are its own operations alone, whatever other goroutines do with this one.
	// It needs no Close.
	Fork() Recorder
	// Record is a series of operations: those that f queues, always the same ones with the same
	// arguments. A Repeat in f marks a step. Only one goroutine at a time may use a device
	// while one of its recordings runs.
	Record(f func()) Recording
}

// Recording is a series of operations of a Recorder.
type Recording interface {
	// Run queues the operations. What it calls f for, and how often, is the device's affair.
	Run()
	// Free returns what the device keeps for it; it must not be run again.
	Free()
}

// checkState panics unless a state, if there is one, is as long as it must be.
func checkState(op string, state I32) {
	checkOptional(op, "State", state, vector(StepWords))
}

// readStepState reads a state. Where that fails, Sync says why.
func readStepState(state I32) StepState {
	var words [StepWords]int32
	_ = state.Slice(0, StepWords).Download(words[:])
	return StepState(ref.StepStateOf(words[:]))
}

// advance adds a state's seed and number to a key.
func (k *Key) advance(now StepState) {
	k.Seed += now.Seed
	k.Step += now.Step
}

// resolve puts what a state says into a key.
func resolve(k *Key, state *I32) {
	if *state != nil {
		k.advance(readStepState(*state))
		*state = nil
	}
}
