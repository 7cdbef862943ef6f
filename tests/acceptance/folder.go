package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// staticSetting is the setting that lists the folders of files to serve. In a
// case each has its files in it, under staticFiles.
const (
	staticSetting   = "static_files"
	staticFiles     = "files"
	staticDirectory = "directory"
)

// stage writes the files that a case's server is to serve, each folder's into
// one of its own. It gives the case with the folders' names in its settings,
// and what removes them again, which is to be called in any case.
//
// # Errors
//
// A file that has no place inside its folder.
func stage(c *Case) (*Case, func() error, error) {
	nothing := func() error { return nil }
	folders, _ := c.App.Config[staticSetting].([]any)
	if len(folders) == 0 {
		return c, nothing, nil
	}
	root, err := os.MkdirTemp("", "acceptance-")
	if err != nil {
		return nil, nothing, err
	}
	remove := func() error { return os.RemoveAll(root) }
	staged := make([]any, len(folders))
	for i := range folders {
		settings, _ := folders[i].(map[string]any)
		settings = maps.Clone(settings)
		if settings == nil {
			return nil, remove, fmt.Errorf("%s: no settings in %s", staticSetting, compact(folders[i]))
		}
		dir := filepath.Join(root, fmt.Sprint(i))
		if err := writeFolder(dir, settings[staticFiles]); err != nil {
			return nil, remove, fmt.Errorf("%s: %w", staticSetting, err)
		}
		settings[staticDirectory] = dir
		staged[i] = settings
	}
	out := *c
	out.App.Config = maps.Clone(c.App.Config)
	out.App.Config[staticSetting] = staged
	return &out, remove, nil
}

// writeFolder writes a folder, an empty one where the case lists no files.
func writeFolder(dir string, files any) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	list, _ := files.([]any)
	for _, file := range list {
		file, _ := file.(map[string]any)
		name, _ := file["path"].(string)
		content, ok := file["content"].(string)
		if !ok || !filepath.IsLocal(name) {
			return fmt.Errorf("no file in %s", compact(file))
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// isStatic says whether a path is a file's: one below a folder's prefix, or one
// of the files that are listed where the whole site is a folder.
func isStatic(c *Case, path string) bool {
	folders, _ := c.App.Config[staticSetting].([]any)
	for _, folder := range folders {
		settings, _ := folder.(map[string]any)
		prefix, _ := settings["route_prefix"].(string)
		prefix = strings.TrimSuffix(prefix, "/")
		switch {
		case prefix == "" && isListed(settings[staticFiles], path):
			return true
		case prefix != "" && (path == prefix || strings.HasPrefix(path, prefix+"/")):
			return true
		}
	}
	return false
}

// isListed says whether a path of the whole site is that of a file, or of a
// folder with an index.
func isListed(files any, path string) bool {
	list, _ := files.([]any)
	return slices.ContainsFunc(list, func(file any) bool {
		members, _ := file.(map[string]any)
		name, _ := members["path"].(string)
		return "/"+name == path || "/"+strings.TrimSuffix(name, "index.html") == path
	})
}
