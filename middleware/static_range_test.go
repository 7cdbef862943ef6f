package middleware_test

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spikard/spikard-go/middleware"
)

// TestStaticRanges goes through RFC 9110, section 14, with a file of ten bytes.
func TestStaticRanges(t *testing.T) {
	t.Parallel()
	const content = "0123456789"
	dir := folder(t, map[string]string{"ten.txt": content, "none.txt": ""})
	at := time.Date(2024, 2, 3, 4, 5, 6, 0, time.UTC)
	os.Chtimes(filepath.Join(dir, "ten.txt"), at, at)
	engine := staticEngine(newStatic(t, middleware.StaticConfig{Dir: dir}))
	tag := fetched(engine, "GET", "/ten.txt", nil).Header.Get("ETag")
	many := "bytes=" + strings.TrimSuffix(strings.Repeat("0-0,", 65), ",")
	huge := strings.Repeat("9", 30)
	for _, tt := range []struct {
		name, value, ifRange string
		status               int
		ranges               []string // Content-Range of the answer or of its parts
		body                 string
	}{
		{"the first byte", "bytes=0-0", "", 206, []string{"bytes 0-0/10"}, "0"},
		{"the first five", "bytes=0-4", "", 206, []string{"bytes 0-4/10"}, "01234"},
		{"the middle", "bytes=3-5", "", 206, []string{"bytes 3-5/10"}, "345"},
		{"the last byte", "bytes=9-9", "", 206, []string{"bytes 9-9/10"}, "9"},
		{"from a position on", "bytes=7-", "", 206, []string{"bytes 7-9/10"}, "789"},
		{"all from the begin", "bytes=0-", "", 206, []string{"bytes 0-9/10"}, content},
		{"beyond the end", "bytes=7-99", "", 206, []string{"bytes 7-9/10"}, "789"},
		{"far beyond the end", "bytes=7-" + huge, "", 206, []string{"bytes 7-9/10"}, "789"},
		{"leading zeros", "bytes=0007-00000000000000000000000000008", "", 206, []string{"bytes 7-8/10"}, "78"},
		{"the last three", "bytes=-3", "", 206, []string{"bytes 7-9/10"}, "789"},
		{"the last hundred", "bytes=-100", "", 206, []string{"bytes 0-9/10"}, content},
		{"the last of very many", "bytes=-" + huge, "", 206, []string{"bytes 0-9/10"}, content},
		{"two", "bytes=0-1,8-9", "", 206, []string{"bytes 0-1/10", "bytes 8-9/10"}, "01|89"},
		{"two with spaces and gaps", "bytes=0-1 ,, -2,", "", 206, []string{"bytes 0-1/10", "bytes 8-9/10"}, "01|89"},
		{"descending", "bytes=8-9,0-1", "", 206, []string{"bytes 8-9/10", "bytes 0-1/10"}, "89|01"},
		{"overlapping", "bytes=0-3,2-5", "", 206, []string{"bytes 0-3/10", "bytes 2-5/10"}, "0123|2345"},
		{"overlapping to more than there is", "bytes=0-8,1-9", "", 200, nil, content},
		{"one of two can be had", "bytes=0-1,20-30", "", 206, []string{"bytes 0-1/10"}, "01"},
		{"too many", many, "", 200, nil, content},

		{"behind the end", "bytes=10-", "", 416, []string{"bytes */10"}, ""},
		{"far behind the end", "bytes=" + huge + "-", "", 416, []string{"bytes */10"}, ""},
		{"behind the end, both", "bytes=10-20,30-40", "", 416, []string{"bytes */10"}, ""},
		{"the last none", "bytes=-0", "", 416, []string{"bytes */10"}, ""},
		{"the last none and the first", "bytes=-0,0-0", "", 206, []string{"bytes 0-0/10"}, "0"},

		{"the unit in other letters", "Bytes=0-0", "", 206, []string{"bytes 0-0/10"}, "0"},
		{"another unit", "lines=0-1", "", 200, nil, content},
		{"no unit", "0-1", "", 200, nil, content},
		{"no range", "bytes=", "", 200, nil, content},
		{"only commas", "bytes=,,", "", 200, nil, content},
		{"only a dash", "bytes=-", "", 200, nil, content},
		{"backwards", "bytes=5-3", "", 200, nil, content},
		{"letters", "bytes=a-b", "", 200, nil, content},
		{"negative", "bytes=--1", "", 200, nil, content},
		{"a sign", "bytes=+1-2", "", 200, nil, content},
		{"hexadecimal", "bytes=0x1-2", "", 200, nil, content},
		{"a space inside", "bytes=1 - 2", "", 200, nil, content},
		{"a space before the equals sign", "bytes =1-2", "", 200, nil, content},
		{"one is malformed", "bytes=0-1,x", "", 200, nil, content},

		{"If-Range with the tag", "bytes=0-1", tag, 206, []string{"bytes 0-1/10"}, "01"},
		{"If-Range with the weak tag", "bytes=0-1", "W/" + tag, 200, nil, content},
		{"If-Range with a stale tag", "bytes=0-1", `"old"`, 200, nil, content},
		{"If-Range with the date", "bytes=0-1", at.Format(http.TimeFormat), 206, []string{"bytes 0-1/10"}, "01"},
		{"If-Range with an earlier date", "bytes=0-1", at.Add(-time.Second).Format(http.TimeFormat), 200, nil, content},
		{"If-Range with a later date", "bytes=0-1", at.Add(time.Second).Format(http.TimeFormat), 200, nil, content},
		{"If-Range with rubbish", "bytes=0-1", "x", 200, nil, content},
		{"If-Range, stale, behind the end", "bytes=20-", `"old"`, 200, nil, content},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header := map[string]string{"Range": tt.value}
			if tt.ifRange != "" {
				header["If-Range"] = tt.ifRange
			}
			resp := fetched(engine, "GET", "/ten.txt", header)
			ranges, body := parts(t, resp)
			if resp.StatusCode != tt.status || fmt.Sprint(ranges) != fmt.Sprint(tt.ranges) || tt.status != 416 && body != tt.body {
				t.Errorf("%d %q %q, want %d %q %q", resp.StatusCode, ranges, body, tt.status, tt.ranges, tt.body)
			}
			if got := resp.Header.Get("Accept-Ranges"); tt.status != 416 && got != "bytes" {
				t.Errorf("Accept-Ranges %q", got)
			}
			if head := fetched(engine, "HEAD", "/ten.txt", header); head.StatusCode != 200 || head.ContentLength != 10 {
				t.Errorf("HEAD: %d %v", head.StatusCode, head.Header)
			}
		})
	}
	if resp := fetched(engine, "GET", "/none.txt", map[string]string{"Range": "bytes=0-"}); resp.StatusCode != 200 {
		t.Errorf("of an empty file: %d", resp.StatusCode)
	}
}

// parts gives the Content-Range and the content of an answer, or of its parts.
func parts(t *testing.T, resp *http.Response) (ranges []string, body string) {
	t.Helper()
	mediaType, params, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if mediaType != "multipart/byteranges" {
		if r := resp.Header.Get("Content-Range"); r != "" {
			ranges = []string{r}
		}
		return ranges, string(plain(t, resp))
	}
	var bodies []string
	for r := multipart.NewReader(resp.Body, params["boundary"]); ; {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return ranges, strings.Join(bodies, "|")
		} else if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(part)
		if err != nil || part.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%v %v", part.Header, err)
		}
		ranges = append(ranges, part.Header.Get("Content-Range"))
		bodies = append(bodies, string(content))
	}
}
