// Command link joins two network namespaces by a link of limited bandwidth and of a latency, in
// user space, for measurements of trainings in several processes (efficiency.sh beside it): kernels
// without the module netem have no delay to offer.
//
//	link join A B RATE DELAY   two TUN devices, 10.9.0.1 in A and 10.9.0.2 in B, until it is killed;
//	                           RATE in Mbit/s each way, DELAY one way
//	link serve                 answers link measure
//	link measure ADDRESS       prints the round trip and the bandwidth that TCP gets
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	args := os.Args[1:]
	var err error
	switch {
	case len(args) == 5 && args[0] == "join":
		err = join(args[1:])
	case len(args) == 1 && args[0] == "serve":
		err = serve()
	case len(args) == 2 && args[0] == "measure":
		err = measure(args[1])
	default:
		err = fmt.Errorf("want join A B RATE DELAY, serve, or measure ADDRESS; got %q", args)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "link:", err)
		os.Exit(1)
	}
}

// join makes the devices and moves packets between them.
func join(args []string) error {
	rate, err1 := strconv.ParseFloat(args[2], 64)
	delay, err2 := time.ParseDuration(args[3])
	if err1 != nil || err2 != nil || rate <= 0 || delay < 0 {
		return fmt.Errorf("rate %s, delay %s: want Mbit/s and a duration such as 100us", args[2], args[3])
	}
	var ends [2]*os.File
	for i, namespace := range args[:2] {
		var err error
		if ends[i], err = device(namespace); err != nil {
			return fmt.Errorf("namespace %s: %w", namespace, err)
		}
		address := fmt.Sprintf("10.9.0.%d/24", i+1)
		for _, command := range [][]string{{"addr", "add", address, "dev", deviceName},
			{"link", "set", "lo", "up"}, {"link", "set", "dev", deviceName, "mtu",
				strconv.Itoa(mtu), "up"}} {
			out, err := exec.Command("ip", append([]string{"-n", namespace}, command...)...).CombinedOutput()
			if err != nil {
				return fmt.Errorf("ip -n %s %v: %w: %s", namespace, command, err, out)
			}
		}
	}
	failed := make(chan error)
	for i := range ends {
		go func() { failed <- carry(ends[i], ends[1-i], rate*1e6/8, delay) }()
	}
	return <-failed
}

// mtu is that of a link whose packets cost little processor time beside what is measured.
const mtu = 16_000

// deviceName is what both are called.
const deviceName = "wan"

// device makes the TUN device of a namespace.
func device(namespace string) (*os.File, error) {
	type result struct {
		f   *os.File
		err error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread, in its namespace, ends with this
		f, err := openIn(namespace)
		done <- result{f, err}
	}()
	r := <-done
	return r.f, r.err
}

func openIn(namespace string) (*os.File, error) {
	there, err := os.Open("/run/netns/" + namespace)
	if err != nil {
		return nil, err
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("cannot enter it: %w", err)
	}
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/net/tun: %w", err)
	}
	request, err := unix.NewIfreq(deviceName)
	if err != nil {
		return nil, err
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		return nil, fmt.Errorf("cannot make a TUN device: %w", err)
	}
	return os.NewFile(uintptr(fd), deviceName), nil
}

// packet is one on its way, and when it arrives.
type packet struct {
	data []byte
	due  time.Time
}

// carry moves packets one way: each leaves when the one before has, at so many bytes per second,
// and arrives after the delay.
func carry(from, to *os.File, rate float64, delay time.Duration) error {
	way := make(chan packet, 4096) // more than TCP has under way: nothing is lost
	failed := make(chan error, 1)
	go func() {
		for p := range way {
			time.Sleep(time.Until(p.due))
			if _, err := to.Write(p.data); err != nil {
				failed <- err
				return
			}
		}
	}()
	var left time.Time // the last packet
	for {
		data := make([]byte, mtu+100)
		n, err := from.Read(data)
		if err != nil {
			return err
		}
		if now := time.Now(); left.Before(now) {
			left = now
		}
		left = left.Add(time.Duration(float64(n) / rate * 1e9))
		select {
		case way <- packet{data[:n], left.Add(delay)}:
		case err := <-failed:
			return err
		}
	}
}
