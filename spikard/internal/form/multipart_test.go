package form

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// parts writes a multipart body of which each part is given as its header and,
// behind an empty line, its content.
func parts(list ...string) string {
	var b strings.Builder
	for _, p := range list {
		header, content, _ := strings.Cut(p, "\n\n")
		b.WriteString("--b\r\n" + strings.ReplaceAll(header, "\n", "\r\n") + "\r\n\r\n" + content + "\r\n")
	}
	return b.String() + "--b--\r\n"
}

const named = "Content-Disposition: form-data; name=a"

// read reads a form and closes it at the end of the test.
func read(t *testing.T, body string, l Limits) (*Form, error) {
	t.Helper()
	f, err := ReadMultipart(strings.NewReader(body), "b", l)
	t.Cleanup(f.Close)
	return f, err
}

func TestMultipartTexts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, want string }{
		"text":                  {parts(named + "\n\nx"), "x"},
		"empty":                 {parts(named + "\n\n"), ""},
		"new lines":             {parts(named + "\n\n\r\nx\n\r\n"), "\r\nx\n\r\n"},
		"with a type":           {parts(named + "\nContent-Type: image/png\n\nx"), "x"},
		"charset UTF-8":         {parts(named + "\nContent-Type: text/plain; charset=UTF-8\n\né"), "é"},
		"charset Latin-1":       {parts(named + "\nContent-Type: text/plain; charset=iso-8859-1\n\n\xe9"), "é"},
		"binary":                {parts(named + "\nContent-Transfer-Encoding: binary\n\nx"), "x"},
		"no empty line at all":  {"--b\n" + named + "\n\nx\n--b--", "x"},
		"preamble and epilogue": {"preamble\r\n" + parts(named+"\n\nx") + "epilogue", "x"},
		"boundary in content":   {parts(named + "\n\nx--b\r\n--bb\r\n-- b"), "x--b\r\n--bb\r\n-- b"},
		"padded boundary":       {strings.ReplaceAll(parts(named+"\n\nx"), "--b\r\n", "--b \t\r\n"), "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := read(t, c.body, wide)
			if err != nil {
				t.Fatal(err)
			}
			if got := texts(f); len(got) != 2 || got[0] != "a" || got[1] != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestMultipartFilenames(t *testing.T) {
	t.Parallel()
	for disposition, want := range map[string]string{
		`filename=x.txt`:                              "x.txt",
		`filename="x y.txt"`:                          "x y.txt",
		`filename="a\"b.txt"`:                         `a"b.txt`,
		`filename="é.txt"`:                            "é.txt",
		`filename=""`:                                 "",
		`filename="../../etc/passwd"`:                 "passwd",
		`filename="/etc/"`:                            "",
		`filename=".."`:                               "",
		`filename="a/.."`:                             "",
		`filename="C:\\Users\\me\\x.txt"`:             "x.txt",
		`filename="C:\Users\me\x.txt"`:                "x.txt",
		`filename*=UTF-8''%c3%a9.txt`:                 "é.txt",
		`filename*=UTF-8''..%2f..%2fx`:                "x",
		`FileName="x.txt"`:                            "x.txt",
		`filename="x%00.txt"`:                         "x%00.txt",
		`filename="x.txt"; unknown="y"`:               "x.txt",
		`filename="` + strings.Repeat("x", 300) + `"`: strings.Repeat("x", 300),
	} {
		t.Run(disposition, func(t *testing.T) {
			t.Parallel()
			f, err := read(t, parts(named+"; "+disposition+"\n\ncontent"), wide)
			if err != nil {
				t.Fatal(err)
			}
			file := f.Fields[0].File
			if file == nil {
				t.Fatalf("got the text %q", f.Fields[0].Value)
			}
			if file.Filename != want || file.Size != 7 {
				t.Errorf("got %q of %d bytes, want %q", file.Filename, file.Size, want)
			}
		})
	}
}

func TestMultipartFiles(t *testing.T) {
	t.Parallel()
	l := Limits{Fields: 1, Files: 3, FieldSize: 100, Memory: 10}
	large := strings.Repeat("\x00\r\n-", 5000)
	f, err := ReadMultipart(iotest.OneByteReader(strings.NewReader(parts(
		named+"; filename=small\nContent-Type: text/plain; charset=utf-16\nX-A: 1\nX-A: 2\n\n0123456789",
		named+"; filename=large\n\n"+large,
		named+"; filename=\"\"\nContent-Type: application/octet-stream\n\n",
	))), "b", l)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Fields) != 2 {
		t.Fatalf("%d fields: the input without a file is one of them", len(f.Fields))
	}
	small, spooled := f.Fields[0].File, f.Fields[1].File
	if small.Path() != "" || small.ContentType != "text/plain; charset=utf-16" || !reflect.DeepEqual(small.Header["X-A"], []string{"1", "2"}) {
		t.Errorf("small: %+v", small)
	}
	if spooled.ContentType != "application/octet-stream" || spooled.Size != int64(len(large)) {
		t.Errorf("large: %+v", spooled)
	}
	info, err := os.Stat(spooled.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the temporary file: %v, %v", info, err)
	}
	checkContent(t, small, "0123456789")
	checkContent(t, spooled, large)
	f.Close()
	if _, err := os.Stat(spooled.Path()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the temporary file is still there: %v", err)
	}
	(*Form)(nil).Close()
}

func checkContent(t *testing.T, f *File, want string) {
	t.Helper()
	content, err := f.Content()
	if err != nil || string(content) != want {
		t.Errorf("%s: content of %d bytes, %v", f.Filename, len(content), err)
	}
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Seek(-3, io.SeekEnd); err != nil {
		t.Error(err)
	}
	if tail, err := io.ReadAll(r); err != nil || string(tail) != want[len(want)-3:] {
		t.Errorf("%s: tail %q, %v", f.Filename, tail, err)
	}
	if head, err := f.head(4); err != nil || string(head) != want[:4] {
		t.Errorf("%s: head %q, %v", f.Filename, head, err)
	}
}

func TestMultipartRefusals(t *testing.T) {
	t.Parallel()
	l := Limits{Fields: 3, Files: 2, FieldSize: 10, Memory: 5}
	text, file := named+"\n\nx", named+"; filename=x\n\nx"
	whole := parts(text, file)
	for name, c := range map[string]struct {
		body   string
		status int
		detail string
	}{
		"too many texts":           {parts(text, text, text, text), 413, "The form has more than 3 fields (MaxFormFields)"},
		"too many files":           {parts(file, file, file), 413, "The form has more than 2 files (MaxFormFiles)"},
		"text too long":            {parts(named + "\n\n01234567890"), 413, "The form has a field of more than 10 bytes (MaxFormFieldSize)"},
		"name too long":            {parts("Content-Disposition: form-data; name=01234567890\n\nx"), 413, "The form has a field of more than 10 bytes (MaxFormFieldSize)"},
		"filename too long":        {parts(named + "; filename=01234567890\n\nx"), 413, ""},
		"a million parts":          {strings.Repeat("--b\r\n"+named+"\r\n\r\nx\r\n", 1e5), 413, "The form has more than 3 fields (MaxFormFields)"},
		"empty":                    {"", 400, "The form ended before its last boundary"},
		"no boundary":              {"x\r\ny", 400, "The form ended before its last boundary"},
		"another boundary":         {strings.ReplaceAll(whole, "--b", "--c"), 400, "The form ended before its last boundary"},
		"within a text":            {whole[:len("--b\r\n"+named+"\r\n\r\nx")], 400, "The form ended before its last boundary"},
		"within a header":          {whole[:20], 400, ""},
		"no last boundary":         {strings.TrimSuffix(whole, "--b--\r\n"), 400, "The form ended before its last boundary"},
		"a boundary that opens":    {strings.TrimSuffix(whole, "--\r\n") + "\r\n", 400, "The form ended before its last boundary"},
		"last boundary unclosed":   {strings.TrimSuffix(whole, "--\r\n"), 400, "The form ended before its last boundary"},
		"no disposition":           {parts("Content-Type: text/plain\n\nx"), 400, `A part of the form has no readable Content-Disposition: form-data; name="..."`},
		"not form-data":            {parts("Content-Disposition: attachment; name=a\n\nx"), 400, ""},
		"no name":                  {parts("Content-Disposition: form-data; filename=x\n\nx"), 400, ""},
		"disposition unreadable":   {parts("Content-Disposition: form-data; name=\"a\n\nx"), 400, ""},
		"name twice":               {parts("Content-Disposition: form-data; name=a; name=b\n\nx"), 400, ""},
		"name with NUL":            {parts("Content-Disposition: form-data; name=\"a\x00\"\n\nx"), 400, ""},
		"filename with NUL":        {parts(named + "; filename=\"a\x00.png\"\n\nx"), 400, ""},
		"filename with NUL, coded": {parts(named + "; filename*=UTF-8''a%00.png\n\nx"), 400, ""},
		"name not UTF-8":           {parts("Content-Disposition: form-data; name=\"\xff\"\n\nx"), 400, ""},
		"text not UTF-8":           {parts(named + "\n\n\xff"), 400, `The form's field "a" is not UTF-8`},
		"text not in its charset":  {parts(named + "\nContent-Type: text/plain; charset=utf-8\n\n\xff"), 400, ""},
		"unknown charset":          {parts(named + "\nContent-Type: text/plain; charset=martian\n\nx"), 415, `Unsupported charset "martian" in a part of the form`},
		"type unreadable":          {parts(named + "\nContent-Type: ;;\n\nx"), 400, `The Content-Type of the form's field "a" can't be read`},
		"filename in Latin-1":      {parts(named + "; filename*=iso-8859-1'en'%A3\n\nx"), 400, `The filename of the form's field "a" is in a charset other than UTF-8`},
		"encoded":                  {parts(named + "\nContent-Transfer-Encoding: base64\n\neA=="), 415, "Unsupported Content-Transfer-Encoding in a part of the form"},
		"header without a colon":   {parts(named + "\nx\n\nx"), 400, "The form is not valid multipart/form-data"},
		"header folded first":      {"--b\r\n X: y\r\n\r\nx\r\n--b--", 400, ""},
		"long header":              {parts(named + "\nX: " + strings.Repeat("x", 1<<20) + "\n\nx"), 400, "The header of a part of the form is longer than 65536 bytes"},
		"many headers":             {parts(named + strings.Repeat("\nX: x", 1e5) + "\n\nx"), 400, "The header of a part of the form is longer than 65536 bytes"},
		"long preamble":            {strings.Repeat("x\r\n", 1e5) + whole, 400, ""},
		"junk behind a boundary":   {"--b\r\n" + named + "\r\n\r\nx\r\n" + strings.Replace(whole, "--b\r\n", "--b x\r\n", 1), 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := read(t, c.body, l)
			if f != nil || statusOf(err) != c.status || (c.detail != "" && err.Error() != c.detail) {
				t.Errorf("got %v, %v, want %d %s", f, err, c.status, c.detail)
			}
		})
	}
}

// TestMultipartBodyErrors gives a body that fails: its error comes out.
func TestMultipartBodyErrors(t *testing.T) {
	t.Parallel()
	file := named + "; filename=x\n\n" + strings.Repeat("x", 10_000)
	for name, body := range map[string]string{"in a text": parts(named + "\n\n" + strings.Repeat("x", 10_000)), "in a file": parts(file)} {
		for _, want := range []error{&http.MaxBytesError{Limit: 5}, io.ErrUnexpectedEOF, os.ErrDeadlineExceeded} {
			r := io.MultiReader(strings.NewReader(body[:8000]), iotest.ErrReader(want))
			if _, err := ReadMultipart(r, "b", Limits{Fields: 1, Files: 1, FieldSize: 1 << 20, Memory: 10}); !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", name, err, want)
			}
		}
	}
}

// TestNoFileIsLeftBehind refuses a form after a file of it was stored.
func TestNoFileIsLeftBehind(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	for _, rest := range []string{"", "--b\r\n\r\nx\r\n--b--"} {
		body := strings.TrimSuffix(parts(named+"; filename=x\n\n"+strings.Repeat("x", 1000)), "--b--\r\n") + rest
		for _, cut := range []int{len(body), 500} {
			if _, err := read(t, body[:cut], Limits{Files: 1, FieldSize: 100, Memory: 10}); statusOf(err) != 400 {
				t.Error(err)
			}
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestFileThatCanNotBeStored(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/nowhere")
	_, err := read(t, parts(named+"; filename=x\n\nxx"), Limits{Files: 1, FieldSize: 100, Memory: 1})
	if statusOf(err) != 500 || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestBoundary(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"b", "----WebKitFormBoundary7MA4YWxk", "a b", "'()+_,-./:=?", strings.Repeat("x", 70)} {
		if got, p := Boundary(map[string]string{"boundary": good}); p != nil || got != good {
			t.Errorf("%q: %q, %v", good, got, p)
		}
	}
	for _, bad := range []string{strings.Repeat("x", 71), "a ", "a\r\n", "é", "a;b", "\x00", `"`, "<a>"} {
		if _, p := Boundary(map[string]string{"boundary": bad}); p == nil || p.Status != 400 {
			t.Errorf("%q: %v", bad, p)
		}
	}
	_, p := Boundary(nil)
	if p == nil || p.Status != 400 || string(p.Body) != `{"error":"multipart/form-data requires 'boundary' parameter"}` {
		t.Errorf("none: %+v", p)
	}
}

// FuzzMultipart checks that whatever is read is within the limits, and what
// mime/multipart writes of it is read the same.
func FuzzMultipart(f *testing.F) {
	for _, seed := range []string{
		"", parts(named + "\n\nx"), parts(named + "; filename=x\nContent-Type: text/plain\n\n0123456789"),
		"--b\n" + named + "\n\nx\n--b--", "--b--", "--b\r\n\r\n", parts(named+"\n\n--b", named+"\n\n"),
	} {
		f.Add([]byte(seed))
	}
	l := Limits{Fields: 5, Files: 3, FieldSize: 20, Memory: 1 << 10}
	f.Fuzz(func(t *testing.T, body []byte) {
		form, err := ReadMultipart(bytes.NewReader(body), "b", l)
		if err != nil {
			if s := statusOf(err); s != 400 && s != 413 && s != 415 {
				t.Errorf("%q: %v", body, err)
			}
			return
		}
		defer form.Close()
		again, err := ReadMultipart(bytes.NewReader(written(t, form)), "b", l)
		if err != nil {
			t.Fatalf("%q: read again: %v", body, err)
		}
		defer again.Close()
		if len(form.Fields) > l.Fields+l.Files || !reflect.DeepEqual(plain(t, form), plain(t, again)) {
			t.Errorf("%q: %q, then %q", body, plain(t, form), plain(t, again))
		}
	})
}

// plain gives name, value or filename and content of each field.
func plain(t *testing.T, f *Form) []string {
	out := texts(f)
	for _, field := range f.Fields {
		if field.File != nil {
			content, err := field.File.Content()
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, field.File.Filename, string(content))
		}
	}
	return out
}

func written(t *testing.T, f *Form) []byte {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary("b"); err != nil {
		t.Fatal(err)
	}
	for _, field := range f.Fields {
		content := []byte(field.Value)
		var part io.Writer
		var err error
		if field.File != nil {
			content, _ = field.File.Content()
			part, err = w.CreateFormFile(field.Name, field.File.Filename)
		} else {
			part, err = w.CreateFormField(field.Name)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(content)
	}
	_ = w.Close()
	return b.Bytes()
}
