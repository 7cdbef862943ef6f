package main

import (
	"context"

	"github.com/spikard/spikard-go/pybridge"
)

// Fees says what a request's transfers cost. Its methods may be called from any
// goroutine.
type Fees struct{ permille int64 }

// FeesNeeds are what NewFees is given.
type FeesNeeds struct {
	Policy pybridge.Object `inject:"app.FeePolicy"`
}

// NewFees asks the policy, which is an object of Python's.
func NewFees(ctx context.Context, needs FeesNeeds) (*Fees, error) {
	permille, err := pybridge.Call[int64](ctx, needs.Policy, "permille")
	return &Fees{permille}, err
}

// Of gives the fee for an amount, rounded up to a cent.
func (f *Fees) Of(cents int64) int64 { return (cents*f.permille + 999) / 1000 }
