package main

import "fmt"

// variants are the ways in which a case's handler may be written. One that
// sleeps is a coroutine in one run and a plain function, which keeps its thread,
// in the other: the case says nothing of it, and both must come out as it wants.
// So it is with what is sent in parts, with work in the background, and with
// sessions, whose handler takes messages in one run and the socket in the other.
func variants(c *Case) []*Case {
	if !hasVariants(c) {
		return []*Case{c}
	}
	blocking := *c
	blocking.App.blocking = true
	return []*Case{c, &blocking}
}

func hasVariants(c *Case) bool {
	switch {
	case c.Raw != nil:
		return c.Raw.takesSocket()
	case c.Proto != "http" || c.Grade.Use == UseReply:
		return false
	}
	script, _ := scriptOf(c)
	_, settles := script.(settlingScript)
	return settles || c.App.SleepMS > 0
}

// sleeping gives the keyword of the handler's definition, and the statement by
// which it sleeps.
func (p *program) sleeping(c *Case) (kind, statement string) {
	switch {
	case c.App.SleepMS <= 0:
		return "def", ""
	case c.App.blocking:
		p.takes("time", "sleep")
		return "def", fmt.Sprintf("    sleep(%d / 1000)\n", c.App.SleepMS)
	}
	p.stdlib["asyncio"] = nil
	return "async def", fmt.Sprintf("    await asyncio.sleep(%d / 1000)\n", c.App.SleepMS)
}
