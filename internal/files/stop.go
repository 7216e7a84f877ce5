package files

import (
	"os"
	"runtime"
	"sync"
)

var (
	// saving is held for reading while something is being saved.
	saving sync.RWMutex
	// pending are the names of temporary files.
	pending sync.Map
)

// Save calls save, which Stop waits for.
func Save(save func() error) error {
	saving.RLock()
	defer saving.RUnlock()
	return save()
}

// Stop prepares for the end of the process in the midst of its work: it waits for what is being
// saved, lets nothing more be saved, and removes files that are not whole.
func Stop() {
	saving.Lock()
	pending.Range(func(name, _ any) bool {
		os.Remove(name.(string))
		return true
	})
}

// Temporary makes a file for reading and writing that vanishes with the process, however that
// ends, where the system can remove open files; on others remove does, which must be called.
func Temporary() (f *os.File, remove func() error, err error) {
	f, err = os.CreateTemp("", "symvi-*")
	if err != nil {
		return nil, nil, err
	}
	if runtime.GOOS != "windows" && os.Remove(f.Name()) == nil {
		return f, f.Close, nil
	}
	pending.Store(f.Name(), true)
	return f, func() error {
		err := f.Close()
		pending.Delete(f.Name())
		if removed := os.Remove(f.Name()); err == nil {
			err = removed
		}
		return err
	}, nil
}
