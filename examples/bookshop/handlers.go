package main

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

func getStats(ctx context.Context, store *Store) (Stats, error) {
	return store.Stats(ctx)
}

// Shop is what app.py provides under the same name.
type Shop struct {
	Name string `json:"name"`
}

type coverInput struct {
	ID   int64 `path:"id"`
	Shop Shop  `inject:"__type__app.Shop"`
}

var coverSVG = template.Must(template.New("cover").Parse(
	`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 450" font-family="serif" text-anchor="middle">
  <rect width="300" height="450" fill="#24324a"/>
  <g fill="#f4ead5">
    <text x="150" y="170" font-size="24">{{.Title}}</text>
    <text x="150" y="215" font-size="16">{{.Author}}</text>
    <text x="150" y="420" font-size="12">{{.Shop}}, {{.Year}}</text>
  </g>
</svg>
`))

func getCover(ctx context.Context, in coverInput, store *Store) (spikard.Reply, error) {
	book, err := store.Find(ctx, in.ID)
	if err != nil {
		return spikard.Reply{}, err
	}
	if book == nil {
		return spikard.Reply{}, api.NewProblem(http.StatusNotFound, "not-found", fmt.Sprintf("No book has the id %d", in.ID))
	}
	var svg strings.Builder
	err = coverSVG.Execute(&svg, struct {
		*Book
		Shop string
	}{book, in.Shop.Name})
	return spikard.Reply{
		Header: http.Header{"Content-Type": {"image/svg+xml"}},
		Body:   []byte(svg.String()),
	}, err
}
