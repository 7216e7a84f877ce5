package ref

import "math"

// StepState is what changes from one step of a training to the next, of all that its operations
// are told: the number of the step, from 0, the place of its first row among the epoch's, Adam's
// learning rate and corrections (see AdamStep), the weight of the divergence, and the seed.
type StepState struct {
	Step                   uint32
	First                  int32
	LR, Correct1, Correct2 float32
	Weight                 float32
	Seed                   uint64
}

// StepWords is the length of a StepState in memory, in words of 32 bits.
const StepWords = 8

// Put writes the state to the first StepWords of words.
func (s StepState) Put(words []int32) {
	bits := func(x float32) int32 { return int32(math.Float32bits(x)) }
	copy(words, []int32{int32(s.Step), s.First, bits(s.LR), bits(s.Correct1), bits(s.Correct2),
		bits(s.Weight), int32(uint32(s.Seed)), int32(uint32(s.Seed >> 32))})
}

// StepStateOf reads what Put has written.
func StepStateOf(words []int32) StepState {
	value := func(i int) float32 { return math.Float32frombits(uint32(words[i])) }
	seed := uint64(uint32(words[6])) | uint64(uint32(words[7]))<<32
	return StepState{uint32(words[0]), words[1], value(2), value(3), value(4), value(5), seed}
}

// StepWindow copies the next states of a plan, a matrix of StepWords columns, and moves on:
//
//	window[i, :] = plan[next[0]+i, :];  next[0] += rows of the window
func StepWindow(window, plan, next []int32) {
	copy(window, plan[int(next[0])*StepWords:][:len(window)])
	next[0] += int32(len(window) / StepWords)
}
