package main

import (
	"fmt"
	"slices"
	"strings"
)

// word is what an append hook calls itself in the list that it adds to: by the
// words that the case expects somewhere it is its name there, its handler's, or
// the last word of that. The order is left to the run.
func (h *hook) word(c *Case) string {
	expected := map[string]bool{}
	for _, step := range c.Steps {
		for _, text := range texts(step.Expect.Body) {
			expectWords(expected, text)
		}
		for _, value := range step.Expect.Headers {
			expectWords(expected, value)
		}
	}
	for _, word := range []string{h.name, h.handler} {
		if word != "" && expected[word] {
			return word
		}
	}
	return h.handler[strings.LastIndexByte(h.handler, '_')+1:]
}

func expectWords(expected map[string]bool, text string) {
	letter := func(r rune) bool {
		return r == '_' || r == '-' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !letter(r) }) {
		expected[word] = true
	}
}

// texts are all the texts of a JSON value.
func texts(v any) []string {
	var out []string
	switch v := v.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, item := range v {
			out = append(out, texts(item)...)
		}
	case map[string]any:
		for _, item := range v {
			out = append(out, texts(item)...)
		}
	}
	return out
}

// orderWords are the words of a case's append hooks.
func orderWords(c *Case) []string {
	hooks, err := hooksOf(c)
	if err != nil {
		return nil
	}
	var words []string
	for _, h := range hooks {
		if slices.Contains(h.leaves, "order") {
			words = append(words, h.word(c))
		}
	}
	return words
}

// orderHeaders are the expected headers that tell the order of the append hooks,
// as Python expressions.
func orderHeaders(c *Case) map[string]string {
	headers := map[string]string{}
	words := orderWords(c)
	for _, step := range c.Steps {
		for name, value := range step.Expect.Headers {
			if separator, ok := separatorOf(value, words); ok && !ownedByFramework(name) {
				headers[name] = joinedOrder(separator)
			}
		}
	}
	return headers
}

func joinedOrder(separator string) string {
	return fmt.Sprintf("%s.join(order(request))", pythonString(separator))
}

// separatorOf says what stands between the words in a text that is all of them,
// in any order.
func separatorOf(text string, words []string) (string, bool) {
	if len(words) == 0 {
		return "", false
	}
	between, marked := "", text
	for _, word := range words {
		if !strings.Contains(marked, word) {
			return "", false
		}
		marked = strings.Replace(marked, word, "\x00", 1)
	}
	parts := strings.Split(marked, "\x00")
	for i, part := range parts {
		switch {
		case i == 0 || i == len(parts)-1:
			if part != "" {
				return "", false
			}
		case i == 1:
			between = part
		case part != between:
			return "", false
		}
	}
	return between, true
}

// isOrder says whether a list is made of the words.
func isOrder(list []any, words []string) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(item any) bool {
		word, ok := item.(string)
		return !ok || !slices.Contains(words, word)
	})
}
