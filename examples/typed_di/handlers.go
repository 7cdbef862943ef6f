package main

import (
	"context"
	"net/http"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// NewAccount is an account to be opened, with what is paid in.
type NewAccount struct {
	ID    string `json:"id"`
	Cents int64  `json:"cents"`
}

type openInput struct {
	Account NewAccount `body:"json"`
}

// openAccount works in the same transaction as Python's part of the request
// would: there is one for each request, whoever asks.
func openAccount(ctx context.Context, in openInput, uow *UnitOfWork) (spikard.Reply, error) {
	id, cents := in.Account.ID, in.Account.Cents
	added, err := uow.Execute(ctx, "INSERT INTO accounts VALUES (?) ON CONFLICT DO NOTHING", Values{id})
	if err == nil && added == 0 {
		err = api.NewProblem(http.StatusConflict, "conflict", "There is an account "+id)
	}
	if err == nil && cents != 0 {
		_, err = uow.Execute(ctx, "INSERT INTO entries VALUES (?, ?)", Values{id, cents})
	}
	return spikard.Reply{Status: http.StatusCreated, Body: in.Account}, err
}

type quoteInput struct {
	Cents int64 `path:"cents"`
}

// Quote is what a transfer would cost.
type Quote struct {
	Fee int64 `json:"fee"`
}

func getQuote(in quoteInput, fees *Fees) Quote {
	return Quote{Fee: fees.Of(in.Cents)}
}

type auditInput struct {
	Reader *Pool `inject:"app.Database#reader"`
}

func listAudit(ctx context.Context, in auditInput) ([]string, error) {
	return in.Reader.Lines(ctx, "SELECT line FROM audit ORDER BY rowid")
}
