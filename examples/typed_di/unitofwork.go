package main

import (
	"context"
	"database/sql"
)

// UnitOfWork is a request's transaction. Its methods may be called from any
// goroutine.
type UnitOfWork struct{ tx *sql.Tx }

// NewUnitOfWork begins a transaction. What it gives with it ends the request: it
// commits, or rolls back if there was a failure.
func NewUnitOfWork(ctx context.Context, pool *Pool) (*UnitOfWork, func(failure error) error, error) {
	tx, err := pool.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	return &UnitOfWork{tx}, func(failure error) error {
		if failure != nil {
			return tx.Rollback()
		}
		return tx.Commit()
	}, nil
}

// Execute runs a statement and gives the number of rows that it changed.
func (u *UnitOfWork) Execute(ctx context.Context, statement string, args Values) (int64, error) {
	result, err := u.tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Number gives the number that a query finds, or nil.
func (u *UnitOfWork) Number(ctx context.Context, query string, args Values) (*int64, error) {
	return number(u.tx.QueryRowContext(ctx, query, args...))
}
