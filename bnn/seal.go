package bnn

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nlpodyssey/safetensors"

	"github.com/symvi/symvi/internal/seal"
)

// The checksums of a checkpoint are in its metadata, where other programs do not mind them: one
// of every tensor, with its type and shape, and one of all other metadata, those included.
const (
	metaTensorSums = "symvi.tensors"
	metaSum        = "symvi.checksum"
)

// sealTensors adds the checksums.
func sealTensors(tensors map[string]safetensors.TensorView, metadata map[string]string) {
	var sums []string
	for name, t := range tensors {
		sums = append(sums, name+":"+tensorSum(t))
	}
	slices.Sort(sums)
	metadata[metaTensorSums] = strings.Join(sums, " ")
	metadata[metaSum] = metadataSum(metadata)
}

// checkSeal compares a file with its checksums and names what is damaged.
func checkSeal(file safetensors.SafeTensors, metadata map[string]string) error {
	if metadata[metaSum] == "" {
		return fmt.Errorf("%w, or written by a version in development before v0.1.0: it has no checksum",
			seal.ErrDamaged)
	}
	if metadata[metaSum] != metadataSum(metadata) {
		return fmt.Errorf("%w: its metadata do not fit their checksum", seal.ErrDamaged)
	}
	names := file.Names()
	slices.Sort(names)
	var found []string
	for _, name := range names {
		t, _ := file.Tensor(name)
		found = append(found, name+":"+tensorSum(t))
	}
	stored := strings.Fields(metadata[metaTensorSums])
	var errs []error
	for _, sum := range found {
		if !slices.Contains(stored, sum) {
			name, _, _ := strings.Cut(sum, ":")
			errs = append(errs, fmt.Errorf("%w: tensor %s does not fit its checksum", seal.ErrDamaged, name))
		}
	}
	switch {
	case len(errs) > 0:
		return errs[0]
	case len(found) != len(stored):
		return fmt.Errorf("%w: it has %d tensors, want %d", seal.ErrDamaged, len(found), len(stored))
	}
	return nil
}

func tensorSum(t safetensors.TensorView) string {
	return seal.Sum(fmt.Append(nil, t.DType(), t.Shape()), t.Data())
}

// metadataSum is of all metadata but itself.
func metadataSum(metadata map[string]string) string {
	var parts [][]byte
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if key != metaSum {
			parts = append(parts, []byte(key), []byte(metadata[key]))
		}
	}
	return seal.Sum(parts...)
}
