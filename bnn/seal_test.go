package bnn

import (
	"bytes"
	"errors"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/internal/seal"
)

// resealed gives a changed file checksums that fit, as a program would that wrote nonsense.
func resealed(t *testing.T, data []byte) []byte {
	t.Helper()
	file, metadata, err := parseTensors(data)
	if err != nil {
		t.Fatal(err)
	}
	tensors := map[string]safetensors.TensorView{}
	for _, name := range file.Names() {
		tensors[name], _ = file.Tensor(name)
	}
	sealTensors(tensors, metadata)
	var buffer bytes.Buffer
	must.Do(t, safetensors.SerializeToWriter(tensors, metadata, &buffer))
	return buffer.Bytes()
}

// TestFlips flips every bit of a checkpoint: none is read as another one.
func TestFlips(t *testing.T) {
	var buffer bytes.Buffer
	must.Do(t, exampleCheckpoint(t).Write(&buffer))
	whole, damaged := buffer.Bytes(), 0
	for bit := range 8 * len(whole) {
		bad := bytes.Clone(whole)
		bad[bit/8] ^= 1 << (bit % 8)
		c, err := ReadCheckpoint(bad)
		if err != nil {
			if errors.Is(err, seal.ErrDamaged) {
				damaged++
			}
			continue
		}
		var again bytes.Buffer
		if err := c.Write(&again); err != nil || !bytes.Equal(again.Bytes(), whole) {
			t.Errorf("bit %d of byte %d: read as another checkpoint (%v)", bit%8, bit/8, err)
		}
	}
	if damaged < 4*len(whole) {
		t.Errorf("%d of %d flips are called damage, want at least half", damaged, 8*len(whole))
	}
}

// A flip in one key of the metadata does not make a checkpoint another program's posterior.
func TestFlippedKeyIsNotForeign(t *testing.T) {
	path := t.TempDir() + "/model.safetensors"
	must.Do(t, exampleCheckpoint(t).Save(path))
	if IsForeign(path) {
		t.Error("the checkpoint counts as another program's")
	}
}

func BenchmarkReadSeal(b *testing.B) {
	var buffer bytes.Buffer
	must.Do(b, exampleCheckpoint(b).Write(&buffer))
	for b.Loop() {
		if _, err := ReadCheckpoint(buffer.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
}
