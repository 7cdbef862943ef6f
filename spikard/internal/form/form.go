package form

// Form is a form's fields, in the order in which they came.
//
// # Concurrency
//
// A Form is read by any number of goroutines, until one calls Close.
//
// # Memory
//
// Nothing in it is part of the body that it was read from.
type Form struct {
	Fields []Field
}

// Field is one field: a text or a file.
type Field struct {
	Name, Value string
	// File is nil for a text.
	File *File
}

// Limits bound a form. Each is a field of spikard.Config, which has the
// defaults.
type Limits struct {
	// Fields and Files are how many there may be.
	Fields, Files int
	// FieldSize is how long a text and a name may be, in bytes.
	FieldSize int64
	// Memory is how much of one file is kept in memory.
	Memory int64
}

// Size is about the length of the names and texts as JSON.
func (f *Form) Size() int {
	const marks = 8 // quotes, brackets, a colon and a comma
	n := marks
	for i := range f.Fields {
		n += len(f.Fields[i].Name) + len(f.Fields[i].Value) + marks
	}
	return n
}

// Close removes the temporary files of the form. It must be called exactly
// once; a nil form has nothing to remove.
func (f *Form) Close() {
	if f == nil {
		return
	}
	for i := range f.Fields {
		f.Fields[i].File.remove()
	}
}
