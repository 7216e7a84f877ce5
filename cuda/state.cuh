// StepState: what changes from one step of a training to the next (ref.StepState), eight words in
// the device's memory, so that a graph of several steps needs no new arguments.
#pragma once
#include "common.cuh"

namespace ref {

constexpr int stepWords = 8;

// stateStep is the number of the step, stateSeed the training's seed, stateFirst the place of the
// step's first row; 0 without a state.
DEVICE unsigned stateStep(const int *state) { return state ? (unsigned)state[0] : 0; }
DEVICE unsigned long long stateSeed(const int *state) { return state ? (unsigned)state[6] | (unsigned long long)(unsigned)state[7] << 32 : 0; }
DEVICE int stateFirst(const int *state) { return state ? state[1] : 0; }

// stateFloat is word i as a float32: 2 the learning rate, 3 and 4 Adam's corrections, 5 the weight
// of the divergence.
DEVICE float stateFloat(const int *state, int i) { return __int_as_float(state[i]); }

} // namespace ref
