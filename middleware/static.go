package middleware

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"reflect"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/spikard/api"
)

// StaticConfig says which files [NewStatic] serves, and where.
type StaticConfig struct {
	// Dir is the folder to serve. Symbolic links are followed as long as they
	// stay inside it.
	Dir string
	// FS is served in place of Dir. Its files must be able to seek, as those of
	// embed.FS and os.Root are, for the sake of ranges.
	FS fs.FS
	// Prefix is the path below which the files are, as "/assets". Empty or "/"
	// is the whole site.
	Prefix string
	// Index serves a folder's index.html for the folder. There are no listings.
	Index bool
	// CacheControl is sent with whatever a cache may keep or renew: 200, 206 and
	// 304.
	CacheControl string
	// Precompressed serves x.js.br, x.js.zst or x.js.gz for x.js to clients that
	// accept it, if the file is there and of a type that [Compress] would
	// compress. Nothing checks that it has the same content.
	Precompressed bool
	// Refuse is for [Static.Handler].
	Refuse Refuse
}

// Static serves the files of a folder.
//
// # Concurrency
//
// All methods may be called from any goroutine. Close lets what is being sent
// come to its end.
//
// # Memory
//
// Whatever its size, a file goes in pieces of 32 KiB, or the operating system
// sends it (sendfile), if nothing between here and net/http but Gin and
// [Compress] hides the way.
type Static struct {
	prefix        string
	index         bool
	precompressed bool
	cacheControl  []string
	refuse        Refuse
	open          func(name string) (fs.File, error)
	root          io.Closer // nil for FS
	tags          contentTags
	buffers       sync.Pool
}

// NewStatic opens the folder.
//
// # Errors
//
// All faults of the config are reported at once.
func NewStatic(config StaticConfig) (*Static, error) {
	s := &Static{
		prefix: strings.TrimSuffix(config.Prefix, "/"), index: config.Index,
		precompressed: config.Precompressed, refuse: config.Refuse.or(),
	}
	if config.CacheControl != "" {
		s.cacheControl = []string{config.CacheControl}
	}
	if err := errors.Join(s.checkPrefix(), checkCacheControl(config.CacheControl), s.openSource(config)); err != nil {
		if s.root != nil {
			s.root.Close()
		}
		return nil, fmt.Errorf("static files: %w", err)
	}
	return s, nil
}

func (s *Static) checkPrefix() error {
	if s.prefix == "" || s.prefix[0] == '/' && fs.ValidPath(s.prefix[1:]) && s.prefix != "/." {
		return nil
	}
	return fmt.Errorf("prefix %q must be a path as /assets", s.prefix)
}

func checkCacheControl(value string) error {
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
		return fmt.Errorf("cache control %q must be visible ASCII", value)
	}
	return nil
}

func (s *Static) openSource(config StaticConfig) error {
	switch {
	case (config.Dir == "") == (config.FS == nil):
		return errors.New("name one of Dir and FS")
	case config.FS != nil:
		s.open = config.FS.Open
		return checkSeek(config.FS)
	}
	root, err := os.OpenRoot(config.Dir)
	if err != nil {
		return err
	}
	s.root = root
	s.open = func(name string) (fs.File, error) { return root.OpenFile(name, openFlags, 0) }
	return nil
}

// checkSeek looks at the first file that it finds.
func checkSeek(files fs.FS) error {
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		f, err := files.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, ok := f.(io.Seeker); !ok {
			return fmt.Errorf("the files of a %T can't seek: unpack them first", files)
		}
		return fs.SkipAll
	})
	return err
}

// Close closes the folder. Requests that come later find no files.
func (s *Static) Close() error {
	if s.root == nil {
		return nil
	}
	return s.root.Close()
}

// Handler serves the files that there are and leaves all other requests to the
// handlers behind it, so that it can stand before an application's routes as
// well as be a route of its own. Where nothing stands behind it, it refuses
// what is below the prefix by itself: with 404, or with 405 for methods other
// than GET and HEAD. A router that keeps the path in another form than net/http
// calls [Static.Serve] with it.
func (s *Static) Handler() gin.HandlerFunc {
	var handler gin.HandlerFunc
	handler = func(c *gin.Context) {
		path := c.Request.URL.EscapedPath()
		if s.Serve(c.Writer, c.Request, path) {
			c.Abort()
			return
		}
		c.Next()
		// Gin doesn't tell a handler's place in the chain, but which one is last.
		last := reflect.ValueOf(c.Handler()).Pointer() == reflect.ValueOf(handler).Pointer()
		ours := c.FullPath() != "" || strings.HasPrefix(path, s.prefix+"/")
		if last && ours && !c.Writer.Written() && !c.IsAborted() {
			c.Abort()
			s.refuse(c, absent(c.Request.Method))
		}
	}
	return handler
}

func absent(method string) *api.Problem {
	if method == http.MethodGet || method == http.MethodHead {
		return api.NewProblem(http.StatusNotFound, "not-found", "Nothing is served at this path")
	}
	p := api.NewProblem(http.StatusMethodNotAllowed, "method-not-allowed", "This path does not serve "+method)
	p.Header = http.Header{"Allow": {"GET, HEAD"}}
	return p
}
