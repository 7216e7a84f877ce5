//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package experiment

// lockDir guards nothing where directories cannot be locked.
func lockDir(string) (unlock func(), busy bool) { return func() {}, false }
