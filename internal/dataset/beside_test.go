//go:build unix

package dataset

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// readCSV reads a file with the standard library, without parsing its numbers.
func readCSV(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	r := csv.NewReader(bufio.NewReader(f))
	r.ReuseRecord = true
	for err == nil {
		_, err = r.Read()
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return f.Close()
}

// spent is what this process has used of its processors.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkBesideCSV reads tables of several kinds, and right after it the same file with
// encoding/csv's own pass, so that what else runs on the machine slows both: the medians of the
// ratios of their times, by the clock and of the processors, on one thread and on two.
func BenchmarkBesideCSV(b *testing.B) {
	for _, kind := range []struct {
		name string
		row  func(i int) string
	}{
		{"decimals", nil},
		{"long", func(i int) string {
			return fmt.Sprintf("%v,%v,%v,%v", wave(i), wave(i+1),
				7*wave(i+2), wave(3*i))
		}},
		{"integers", func(i int) string {
			return fmt.Sprintf("%d,%d,%d,%d,%d,%d", i%7, i*i%5, i*i%100003, i*7%23, i%2, i*i%3)
		}},
		{"mixed", func(i int) string {
			return fmt.Sprintf("%.2f,%s,%d,%s,%.3f,%d", wave(i), []string{"red", "green", "",
				"dark blue"}[i*i%4],
				i*i%1009, []string{"TRUE", "FALSE"}[i*i%5%2], 40*wave(i+5), i*i%3)
		}},
	} {
		path, _ := numbersFile(b, 200_000)
		if kind.row != nil {
			names := "a,b,c,d,e,f"[:2*strings.Count(kind.row(1), ",")+1]
			path = b.TempDir() + "/t.csv"
			if err := os.WriteFile(path, []byte(rowsOf(names, 400_000, kind.row)), 0o600); err != nil {
				b.Fatal(err)
			}
		}
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/threads=%d", kind.name, threads), func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
				var clock, used []float64
				timed := func(f func() error) (wall, all float64) {
					runtime.GC()
					start, before := time.Now(), spent()
					if err := f(); err != nil {
						b.Fatal(err)
					}
					return time.Since(start).Seconds(), (spent() - before).Seconds()
				}
				for b.Loop() {
					wall, all := timed(func() error {
						_, err := ReadTable(path, Options{Target: "-1", Fold: -1})
						return err
					})
					other, csv := timed(func() error { return readCSV(path) })
					clock, used = append(clock, wall/other), append(used, all/csv)
				}
				slices.Sort(clock)
				slices.Sort(used)
				b.ReportMetric(clock[len(clock)/2], "×clock")
				b.ReportMetric(used[len(used)/2], "×processor")
			})
		}
	}
}
