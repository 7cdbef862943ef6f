package middleware

import (
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"

	"github.com/gin-gonic/gin"
)

// staticFile is a file that is open, and what it was when it was opened.
type staticFile struct {
	fs.File
	content io.ReadSeeker // the file, if it can seek
	info    fs.FileInfo
	name    string
}

// sendable leaves out folders, pipes and devices.
func (f *staticFile) sendable() bool { return f.info.Mode().IsRegular() && f.content != nil }

// Serve answers a request for a file: escapedPath is its whole path, the
// prefix included. It gives false, and has written nothing, where there is no
// such file or the method is neither GET nor HEAD.
//
// Conditions and ranges are those of [http.ServeContent], but that a Range is
// passed over where RFC 9110, section 14.2, has it so. A folder with an index
// is served at its path with a slash; without one it redirects there with 308,
// the prefix as well: the relative links in the page need it.
func (s *Static) Serve(w http.ResponseWriter, r *http.Request, escapedPath string) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	at, ok := s.locate(escapedPath)
	if !ok {
		return false
	}
	f, err := s.find(at)
	switch {
	case exhausted(err):
		// There may well be such a file, and a cache may keep a 404.
		w.WriteHeader(http.StatusServiceUnavailable)
	case err != nil:
		return false
	case f.info.IsDir(): // whose index is there
		f.Close()
		w.Header()["Location"] = []string{folderLocation(s.prefix, at, r.URL.RawQuery)}
		w.WriteHeader(http.StatusPermanentRedirect)
	default:
		s.send(w, r, f)
	}
	if gw, ok := w.(gin.ResponseWriter); ok {
		gw.WriteHeaderNow()
	}
	return true
}

// folderLocation has one slash at its begin, for an empty segment isn't
// located: it can't name another host.
func folderLocation(prefix string, at place, query string) string {
	to := url.URL{Path: path.Join("/", prefix, at.name) + "/", RawQuery: query}
	return to.String()
}

// find opens the file at a place. What it gives for a folder that needs a
// slash is the folder.
func (s *Static) find(at place) (*staticFile, error) {
	f, err := s.openFile(at.name)
	if err != nil {
		return nil, err
	}
	if !f.info.IsDir() {
		if at.slash || !f.sendable() {
			f.Close()
			return nil, fs.ErrNotExist
		}
		return f, nil
	}
	index, err := s.findIndex(at.name)
	if err == nil && !at.slash {
		index.Close()
		return f, nil
	}
	f.Close()
	return index, err
}

func (s *Static) findIndex(folder string) (*staticFile, error) {
	if !s.index {
		return nil, fs.ErrNotExist
	}
	return s.openRegular(path.Join(folder, "index.html"))
}

func (s *Static) openRegular(name string) (*staticFile, error) {
	f, err := s.openFile(name)
	if err == nil && !f.sendable() {
		f.Close()
		return nil, fs.ErrNotExist
	}
	return f, err
}

func (s *Static) openFile(name string) (*staticFile, error) {
	f, err := s.open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	content, _ := f.(io.ReadSeeker)
	return &staticFile{f, content, info, name}, nil
}

// nosniff is shared by all answers.
var nosniff = []string{"nosniff"}

// send answers with a file and closes it.
func (s *Static) send(w http.ResponseWriter, r *http.Request, f *staticFile) {
	header := w.Header()
	contentType := staticType(f.name)
	r, ranged := readRange(r)
	out := &fileWriter{ResponseWriter: w, static: s}
	if s.precompressed && compressible(contentType[0]) {
		varyByCoding(header)
		if !ranged {
			f, out.coding = s.precoded(f, r.Header["Accept-Encoding"])
			out.size = f.info.Size()
		}
	}
	defer f.Close()
	header["Content-Type"] = contentType
	header["X-Content-Type-Options"] = nosniff
	if out.coding != codingIdentity {
		header["Content-Encoding"] = codingNames[out.coding]
	}
	modified := lastModified(f.info)
	if tag := s.tag(f, modified, out.coding); tag != "" {
		header["Etag"] = []string{tag}
	}
	http.ServeContent(out, r, "", modified, f.content)
}
