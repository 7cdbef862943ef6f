package middleware_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
)

func TestCompressNegotiates(t *testing.T) {
	t.Parallel()
	body := rows(4096)
	all := allCodings
	noBrotli, onlyGzip := all, all
	noBrotli.Brotli = false
	onlyGzip.Brotli, onlyGzip.Zstd = false, false
	for _, tt := range []struct {
		accept []string
		config middleware.CompressConfig
		want   string
	}{
		{nil, all, ""},
		{[]string{""}, all, ""},
		{[]string{","}, all, ""},
		{[]string{"gzip"}, all, "gzip"},
		{[]string{"br"}, all, "br"},
		{[]string{"zstd"}, all, "zstd"},
		{[]string{"GZip"}, all, "gzip"},
		{[]string{"x-gzip"}, all, "gzip"},
		{[]string{"deflate, compress"}, all, ""},
		{[]string{"gzip, deflate, br, zstd"}, all, "br"},
		{[]string{"gzip, deflate, br, zstd"}, noBrotli, "zstd"},
		{[]string{"gzip, deflate, br, zstd"}, onlyGzip, "gzip"},
		{[]string{"br"}, onlyGzip, ""},
		{[]string{"gzip", "br"}, all, "br"},
		{[]string{"gzip;q=0.9", "br;q=0.1, zstd;q=0.5"}, all, "gzip"},
		{[]string{"gzip;q=1.0, br;q=0.999"}, all, "gzip"},
		{[]string{"gzip; q=0.3 , br ;q=0.2"}, all, "gzip"},
		{[]string{"gzip\t;\tq=0.3"}, all, "gzip"},
		{[]string{"gzip;Q=0.3"}, all, "gzip"},
		{[]string{"*"}, all, "br"},
		{[]string{"*"}, onlyGzip, "gzip"},
		{[]string{"*;q=0"}, all, ""},
		{[]string{"*;q=0, gzip"}, all, "gzip"},
		{[]string{"br;q=0, *"}, all, "zstd"},
		{[]string{"br;q=0.0, zstd;q=0.000, *;q=0.1"}, all, "gzip"},
		{[]string{"gzip;q=0"}, all, ""},
		{[]string{"gzip;q=0, gzip"}, all, ""},
		{[]string{"gzip, gzip;q=0"}, all, ""},
		{[]string{"identity"}, all, ""},
		{[]string{"identity, gzip"}, all, "gzip"},
		{[]string{"identity;q=0.5, gzip;q=0.5"}, all, "gzip"},
		{[]string{"identity;q=0.8, gzip;q=0.5"}, all, ""},
		{[]string{"*;q=0.8, gzip;q=0.5"}, onlyGzip, ""},
		{[]string{"identity;q=0"}, all, ""},
		{[]string{"identity;q=0, gzip;q=0.001"}, all, "gzip"},
		{[]string{"identity;q=0, br"}, onlyGzip, ""},
		{[]string{"gzip;q=2, br;q=0.1"}, all, "br"},
		{[]string{"gzip;q=1.001, br;q=0.1"}, all, "br"},
		{[]string{"gzip;q=0.1234, br;q=0.1"}, all, "br"},
		{[]string{"gzip;q=-1"}, all, ""},
		{[]string{"gzip;q="}, all, ""},
		{[]string{"gzip;q=.5"}, all, ""},
		{[]string{"gzip;q=1."}, all, "gzip"},
		{[]string{"gzip;q=a"}, all, ""},
		{[]string{"gzip;level=5"}, all, ""},
		{[]string{"gzip;q=1;x=y, br;q=0.2"}, all, "br"},
		{[]string{";q=1, gzip"}, all, "gzip"},
		{[]string{"gzip br"}, all, ""},
		{[]string{strings.Repeat("x,", 5000) + "gzip"}, all, "gzip"},
	} {
		name := strings.Join(tt.accept, " | ")
		if len(name) > 40 {
			name = name[:40]
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := compressed(tt.config, func(c *gin.Context) { c.Data(200, "application/json", body) })
			resp := recorded(engine, "GET", http.Header{"Accept-Encoding": tt.accept})
			if got := resp.Header.Get("Content-Encoding"); got != tt.want {
				t.Errorf("coded %q, want %q", got, tt.want)
			}
			if got := resp.Header["Vary"]; len(got) != 1 || got[0] != "Accept-Encoding" {
				t.Errorf("Vary %q", got)
			}
			if !bytes.Equal(plainBody(t, resp), body) {
				t.Error("another body")
			}
		})
	}
}
