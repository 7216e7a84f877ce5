// Package memory says how much memory this process may still use, and takes much of it well.
package memory

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Limit is an amount of memory in bytes and what sets it, in words.
type Limit struct {
	Bytes int64
	By    string
}

// Available is the most that this process may have in all, what it has among it: the smallest of
// what the machine has free, what the containers (control groups of version 1 and 2) leave and what
// the limit of the address space does. Where nothing is known Bytes is math.MaxInt64.
func Available() Limit {
	least := Limit{math.MaxInt64, "this machine"}
	for _, l := range append(groups("/proc/self/cgroup", "/sys/fs/cgroup"), machine(),
		addressSpace()) {
		if l.By != "" && l.Bytes < least.Bytes {
			least = l
		}
	}
	if least.Bytes < math.MaxInt64 {
		least.Bytes = max(0, least.Bytes+resident())
	}
	return least
}

// resident is what this process has.
func resident() int64 { return pages(1) }

// pages is a field of /proc/self/statm (size, resident, …), in bytes; 0 where there is none.
func pages(field int) int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) <= field {
		return 0
	}
	n, _ := strconv.ParseInt(fields[field], 10, 64)
	return n * int64(os.Getpagesize())
}

// machine is what could be had without swapping.
func machine() Limit {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return Limit{}
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err == nil {
				return Limit{kib << 10, "the machine's free memory"}
			}
		}
	}
	return Limit{}
}

// groups are the limits of the control groups that membership, a file like /proc/self/cgroup,
// names, and of those around them, less what they use.
func groups(membership, root string) []Limit {
	text, err := os.ReadFile(membership)
	if err != nil {
		return nil
	}
	var limits []Limit
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // number:controllers:path
		if len(fields) != 3 {
			continue
		}
		mount, most, used := root, "memory.max", "memory.current"
		if fields[1] != "" { // version 1
			if !strings.Contains(","+fields[1]+",", ",memory,") {
				continue
			}
			mount, most, used = filepath.Join(root, "memory"), "memory.limit_in_bytes",
				"memory.usage_in_bytes"
		}
		for at := filepath.Join("/", fields[2]); ; at = filepath.Dir(at) {
			limit, ok1 := number(filepath.Join(mount, at, most))
			has, ok2 := number(filepath.Join(mount, at, used))
			if ok1 && ok2 {
				limits = append(limits, Limit{limit - has + cached(filepath.Join(mount, at)),
					"the container's limit"})
			}
			if at == "/" {
				break
			}
		}
	}
	return limits
}

// cached is what of a group's use the kernel gives back when it is needed.
func cached(group string) int64 {
	text, err := os.ReadFile(filepath.Join(group, "memory.stat"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		for _, key := range []string{"inactive_file ", "total_inactive_file "} {
			if rest, ok := strings.CutPrefix(line, key); ok {
				n, _ := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
				return n
			}
		}
	}
	return 0
}

// number reads a file with one number; "max" is none.
func number(path string) (int64, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}

var units = []struct {
	name  string
	bytes float64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"EB", 1e18},
	{"PB", 1e15}, {"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1}}

// Parse reads an amount such as 4GB, 512MiB or 1.5e9.
func Parse(text string) (int64, error) {
	word, factor := strings.TrimSpace(text), 1.0
	for _, u := range units {
		if len(word) > len(u.name) && strings.EqualFold(word[len(word)-len(u.name):], u.name) {
			word, factor = strings.TrimSpace(word[:len(word)-len(u.name)]), u.bytes
			break
		}
	}
	x, err := strconv.ParseFloat(word, 64)
	if err != nil || !(x*factor >= 1) || x*factor >= math.MaxInt64 {
		return 0, fmt.Errorf("want an amount of memory such as 4GB or 512MiB")
	}
	return int64(x * factor), nil
}

// Format writes an amount with two or three digits.
func Format(bytes float64) string {
	for _, u := range units[4:10] {
		if bytes >= u.bytes {
			return fmt.Sprintf("%.3g %s", bytes/u.bytes, u.name)
		}
	}
	return fmt.Sprintf("%.0f B", bytes)
}
