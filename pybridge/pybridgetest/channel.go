package pybridgetest

import (
	"context"
	"errors"

	"github.com/spikard/spikard-go/pybridge"
)

// channelKey is the context key of a call's channel.
type channelKey struct{}

// ChannelOf is the channel of the call that runs a [Func], for handlers of sessions; nil:
// there is none.
func ChannelOf(ctx context.Context) pybridge.Channel {
	channel, _ := ctx.Value(channelKey{}).(pybridge.Channel)
	return channel
}

// send sends an answer in parts.
func (r *run) send(a *Response) error {
	if r.channel == nil {
		return errors.New("the call can't talk with its client")
	}
	err := r.channel.Open(r.ctx, pybridge.Head{Status: a.Status, ContentType: a.ContentType, Header: a.Header})
	for i := 0; err == nil && i < len(a.Parts); i++ {
		err = r.channel.Send(r.ctx, pybridge.MessagePart, []byte(a.Parts[i]))
	}
	if err == nil {
		err = a.Fails
	}
	if err == nil {
		err = r.channel.Send(r.ctx, pybridge.MessageEnd, nil)
	}
	return err
}

// Events makes the route that was registered last one of server-sent events.
func (a *App) Events() { a.manifest.Routes[len(a.manifest.Routes)-1].Events = true }

// Session makes the route that was registered last one of WebSockets.
func (a *App) Session(s pybridge.Session) {
	a.manifest.Routes[len(a.manifest.Routes)-1].Session = &s
}
