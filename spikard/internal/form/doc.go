// Package form reads HTML forms. [ParseURLEncoded] takes the text of a
// url-encoded one, [ReadMultipart] the parts of a multipart one as they come:
// what a file has beyond a limit goes into a temporary file and not into
// memory. Both give a [Form], a list of fields in the order in which they came;
// [Form.Tree] says what their names mean together, as in "user[name]".
//
// What a field's text is to become is for others to say: here it is text.
//
// # Errors
//
// What a client did wrong is an [api.Problem]: 400 for a form that can't be
// read, 413 for one past a limit, 415 for an encoding that nobody decodes.
package form
