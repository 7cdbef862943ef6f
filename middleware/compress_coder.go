package middleware

import (
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// coder compresses one body after another.
type coder interface {
	io.WriteCloser
	Flush() error
	Reset(to io.Writer)
}

// windowBits is how far brotli and zstd look back: 256 KiB. With their own
// choice a coder of a long body takes up to 40 MiB, for one or two per cent
// less of JSON.
const windowBits = 18

// coders lends coders out, of one level for each coding.
type coders struct {
	offered codingSet
	minSize int
	quality int
	pools   [codingCount]sync.Pool
	writers sync.Pool
}

func newCoders(config CompressConfig) *coders {
	cs := &coders{
		// An empty body is none.
		minSize: max(config.MinSize, 1),
		quality: min(max(config.Quality, brotli.BestSpeed), brotli.BestCompression),
	}
	for c, on := range [codingCount]bool{codingGzip: config.Gzip, codingZstd: config.Zstd, codingBrotli: config.Brotli} {
		if on {
			cs.offered = cs.offered.with(contentCoding(c))
		}
	}
	return cs
}

// borrow gives a coder that writes to a sink. It is given back only after a
// Close without an error, and to nobody otherwise.
func (cs *coders) borrow(c contentCoding, to io.Writer) coder {
	lent, ok := cs.pools[c].Get().(coder)
	if !ok {
		lent = cs.make(c)
	}
	lent.Reset(to)
	return lent
}

func (cs *coders) giveBack(c contentCoding, lent coder) { cs.pools[c].Put(lent) }

func (cs *coders) make(c contentCoding) coder {
	switch c {
	case codingBrotli:
		return brotli.NewWriterOptions(nil, brotli.WriterOptions{Quality: cs.quality, LGWin: windowBits})
	case codingZstd:
		// One that is alone starts no goroutine. The options are constants: they
		// are valid or a test fails.
		made, _ := zstd.NewWriter(nil,
			zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstdLevel(cs.quality)),
			zstd.WithWindowSize(1<<windowBits), zstd.WithLowerEncoderMem(true))
		return made
	default:
		made, _ := gzip.NewWriterLevel(nil, min(max(cs.quality, gzip.BestSpeed), gzip.BestCompression))
		return made
	}
}

// zstdLevel never gives the best level: its coders take 35 MiB each, to gain
// nothing on bodies of a web server's size.
func zstdLevel(quality int) zstd.EncoderLevel {
	switch {
	case quality <= 2:
		return zstd.SpeedFastest
	case quality <= 7:
		return zstd.SpeedDefault
	default:
		return zstd.SpeedBetterCompression
	}
}
