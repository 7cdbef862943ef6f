// Package cachedir keeps what a program unpacks from its own binary in a
// folder that belongs to the user alone.
//
// What is unpacked is code that the program then runs: Python sources, an
// interpreter. Whoever can write there, or can put a folder there first, runs
// code as this user. So nothing is unpacked under a predictable name into a
// folder shared with others, every level that the package makes is 0700, and a
// level that is there already must belong to this user, be a real folder and
// be writable by nobody else, or it is refused.
//
// The base is [os.UserCacheDir]; [UnpackTemp] is for programs that have none.
package cachedir
