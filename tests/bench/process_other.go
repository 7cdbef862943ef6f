//go:build !linux

package main

import (
	"errors"
	"runtime"
	"time"
)

// supported says that there is no /proc here.
func supported() error {
	return errors.New("the benchmark reads /proc and runs on Linux only, not on " + runtime.GOOS)
}

func cpuTime(int) (time.Duration, error) { return 0, supported() }

func residentBytes(int) (int64, error) { return 0, supported() }

func openFiles() int { return 1024 }
