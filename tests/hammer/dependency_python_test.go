package hammer

import (
	"fmt"
	"slices"
	"strings"
)

const appHead = `"""Generated: the providers of random graphs."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Annotated, Any

from dependencies import (
    Book, Ledger, Missing, PyBook, V, census, closing, closing_later, handled, keep_book, opening,
)
from spikard import Provide, Request, Response, Spikard

app = Spikard()
app.provide(PyBook, Provide(keep_book))


@app.get("/census")
def counts() -> dict[str, Any]:
    kinds = (type, FunctionType, V)
    return census({n: o for n, o in globals().items() if isinstance(o, kinds)})

`

// With hooks no plan is the shim's alone.
const appHooks = `
@app.pre_handler
def gate(request: Request) -> Response | None:
    return Response("", status_code=403) if request.raw_query.endswith("&k=1") else None


@app.on_response
async def stamp(response: Response) -> None:
    response.headers["stamp"] = "1"

`

// scopeText is a handler that asks for singletons in a scope of its own.
func scopeText(graphs []*graph) string {
	var b strings.Builder
	b.WriteString("\n\n@app.get(\"/scope\")\nasync def scope() -> list[int]:\n")
	b.WriteString("    async with app.scope() as s:\n        return [\n")
	for _, n := range scoped(graphs) {
		fmt.Fprintf(&b, "            %s,\n", n.serialIn("(await s.get("+n.keyText()+"))"))
	}
	b.WriteString("        ]\n")
	return b.String()
}

// scoped are the singletons for that: those that can't fail, and whose classes the
// app has told Go of.
func scoped(graphs []*graph) []*node {
	var out []*node
	for _, g := range graphs {
		for _, n := range g.nodes {
			if n.lifetime == singleton && !n.onDemand() && (!n.kind.isGo() || g.inPython(n.number)) {
				out = append(out, n)
			}
		}
	}
	return out[:min(len(out), 20)]
}

// inPython tells whether Python asks for a node.
func (g *graph) inPython(number int) bool {
	asked := g.handler != goHandler && slices.Contains(g.needs, number)
	for _, n := range g.nodes {
		asked = asked || !n.kind.isGo() && slices.Contains(n.needs, number)
	}
	return asked
}

// source is the Python app of the graphs.
func source(graphs []*graph, hooked bool) string {
	var b strings.Builder
	b.WriteString(appHead)
	if hooked {
		b.WriteString(appHooks)
	}
	for _, g := range graphs {
		for _, n := range g.nodes {
			b.WriteString(n.classText(g))
			if !n.kind.isGo() {
				b.WriteString(n.providerText(g))
			}
		}
		if g.handler != goHandler {
			b.WriteString(g.handlerText())
		}
	}
	b.WriteString(scopeText(graphs))
	return b.String()
}

// classText is the class of the node's values, if it has one of its own.
func (n *node) classText(g *graph) string {
	switch {
	case n.kind == pyClass:
		return fmt.Sprintf("\nclass %s(V):\n    def __init__(self%s) -> None:\n%s        super().__init__(%s)\n",
			n.class(), prefixed(n.params(g)), n.checks("        "), n.opening(g))
	case n.form == ownClass:
		return fmt.Sprintf("\nclass %s(V):\n    pass\n", n.class())
	case n.form == dataClass:
		return fmt.Sprintf("\n@dataclass\nclass %s:\n    serial: int\n", n.class())
	}
	return ""
}

func prefixed(params []string) string { return ", " + strings.Join(params, ", ") }

// annotation is how Python asks for the node's value.
func (n *node) annotation() string {
	switch n.form {
	case ownClass, dataClass:
		return n.class()
	case annotated:
		return fmt.Sprintf("Annotated[V, %q]", n.name())
	default:
		return fmt.Sprintf("Annotated[Any, %q]", n.name())
	}
}

// keyText is the key of the node in Python's words.
func (n *node) keyText() string {
	if n.form == plainName {
		return fmt.Sprintf("%q", n.name())
	}
	return n.annotation()
}

// serialIn reads the serial number of the node's value.
func (n *node) serialIn(variable string) string {
	switch n.form {
	case ownClass, annotated:
		return variable + ".number()"
	case dataClass:
		return variable + ".serial"
	default:
		return variable + `["serial"]`
	}
}

// value makes the node's value from a serial number.
func (n *node) value(serial string) string {
	switch n.form {
	case ownClass, dataClass:
		return fmt.Sprintf("%s(%s)", n.class(), serial)
	case annotated:
		return fmt.Sprintf("V(%s)", serial)
	default:
		return fmt.Sprintf(`{"serial": %s}`, serial)
	}
}

// params are the parameters of what makes the node.
func (n *node) params(g *graph) []string {
	book := "Book"
	switch {
	case n.lifetime == singleton:
		book = "Ledger"
	case g.pure:
		book = "PyBook"
	}
	out := append([]string{"book: " + book}, g.paramsFor(n.needs)...)
	if n.optional {
		out = append(out, "missing: Missing | None = None")
	}
	return out
}

func (g *graph) paramsFor(needs []int) []string {
	var out []string
	for i, need := range needs {
		out = append(out, fmt.Sprintf("a%d: %s", i, g.nodes[need].annotation()))
	}
	return out
}

func (g *graph) serials(needs []int) string {
	var out []string
	for i, need := range needs {
		out = append(out, g.nodes[need].serialIn(fmt.Sprintf("a%d", i)))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func (n *node) opening(g *graph) string {
	return fmt.Sprintf("opening(book, %d, %s)", n.id(), g.serials(n.needs))
}

func (n *node) checks(indent string) string {
	if !n.optional {
		return ""
	}
	return indent + "assert missing is None\n"
}

// providerText registers the node.
func (n *node) providerText(g *graph) string {
	key := n.keyText()
	switch n.kind {
	case pyValue:
		return fmt.Sprintf("\napp.provide(%s, %s)\n", key, n.value(fmt.Sprint(n.static())))
	case pyClass:
		return fmt.Sprintf("\napp.provide(%s, Provide(%s%s))\n", key, n.class(), n.flags())
	}
	return fmt.Sprintf("\n%s\napp.provide(%s, Provide(%s%s))\n", n.factoryText(g), key, n.name(), n.flags())
}

func (n *node) flags() string {
	flags := [...]string{singleton: `, scope="singleton"`, perRequest: "", transient: `, scope="transient"`}[n.lifetime]
	if n.lazy {
		flags += ", lazy=True"
	}
	return flags
}

// factoryText is the function that makes the node's value.
func (n *node) factoryText(g *graph) string {
	var b strings.Builder
	async, gives := "", "Any"
	switch n.kind {
	case pyGenerator:
		gives = "Iterator[Any]"
	case pyAsyncGenerator, pySuspendingGenerator:
		async, gives = "async ", "AsyncIterator[Any]"
	case pyCoroutine, pySuspending:
		async = "async "
	}
	fmt.Fprintf(&b, "%sdef %s(%s) -> %s:\n%s", async, n.name(), strings.Join(n.params(g), ", "), gives, n.checks("    "))
	if n.kind.suspends() {
		b.WriteString("    await book.rest()\n")
	}
	fmt.Fprintf(&b, "    serial = %s\n", n.opening(g))
	if n.kind.closes() {
		b.WriteString(n.closingText())
	} else {
		fmt.Fprintf(&b, "    return %s\n", n.value("serial"))
	}
	return b.String()
}

func (n *node) closingText() string {
	keep := "        raise\n"
	if n.swallows {
		keep = ""
	}
	closing := "closing"
	if n.kind == pySuspendingGenerator {
		closing = "await closing_later"
	}
	return fmt.Sprintf(`    failure = None
    try:
        yield %s
    except BaseException as exc:
        failure = exc
%s    finally:
        try:
            %s(book, serial, failure)
        finally:
            failure = None
`, n.value("serial"), keep, closing)
}

// handlerText is the handler of the graph's route.
func (g *graph) handlerText() string {
	async, rest, book := "", "", "Book"
	if g.handler != pyHandler {
		async = "async "
	}
	if g.handler == pySuspendingHandler {
		rest = "    await book.rest()\n"
	}
	if g.pure {
		book = "PyBook"
	}
	params := append([]string{"r: int", "book: " + book}, g.paramsFor(g.needs)...)
	return fmt.Sprintf("\n@app.get(%q)\n%sdef handle_g%d(%s) -> dict[str, int]:\n%s    return handled(book, r, %s)\n",
		g.path(), async, g.number, strings.Join(params, ", "), rest, g.serials(g.needs))
}

func (g *graph) path() string { return fmt.Sprintf("/g%d", g.number) }
