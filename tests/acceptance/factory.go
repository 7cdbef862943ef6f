package main

import "strings"

// factoryPrefix begins the name of each scripted factory: what follows says
// what it makes.
const factoryPrefix = "create_"

// maker is what a scripted factory makes: one value, or an object with an id of
// its own and members that tell its state.
type maker struct {
	value   *property
	members []property
	// each is what a request does to the object that it was given.
	each string
}

// property is a member's Python source, and what cases can expect of it.
type property struct {
	name, python string
	value        any
}

// anyNumber stands for a number that is known only when it is asked for.
const anyNumber = "<<number>>"

func (m maker) plain() bool { return m.value != nil }

// makerOf goes by the last word of what the factory's name says it makes.
func makerOf(factory string) maker {
	thing := made(factory)
	last := thing[strings.LastIndexByte(thing, '_')+1:]
	switch last {
	case "timestamp":
		return maker{value: &property{python: "datetime.now(timezone.utc).isoformat()", value: present}}
	case "id":
		return maker{value: &property{python: "str(uuid4())", value: anyUUID}}
	}
	id := property{"id", "str(uuid4())", anyUUID}
	is := func(name string) property { return property{name, "True", true} }
	status := func(text string) property { return property{"status", pythonString(text), text} }
	switch last {
	case "pool":
		return maker{members: []property{id, status("connected"), is("connected"), {"max_size", "10", number(10)}}}
	case "cache":
		return maker{members: []property{id, status("ready"), is("ready"), is("connected")}}
	case "service":
		return maker{members: []property{id, status("ready"), is("ready"), is("enabled"), is("active")}}
	case "counter":
		return maker{members: []property{id, {"count", "0", anyNumber}}, each: ".count += 1"}
	}
	return maker{members: []property{id, is("active"), is("connected")}}
}

// made is what a factory's name says it makes.
func made(factory string) string {
	thing := strings.TrimPrefix(factory, factoryPrefix)
	thing = strings.TrimSuffix(thing, "_with_cleanup")
	return strings.TrimSuffix(thing, "_from_config")
}

// logged is the word under which a factory with a clean-up logs what it does: a
// connection by what it leads to, all else by its kind.
func logged(factory string) string {
	thing := strings.TrimSuffix(made(factory), "_connection")
	return thing[strings.LastIndexByte(thing, '_')+1:]
}
