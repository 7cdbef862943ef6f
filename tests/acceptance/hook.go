package main

import (
	"fmt"
	"slices"
	"strings"
)

// hooksSetting is the setting that lists hooks by their stage.
const hooksSetting = "lifecycle_hooks"

// The stages, in the order in which they come in a request.
const (
	onRequest     = "on_request"
	preValidation = "pre_validation"
	preHandler    = "pre_handler"
	onError       = "on_error"
	onResponse    = "on_response"
)

var (
	requestStages = []string{onRequest, preValidation, preHandler}
	hookStages    = append(slices.Clone(requestStages), onError, onResponse)
)

// hookLevels are what a hook can belong to, in the order in which they run.
// Cases that name no level mean the app.
var hookLevels = []string{"app", "router", "route"}

// hook is one use of a scripted hook.
type hook struct {
	hookScript
	stage, handler, level string
	// name is the case's word for it.
	name string
	// function is its name in the app.
	function string
	config   map[string]any
}

func hasHooks(c *Case) bool {
	stages, _ := c.App.Config[hooksSetting].(map[string]any)
	return len(stages) > 0
}

// hooksOf reads a case's hooks, in the order in which they are to run.
//
// # Errors
//
// A stage, a level or a hook that there is no script for.
func hooksOf(c *Case) ([]*hook, error) {
	stages, _ := c.App.Config[hooksSetting].(map[string]any)
	for stage := range stages {
		if !slices.Contains(hookStages, stage) {
			return nil, fmt.Errorf("no stage %q", stage)
		}
	}
	var hooks []*hook
	used := map[string]int{}
	for _, stage := range hookStages {
		list, _ := stages[stage].([]any)
		start := len(hooks)
		for _, item := range list {
			h, err := hookOf(stage, item)
			if err != nil {
				return nil, err
			}
			used[h.handler]++
			if n := used[h.handler]; n > 1 {
				h.function = fmt.Sprintf("%s_%d", h.handler, n)
			}
			hooks = append(hooks, h)
		}
		slices.SortStableFunc(hooks[start:], func(a, b *hook) int {
			return slices.Index(hookLevels, a.level) - slices.Index(hookLevels, b.level)
		})
	}
	return hooks, nil
}

func hookOf(stage string, item any) (*hook, error) {
	members, _ := item.(map[string]any)
	h := &hook{stage: stage, level: hookLevels[0]}
	h.handler, _ = members["handler"].(string)
	h.name, _ = members["name"].(string)
	h.config, _ = members["config"].(map[string]any)
	h.function = h.handler
	if level, ok := members["level"].(string); ok {
		h.level = level
	}
	var known bool
	if h.hookScript, known = hookScripts()[h.handler]; !known {
		return nil, fmt.Errorf("%s: no script for the hook %s", stage, compact(item))
	}
	if !slices.Contains(h.stages, stage) {
		return nil, fmt.Errorf("the hook %s is none of %s", h.handler, stage)
	}
	if !slices.Contains(hookLevels, h.level) {
		return nil, fmt.Errorf("the hook %s: no level %q", h.handler, h.level)
	}
	return h, nil
}

// isBefore says that the hook runs ahead of the handler.
func (h *hook) isBefore() bool { return slices.Contains(requestStages, h.stage) }

// signature is that of its function.
func (h *hook) signature() string {
	switch h.stage {
	case onResponse:
		return "response: Response, request: Request"
	case onError:
		return "error: Exception, request: Request"
	}
	return "request: Request"
}

// decorator registers the hook, but for one of a route, which its route names.
func (h *hook) decorator() string {
	if h.level == "route" {
		return ""
	}
	return "@" + h.level + "." + h.stage + "\n"
}

// routeHooks are the keywords that give a route hooks of its own.
func routeHooks(hooks []*hook) []string {
	var keywords []string
	for _, stage := range hookStages {
		var names []string
		for _, h := range hooks {
			if h.stage == stage && h.level == "route" {
				names = append(names, h.function)
			}
		}
		if len(names) > 0 {
			keywords = append(keywords, stage+"=["+strings.Join(names, ", ")+"]")
		}
	}
	return keywords
}
