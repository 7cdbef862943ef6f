// Package form reads HTML forms, url-encoded and multipart.
package form

// Form is a form's fields, in the order in which they came.
type Form struct{}
