// Package seal guards what symvi stores, so that damage is never taken for a result.
// The hash is XXH64: not cryptographic, it guards against accidents at memory speed.
package seal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"

	"github.com/cespare/xxhash/v2"
)

// ErrDamaged is wrapped by the errors of contents that do not fit their checksum.
var ErrDamaged = errors.New("damaged")

// Sum is the checksum of parts, in hexadecimal. Each part's length is hashed before it, so
// that no bytes can move from one to the next unseen.
func Sum(parts ...[]byte) string {
	h := xxhash.New()
	var length [8]byte
	for _, p := range parts {
		binary.LittleEndian.PutUint64(length[:], uint64(len(p)))
		h.Write(length[:])
		h.Write(p)
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// jsonSeal is the last member of a sealed object, with the end of the object behind it.
var jsonSeal = regexp.MustCompile(`,(\s*)"xxh64": ?"([0-9a-f]{16})"(\s*\}\s*)$`)

// JSON adds the checksum of a JSON object, which must have a member, as its last member
// "xxh64". It keeps the layout of lines.
func JSON(object []byte) []byte {
	end := bytes.LastIndexByte(object, '}')
	body := bytes.TrimRight(object[:end], " \t\n")
	seal, gap := `,"xxh64":"%s"`, object[len(body):end]
	if len(gap) > 0 { // one member a line
		seal = ",\n  \"xxh64\": \"%s\""
	}
	sealed := fmt.Appendf(bytes.Clone(body), seal, Sum(object))
	return append(append(sealed, gap...), object[end:]...)
}

// CheckJSON compares a JSON object with the checksum that JSON added. sealed is false,
// and nothing was compared, where there is none, as in files of older versions.
func CheckJSON(object []byte) (sealed bool, err error) {
	at := jsonSeal.FindSubmatchIndex(object)
	if at == nil {
		return false, nil
	}
	plain := append(bytes.Clone(object[:at[0]]), object[at[6]:at[7]]...)
	return true, compare(string(object[at[4]:at[5]]), Sum(plain))
}

// tomlSeal is the comment in front of a sealed document.
var tomlSeal = regexp.MustCompile(`^# xxh64 ([0-9a-f]{16})\n`)

// TOML puts the checksum of a document in front of it, as a comment.
func TOML(text []byte) []byte {
	return append(fmt.Appendf(nil, "# xxh64 %s\n", Sum(text)), text...)
}

// CheckTOML is CheckJSON for TOML.
func CheckTOML(text []byte) (sealed bool, err error) {
	at := tomlSeal.FindSubmatchIndex(text)
	if at == nil {
		return false, nil
	}
	return true, compare(string(text[at[2]:at[3]]), Sum(text[at[1]:]))
}

func compare(stored, computed string) error {
	if stored != computed {
		return fmt.Errorf("%w: its checksum is %s, its contents give %s", ErrDamaged, stored, computed)
	}
	return nil
}
