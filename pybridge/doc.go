// Package pybridge is what Go needs from Python, without Python: the [Engine]
// that runs an app, the [Manifest] through which an app's registrations reach
// Go, and the [Program] that Go compiles for each route from both. It builds
// and passes its tests without cgo; the engines live in sub-packages, and a
// program picks one.
//
// The way of an app: [Engine.Start], [Engine.Load] gives an [App], its
// [App.Manifest] is read, a [Program] is compiled for each route with
// [App.Compile], and each request then makes one [Callable.Call].
//
// What Go holds of Python's is an [Object]: [Attr], [Call] and [As] read it, [Await]
// awaits it on the app's event loop, [Iter] and [All] iterate over it. What Python
// holds of Go's is an [Exported] type, whose methods it calls or awaits.
package pybridge
