package main

import (
	"fmt"
	"io"
	"net"
	"slices"
	"time"
)

const port = ":5009"

// bulk is what measures the bandwidth.
const bulk = 64 << 20

// serve sends a byte back for each that it gets, until the other side sends no more.
func serve() error {
	listener, err := net.Listen("tcp", port)
	if err != nil {
		return err
	}
	for {
		c, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			b := make([]byte, 1<<16)
			for {
				n, err := c.Read(b)
				if err != nil {
					return
				}
				if n == 1 {
					c.Write(b[:1])
				}
			}
		}()
	}
}

// measure prints the median round trip of 200 bytes sent one by one, and the bandwidth of one
// connection.
func measure(address string) error {
	c, err := net.Dial("tcp", address+port)
	if err != nil {
		return err
	}
	defer c.Close()
	var trips []time.Duration
	one := make([]byte, 1)
	for range 200 {
		start := time.Now()
		if _, err := c.Write(one); err != nil {
			return err
		}
		if _, err := io.ReadFull(c, one); err != nil {
			return err
		}
		trips = append(trips, time.Since(start))
	}
	slices.Sort(trips)
	start := time.Now()
	if _, err := c.Write(make([]byte, bulk)); err != nil {
		return err
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	if _, err := io.ReadAll(c); err != nil { // the other side has read all
		return err
	}
	rate := bulk * 8 / time.Since(start).Seconds() / 1e6
	fmt.Printf("round trip %v, %.0f Mbit/s\n", trips[len(trips)/2].Round(time.Microsecond), rate)
	return nil
}
