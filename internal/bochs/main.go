//go:build linux

// Command bochs is the first process of an emulated machine, which the script beside it starts: it
// runs the programs that it finds, says on the console whether all succeeded and turns the machine
// off.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Every folder of tests has a program, its arguments, one a line, and what it reads.
const tests = "/tests"

func main() {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "bochs: this is no program to call, it turns the machine off: "+
			"start internal/bochs/run")
		os.Exit(2)
	}
	if err := runAll(); err != nil {
		fmt.Println("emulated machine:", err)
	} else {
		fmt.Println("emulated machine: all passed")
	}
	unix.IoctlSetInt(1, unix.TCSBRK, 1) // waits until all is written
	unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

// runAll runs all programs and ends with the first that fails.
func runAll() error {
	for folder, kind := range map[string]string{"/dev": "devtmpfs", "/proc": "proc", "/tmp": "tmpfs"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(kind, folder, kind, 0, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", folder, err)
		}
	}
	programs, err := filepath.Glob(filepath.Join(tests, "*", "program"))
	if err != nil {
		return err
	}
	if len(programs) == 0 {
		return fmt.Errorf("no program in %s", tests)
	}
	for _, program := range programs {
		if err := run(program); err != nil {
			return fmt.Errorf("%s: %w", program, err)
		}
	}
	return nil
}

// run runs a program in its folder, with the environment of this process.
func run(program string) error {
	folder := filepath.Dir(program)
	args, err := os.ReadFile(filepath.Join(folder, "args"))
	if err != nil {
		return err
	}
	c := exec.Command(program, strings.Split(strings.TrimSpace(string(args)), "\n")...)
	c.Dir, c.Stdout, c.Stderr = folder, os.Stdout, os.Stdout
	return c.Run()
}
