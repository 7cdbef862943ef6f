package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite", in pure Go
)

// A deferred constraint is checked by the commit.
const schema = `
	CREATE TABLE IF NOT EXISTS accounts (id TEXT PRIMARY KEY);
	CREATE TABLE IF NOT EXISTS entries (
		account TEXT NOT NULL REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
		cents INTEGER NOT NULL
	);
	CREATE TABLE IF NOT EXISTS audit (line TEXT NOT NULL);
	INSERT INTO accounts VALUES ('bank') ON CONFLICT DO NOTHING;`

// File is where the ledger is kept.
type File string

// Pool is connections to the ledger's file. Its methods may be called from any
// goroutine.
type Pool struct {
	file File
	db   *sql.DB
}

// OpenPool opens the file to write, and gives what closes it. SQLite has one
// writer at a time: the others wait for the one connection.
func OpenPool(ctx context.Context, file File) (*Pool, func() error, error) {
	pool, err := connect(file, "_txlock", "immediate")
	if err != nil {
		return nil, nil, err
	}
	pool.db.SetMaxOpenConns(1)
	if _, err := pool.db.ExecContext(ctx, schema); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("ledger %s: %w", file, err), pool.db.Close())
	}
	return pool, pool.db.Close, nil
}

// OpenReader opens the file of a pool to read, which is possible at any time.
func OpenReader(pool *Pool) (*Pool, func() error, error) {
	reader, err := connect(pool.file, "mode", "ro")
	if err != nil {
		return nil, nil, err
	}
	return reader, reader.db.Close, nil
}

func connect(file File, option, value string) (*Pool, error) {
	path, err := filepath.Abs(string(file))
	if err != nil {
		return nil, err
	}
	uri := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)"},
		option:    {value},
	}.Encode()}
	db, err := sql.Open("sqlite", uri.String())
	return &Pool{file: file, db: db}, err
}

// Number gives the number that a query finds, or nil. Python knows it as
// app.Database's.
func (p *Pool) Number(ctx context.Context, query string, args Values) (*int64, error) {
	return number(p.db.QueryRowContext(ctx, query, args...))
}

// Lines gives the text in each row that a query finds.
func (p *Pool) Lines(ctx context.Context, query string) ([]string, error) {
	rows, err := p.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	lines := []string{}
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, rows.Err()
}

func number(row *sql.Row) (*int64, error) {
	var n int64
	err := row.Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &n, err
}
