package bnn

// The streams of random numbers: one for each purpose, so that none is used twice.
const (
	streamInit = iota + 1
	streamShuffle
	streamTrain
	streamTrainPermutations
	streamPredict
	streamELBO
	streamELBOBatch
	streamELBOPermutations
	streamELBOPilot
	streamELBOPilotPermutations
	streamValidate
	streamPredictTargets
)
