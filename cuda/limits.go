//go:build cuda

package cuda

// limits are the sizes at which the permutations' kernels change their launch shapes, never
// their results; tests lower them.
var limits = struct{ shared, proposals, sets, levels int }{
	// bytes of dynamic shared memory, which every GPU from compute capability 8.0 on gives a block
	// (8.6, 8.9 and 12.0 the least, 99 KiB); what needs more works in global memory
	shared: 96 << 10,
	// bytes of the proposals of single permutations, and of the sets of the permanents, that are
	// in memory at a time
	proposals: 256 << 20,
	sets:      256 << 20,
	// the least n at which several blocks share a permanent and every level is a launch
	levels: 17,
}
