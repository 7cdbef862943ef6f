package spikard

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// pythonLayer is what the apps' ServerConfigs set, as their manifests carry it:
// what is left out was left alone. Apps that share a server have to agree, but
// each may have static files of its own. Python has checked the values; their
// types are checked here.
func pythonLayer(apps []*pythonApp) (layer, []error) {
	out := layer{}
	var faults []error
	files := reflect.New(reflect.TypeFor[[]StaticFiles]()).Elem()
	for i, app := range apps {
		p := readPython(app.option.target, app.manifest.Config)
		faults = append(faults, p.faults...)
		for _, earlier := range apps[:i] {
			faults = append(faults, conflicts(earlier, app)...)
		}
		for path, value := range p.layer {
			if _, there := out[path]; !there {
				out[path] = value
			}
		}
		for j, one := range p.files {
			if one.RoutePrefix != "" {
				one.RoutePrefix = app.option.prefix + one.RoutePrefix
			}
			out[element(staticFiles, files.Len())] = given{origin: origin{inPython, element(p.place+staticFiles, j)}}
			files = reflect.Append(files, reflect.ValueOf(one))
		}
	}
	if files.Len() > 0 {
		out[staticFiles] = given{files, out[element(staticFiles, 0)].origin}
	}
	return out, faults
}

const staticFiles = "static_files"

// errNoSetting doesn't show the value: nobody knows whether it is a secret.
var errNoSetting = errors.New("this version has no such setting")

// python is one app's ServerConfig that is being read.
type python struct {
	table  table
	place  string
	layer  layer
	files  []StaticFiles
	faults []error
}

// readPython reads the fields that a manifest carries and refuses those that
// this version can't honour, each by its name.
func readPython(target string, fields map[string]json.RawMessage) *python {
	p := &python{table: newTable(), place: target + " ServerConfig.", layer: layer{}}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if err := p.read(name, fields[name]); err != nil {
			p.fault(name, err)
		}
	}
	return p
}

func (p *python) fault(path string, err error) {
	p.faults = append(p.faults, &ConfigError{Field: p.place + path, Reason: err.Error()})
}

func (p *python) read(name string, value json.RawMessage) error {
	switch name {
	case "workers":
		return onlyValue(value, "1", "this version serves from one process")
	case "graceful_shutdown":
		return onlyValue(value, "true", "this version always drains")
	}
	if s := p.table.find(name); s != nil {
		return p.readSection(s, value)
	}
	for i := range p.table.plain {
		if s := &p.table.plain[i]; s.path == name {
			return p.take(s, value)
		}
	}
	if string(value) == "null" {
		return nil
	}
	return errNoSetting
}

// take decodes a value into the layer.
func (p *python) take(s *setting, raw json.RawMessage) error {
	v, err := s.decode(raw)
	if err != nil || !v.IsValid() {
		return err
	}
	p.layer[s.path] = given{v, origin{inPython, p.place + s.path}}
	return nil
}

func (p *python) readSection(s *section, value json.RawMessage) error {
	if s.list {
		return p.readFiles(s, value)
	}
	from := origin{inPython, p.place + s.path}
	if string(value) == "null" {
		if s.onByDefault() {
			p.layer[s.path] = given{reflect.ValueOf(false), from}
		}
		return nil
	}
	p.layer[s.path] = given{reflect.ValueOf(true), from}
	return p.eachIn(s, s.path, value, p.take)
}

// readFiles reads a list of StaticFilesConfig.
func (p *python) readFiles(s *section, value json.RawMessage) error {
	var elements []json.RawMessage
	if err := json.Unmarshal(value, &elements); err != nil {
		return errors.New("the value is no list")
	}
	for i, one := range elements {
		var files StaticFiles
		err := p.eachIn(s, element(s.path, i), one, func(field *setting, raw json.RawMessage) error {
			v, err := field.decode(raw)
			if err == nil && v.IsValid() {
				reflect.ValueOf(&files).Elem().FieldByIndex(field.index).Set(v)
			}
			return err
		})
		if err != nil {
			return err
		}
		p.files = append(p.files, files)
	}
	return nil
}

// eachIn reads the members of a section's object. The object itself isn't shown
// where it is wrong: it may hold secrets.
func (p *python) eachIn(s *section, path string, value json.RawMessage, take func(*setting, json.RawMessage) error) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(value, &members); err != nil {
		return fmt.Errorf("the value is no %s", s.inner().Name())
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		at := slices.IndexFunc(s.settings, func(one setting) bool { return one.name() == name })
		err := errNoSetting
		if at >= 0 {
			err = take(&s.settings[at], members[name])
		}
		if err != nil {
			p.fault(path+"."+name, err)
		}
	}
	return nil
}

// onlyValue refuses all but the one value that is honoured.
func onlyValue(value json.RawMessage, only, why string) error {
	if string(value) == only {
		return nil
	}
	return fmt.Errorf("%s is not supported: %s", value, why)
}

// conflicts names the fields that two apps of one server set differently.
func conflicts(a, b *pythonApp) []error {
	var out []error
	for _, name := range slices.Sorted(maps.Keys(a.manifest.Config)) {
		other, both := b.manifest.Config[name]
		if name == staticFiles || !both || string(other) == string(a.manifest.Config[name]) {
			continue
		}
		out = append(out, &ConfigError{
			Field: "ServerConfig." + name,
			Reason: fmt.Sprintf("%s and %s, which share a server, set it differently",
				a.option.target, b.option.target),
		})
	}
	return out
}
