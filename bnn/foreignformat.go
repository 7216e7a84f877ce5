package bnn

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/nlpodyssey/safetensors"

	"github.com/symvi/symvi/internal/magic"
)

// IsForeign reports whether a safetensors file is none that this package wrote, or has lost what
// this package wrote beside the tensors. It reads the header only.
func IsForeign(path string) bool {
	data, err := readBeginning(path)
	if err != nil {
		return false
	}
	metadata, err := headerMetadata(data)
	for key := range metadata { // several, so that damage to one does not make the file foreign
		if strings.HasPrefix(key, reserved) {
			return false
		}
	}
	return err == nil || otherFormat(data) != ""
}

const (
	// formatBytes are those of a file by which otherFormat knows it.
	formatBytes = 1 << 20
	// mostHeader is the longest header of a safetensors file.
	mostHeader = 100_000_000
)

// readBeginning reads as much of a file as otherFormat looks at, and the header if that is more.
func readBeginning(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, formatBytes))
	if err != nil || len(data) < formatBytes {
		return data, err
	}
	header := binary.LittleEndian.Uint64(data)
	if header > mostHeader || header+8 <= formatBytes {
		return data, nil
	}
	rest, err := io.ReadAll(io.LimitReader(f, int64(header)+8-formatBytes))
	return append(data, rest...), err
}

// headerMetadata is that of a file of which data is the beginning.
func headerMetadata(data []byte) (metadata map[string]string, err error) {
	defer func() {
		if r := recover(); r != nil { // as in parseTensors
			err = fmt.Errorf("not a usable header: %v", r)
		}
	}()
	if len(data) < 8 || uint64(len(data)-8) < binary.LittleEndian.Uint64(data) {
		return nil, io.ErrUnexpectedEOF
	}
	var header safetensors.Metadata
	if err := json.Unmarshal(data[8:8+binary.LittleEndian.Uint64(data)], &header); err != nil {
		return nil, err
	}
	return header.Metadata(), nil
}

// ways say what a file of another format is and what to do about it.
var ways = map[magic.Format]string{
	magic.LFS:      "it is a pointer of Git LFS; git lfs pull fetches the file",
	magic.HTML:     "it is a web page; download the file itself",
	magic.GGUF:     "it is a GGUF file, whose tensors are no posterior",
	magic.Torch:    pickled,
	magic.Pickle:   pickled,
	magic.NumPy:    arrays,
	magic.NumPyZip: arrays,
	magic.Keras:    variables,
	magic.HDF5:     variables,
}

const (
	pickled = "it was written by PyTorch or pickle; write the tensors with " +
		"safetensors.torch.save_file(model.state_dict(), FILE)"
	arrays = "it was written by NumPy; write the arrays with " +
		"safetensors.numpy.save_file(dict(numpy.load(FILE)), OTHER)"
	variables = "it was written by Keras or as HDF5; write the variables with " +
		"safetensors.numpy.save_file({v.path: v.numpy() for v in model.variables}, FILE)"
)

// otherFormat says of a file that is no safetensors file what it is and what to do; "" where there
// is nothing to say.
func otherFormat(data []byte) string {
	data = data[:min(len(data), formatBytes)]
	format := cmp.Or(magic.Archive(data), magic.Binary(data), magic.Text(data))
	if format == magic.Pickle && len(data) >= 8 && binary.LittleEndian.Uint64(data) < 1<<26 {
		return "" // a safetensors file's header of a few hundred bytes begins alike
	}
	return ways[format]
}
