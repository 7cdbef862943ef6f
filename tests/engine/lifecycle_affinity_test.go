//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"testing"

	"github.com/spikard/spikard-go/spikard"
)

const affinityApp = `
import sqlite3

class Here(int): ...
class Words:
    def __init__(self, database: "Database"):
        self.connection = database.connection
class Database:
    def __init__(self):
        self.connection = sqlite3.connect(":memory:")

# None of these has an await, but a handler that uses it has.
async def here():
    return Here(threading.get_ident())

async def database():
    opened = Database()
    yield opened
    opened.connection.close()
    say("closed")

@asynccontextmanager
async def lifespan(app):
    app.lifespan = threading.get_ident()
    yield

app = Spikard(lifespan=lifespan)
app.provide(Here, Provide(here, singleton=True))
app.provide(Database, Provide(database, singleton=True))
app.provide(Words, Provide(Words, singleton=True))

@app.on_startup
async def up():
    app.up = threading.get_ident()

@app.get("/")
async def index(here: Here, database: Database):
    await asyncio.sleep(0)
    loop = threading.get_ident()
    row = database.connection.execute("select 7").fetchone()
    return [row[0], here == loop, app.lifespan == loop, app.up == loop]

@app.get("/words")
async def words(words: Words):
    return words.connection.execute("select 8").fetchone()[0]

@app.get("/inline")
async def inline(request: Request):
    return threading.get_ident() == app.up
`

// TestLifecycleAffinity has what belongs to the thread that made it, as sqlite3's
// connections do, be made and closed on the event loop's by asynchronous code.
func TestLifecycleAffinity(t *testing.T) {
	t.Parallel()
	p := newProgram(t, spikard.Config{}, affinityApp)
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := p.get(t, "/"); got.text != `[7,true,true,true]` {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	if got := p.get(t, "/words"); got.text != "8" {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	if got := p.get(t, "/inline"); got.text != "false" {
		t.Errorf("a handler that uses nothing of the loop's: %d %s", got.StatusCode, got.text)
	}
	p.stop(t)
	p.trail.check(t, "closed")
}
