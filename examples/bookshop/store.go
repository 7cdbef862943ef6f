package main

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite", in pure Go
)

// Book is one book of the catalogue. Its price is in cents.
type Book struct {
	ID int64 `json:"id"`
	NewBook
}

// NewBook is a book that has no id yet.
type NewBook struct {
	Title  string `json:"title"`
	Author string `json:"author"`
	Year   int    `json:"year"`
	Price  int64  `json:"price"`
}

// Search says which books to find. Empty texts and a missing price match all.
type Search struct {
	Q        string `json:"q"`
	Author   string `json:"author"`
	MaxPrice *int64 `json:"max_price"`
	Limit    int    `json:"limit"`
	Offset   int    `json:"offset"`
}

// Page is a part of what a search found, and how much there is in all.
type Page struct {
	Books []Book `json:"books"`
	Total int    `json:"total"`
}

// Stats sums the catalogue up.
type Stats struct {
	Books    int   `json:"books"`
	Authors  int   `json:"authors"`
	Cheapest int64 `json:"cheapest"`
	Dearest  int64 `json:"dearest"`
}

const (
	matching = `FROM books
		WHERE (:q = '' OR instr(lower(title), lower(:q)))
		AND (:author = '' OR instr(lower(author), lower(:author)))
		AND (:max_price IS NULL OR price <= :max_price)`
	searchSQL = `SELECT id, title, author, year, price ` + matching + ` ORDER BY id LIMIT :limit OFFSET :offset`
	countSQL  = `SELECT count(*) ` + matching
	findSQL   = `SELECT id, title, author, year, price FROM books WHERE id = ?`
	addSQL    = `INSERT INTO books (title, author, year, price) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`
	statsSQL  = `SELECT count(*), count(DISTINCT author), min(price), max(price) FROM books`
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store keeps the catalogue in a SQLite file. Python knows it as app.Store.
//
// # Concurrency
//
// Between Open and Close, its methods may be called from any goroutine.
type Store struct {
	file                            string
	db                              *sql.DB
	search, count, find, add, stats *sql.Stmt
}

// NewStore gives a store that is still to be opened.
func NewStore(file string) *Store { return &Store{file: file} }

// Open opens the file, making it and its folder if need be, brings its schema
// up to date and prepares the statements.
func (s *Store) Open(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("catalogue %s: %w", s.file, err), s.Close())
		}
	}()
	path, err := filepath.Abs(s.file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	uri := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)"},
		"_txlock": {"immediate"},
	}.Encode()}
	if s.db, err = sql.Open("sqlite", uri.String()); err != nil {
		return err
	}
	// SQLite has one writer at a time; the others go on reading.
	s.db.SetMaxOpenConns(4)
	s.db.SetMaxIdleConns(4)
	if err := migrate(ctx, s.db); err != nil {
		return err
	}
	for text, stmt := range map[string]**sql.Stmt{
		searchSQL: &s.search, countSQL: &s.count, findSQL: &s.find, addSQL: &s.add, statsSQL: &s.stats,
	} {
		if *stmt, err = s.db.PrepareContext(ctx, text); err != nil { //nolint:sqlclosecheck // Close closes them
			return err
		}
	}
	return nil
}

// Close closes the file, and with it the statements.
func (s *Store) Close() error {
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}

// migrate runs the migrations that the file hasn't seen. Its user_version
// counts those that it has.
func migrate(ctx context.Context, db *sql.DB) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(names) {
		return fmt.Errorf("its schema has version %d, this program knows %d", version, len(names))
	}
	for _, name := range names[version:] {
		script, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(script)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(names))); err != nil {
		return err
	}
	return tx.Commit()
}

// Search gives a page of the books that match.
func (s *Store) Search(ctx context.Context, by Search) (Page, error) {
	filter := []any{sql.Named("q", by.Q), sql.Named("author", by.Author), sql.Named("max_price", by.MaxPrice)}
	page := Page{Books: []Book{}}
	if err := s.count.QueryRowContext(ctx, filter...).Scan(&page.Total); err != nil {
		return Page{}, err
	}
	rows, err := s.search.QueryContext(ctx, append(filter, sql.Named("limit", by.Limit), sql.Named("offset", by.Offset))...)
	if err != nil {
		return Page{}, err
	}
	defer rows.Close()
	for rows.Next() {
		var b Book
		if err := rows.Scan(&b.ID, &b.Title, &b.Author, &b.Year, &b.Price); err != nil {
			return Page{}, err
		}
		page.Books = append(page.Books, b)
	}
	return page, rows.Err()
}

// Find gives the book with an id, or nil.
func (s *Store) Find(ctx context.Context, id int64) (*Book, error) {
	var b Book
	err := s.find.QueryRowContext(ctx, id).Scan(&b.ID, &b.Title, &b.Author, &b.Year, &b.Price)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &b, err
}

// Add puts a book into the catalogue. It gives nil when the author's book of
// that title is there already.
func (s *Store) Add(ctx context.Context, b NewBook) (*Book, error) {
	added := Book{NewBook: b}
	err := s.add.QueryRowContext(ctx, b.Title, b.Author, b.Year, b.Price).Scan(&added.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &added, err
}

// Stats sums the catalogue up.
func (s *Store) Stats(ctx context.Context) (st Stats, err error) {
	err = s.stats.QueryRowContext(ctx).Scan(&st.Books, &st.Authors, &st.Cheapest, &st.Dearest)
	return st, err
}
