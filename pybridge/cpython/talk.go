//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
	"github.com/spikard/spikard-go/pybridge/wire"
)

var errNobody = errors.New("there is no client to talk with: the request is over, or the code runs outside of one")

// talker is a call with a channel, as Python code that asks for it finds it.
type talker struct {
	ctx     context.Context
	channel pybridge.Channel
	half    *half // nil on a request's own thread
}

// talker finds the call that is meant: that of the ticket, if there is one, and
// never another in its place.
func (a *app) talker(current *shim.Frame, ask shim.Ask) (talker, error) {
	ticket := ask.Ticket
	if ticket == 0 {
		ticket = ask.Caller
	}
	if h := a.interpreter.tickets.ofCall(a, ticket); h != nil && h.call.channel != nil {
		return talker{h.ctx, h.call.channel, h}, nil
	}
	if current != nil && ticket == 0 {
		if c := callOf(*current); c.channel != nil {
			return talker{c.ctx, c.channel, nil}, nil
		}
	}
	return talker{}, errNobody
}

// talk does what Python waits for.
func (t talker) talk(ctx context.Context, ask shim.Ask) (told shim.Told) {
	switch ask.Kind {
	case shim.AskBegin:
		var head pybridge.Head
		if told.Err = json.Unmarshal(ask.Data, &head); told.Err == nil {
			told.Err = t.channel.Open(ctx, head)
		}
	case shim.AskSend:
		told = sent(t.channel.Send(ctx, pybridge.MessageKind(ask.Number), ask.Data))
	case shim.AskReceive:
		told = t.wait()
	case shim.AskJoin:
		told.Err = t.join(ask)
	case shim.AskGone:
		var out wire.Writer
		out.Bool(t.ctx.Err() != nil)
		told.Data = out.Bytes()
	}
	return told
}

// sent is None, or the code and the reason of a session that is over.
func sent(err error) shim.Told {
	var closed *pybridge.SessionClosedError
	if !errors.As(err, &closed) {
		return shim.Told{Err: err}
	}
	var out wire.Writer
	out.Tuple(2)
	out.Int(int64(closed.Code))
	out.Str(closed.Reason)
	return shim.Told{Data: out.Bytes()}
}

// wait waits for a message.
func (t talker) wait() shim.Told {
	told := make(chan shim.Told, 1)
	t.channel.Receive(func(m pybridge.Message, err error) { told <- received(m, err) })
	return <-told
}

// received is a message as Python gets it: its kind, and bytes, a str, a value, or
// a code and a reason.
func received(m pybridge.Message, err error) shim.Told {
	if err != nil {
		return shim.Told{Err: err}
	}
	var out wire.Writer
	out.Tuple(2)
	out.Int(int64(m.Kind))
	switch m.Kind {
	case pybridge.MessageText:
		out.Str(string(m.Data))
	case pybridge.MessageValue:
		out.Encoded(m.Data)
	case pybridge.MessageClose:
		out.Tuple(2)
		out.Int(int64(m.Code))
		out.Str(m.Reason)
	case pybridge.MessageEnd:
		out.Null()
	default:
		out.Raw(m.Data)
	}
	return shim.Told{Data: out.Bytes()}
}

// begin does what Python awaits: a question for a message waits without a
// goroutine of its own, for a session may be silent for hours.
func (t talker) begin(a *app, ask shim.Ask) (uint64, bool) {
	if ask.Kind != shim.AskReceive {
		return a.operations.begin(t.ctx, func(ctx context.Context) {
			t.tell(a, ask, t.talk(ctx, ask))
		})
	}
	number, ok := a.operations.expect()
	if !ok {
		return 0, false
	}
	cancel := t.channel.Receive(func(m pybridge.Message, err error) {
		t.tell(a, ask, received(m, err))
		a.operations.end(number)
	})
	a.operations.cancelled(number, cancel)
	return number, true
}

func (t talker) tell(a *app, ask shim.Ask, told shim.Told) {
	if t.half != nil {
		t.half.cancelFirst()
	}
	a.loop.tell(finished{ask: ask, told: told})
}

// join has the session join a group, or leave it.
func (t talker) join(ask shim.Ask) error {
	member, ok := t.channel.(pybridge.Member)
	if !ok {
		return errors.New("groups are for sessions: the client of this request has none")
	}
	group, _ := shim.Text(ask.Data)
	if ask.Number == 1 {
		member.Join(group)
	} else {
		member.Leave(group)
	}
	return nil
}

// cast sends a message to a group, and tells how many get it.
func (a *app) cast(ask shim.Ask) ([]byte, error) {
	host, ok := a.host.(pybridge.Broadcaster)
	if !ok {
		return nil, errors.New("broadcast: the Go program has no groups")
	}
	var except pybridge.Channel
	if h := a.interpreter.tickets.ofCall(a, ask.Ticket); h != nil {
		except = h.call.channel
	}
	group, message := shim.Text(ask.Data)
	var out wire.Writer
	out.Int(int64(host.Broadcast(group, pybridge.MessageKind(ask.Number), message, except)))
	return out.Bytes(), nil
}
