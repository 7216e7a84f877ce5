// Package bnn trains and judges Bayesian neural networks with a mean-field
// Gaussian posterior, optionally symmetrised over the permutations of hidden
// neurons (Gelberg, van der Ouderaa, van der Wilk & Gal, "Variational Inference
// Failures Under Model Symmetries", PMLR 251, 2024; "the paper" below).
//
// A Model is a network, a likelihood and a prior. Fit maximises the ELBO, or the
// symmetrised ELBO, and returns a Posterior, which carries its model: Predict averages
// predictions over posterior samples, Evaluate scores them, ELBO measures both bounds,
// Save writes a file for Load.
//
// Softmax is for classes; Gaussian, GaussianLearned and GaussianHeteroscedastic are for real
// targets whose noise is given, learned, or a function of the input. A Prior is isotropic, scaled
// by the fan-in, learned for every layer, or also for every input. Every one of them is unchanged
// when hidden neurons change places, which symmetrising rests on.
//
// FitOptions says how to train, for how long and on what to judge it; a Trainer does so step by
// step, and goes on bit for bit from a Checkpoint. Inputs and targets should be standardised; the
// bounds and predictions are brought to the targets' own units by InUnits and PredictOptions.
//
// Everything runs on a kernels.Device, and the same seed gives the same bits on
// every device.
//
// All log-densities, KL divergences and ELBOs are in nats and summed over the
// data and the parameters, never averaged.
package bnn
