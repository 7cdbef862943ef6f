package main

import (
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// diCase is a case about dependency injection with a route GET /d.
func diCase(t *testing.T, di, steps string) *Case {
	t.Helper()
	c, err := decodeCase([]byte(`{"id":"d","category":"di","proto":"http","app":{"route":{"method":"GET","path":"/d","params":{}},
		"di":` + di + `,"background":{"state_path":"/log","state_key":"seen"}},"steps":[` + steps + `],
		"grade":{"use":"feature","check":["status","body","steps"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func diStep(target, expect string) string {
	return `{"request":{"method":"GET","target":"` + target + `","headers":{}},"expect":` + expect + `}`
}

// lifetimes has one dependency of each kind.
const lifetimes = `{"dependencies":{
	"settings":{"type":"value","value":{"size":3,"a-b":"c"}},
	"app_counter":{"type":"factory","factory":"create_app_counter","depends_on":["settings"],"singleton":true,"cacheable":false},
	"stamp":{"type":"factory","factory":"create_request_id","singleton":false,"cacheable":false},
	"first_service":{"type":"factory","factory":"create_first_service","depends_on":["stamp","app_counter"],"cacheable":true},
	"session":{"type":"async_factory","factory":"create_db_session_with_cleanup","depends_on":["stamp","first_service"],"cleanup":true}},
	"handler_dependencies":["session","first_service"]}`

// TestDIApps compares whole generated apps with goldens.
func TestDIApps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*Case{
		"di_lifetimes": diCase(t, lifetimes, diStep("/d", `{"status":200,"body":{"session_id":"<<uuid>>","count":1,"a-b":"c"}}`)+","+
			diStep("/log", `{"status":200,"body":{"seen":[]}}`)+","+
			diStep("/d", `{"status":201,"body":{"count":2,"has_first":true}}`)),
		"di_types": diCase(t, `{"dependencies":{
			"lock":{"type":"value","value":{"maker":"Lips"},"python_type":"Lock"},
			"door_service":{"type":"factory","factory":"create_door_service","depends_on":["lock"],"python_type":"DoorService"},
			"town":{"type":"value","value":"Delft","python_type":"str"}},
			"handler_dependencies":["door_service","town"],"injection_strategy":"type",
			"route_overrides":{"lock":{"type":"value","value":{"maker":"Yale"},"python_type":"Lock"}}}`,
			diStep("/d", `{"status":200,"body":{"door_status":"ready","lock_maker":"Yale","town":"Delft","note":"closed"}}`)),
		"di_missing": diCase(t, `{"dependencies":{"a-b":{"type":"value","value":1}},"handler_dependencies":["a-b","gone"],
			"injection_strategy":"keyword_args"}`, diStep("/d", `{"status":500}`)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := dependencies{}.app(c)
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, filepath.Join("testdata", name+".py.golden"), got)
		})
	}
}

// TestDIWithoutRule refuses what no rule covers.
func TestDIWithoutRule(t *testing.T) {
	t.Parallel()
	ok := diStep("/d", `{"status":200}`)
	for name, tt := range map[string]struct{ di, step, want string }{
		"kind":       {`{"dependencies":{"x":{"type":"class"}}}`, ok, `dependency x: no rule for the type "class"`},
		"factory":    {`{"dependencies":{"x":{"type":"factory","factory":"os.remove"}}}`, ok, `no scripted factory "os.remove"`},
		"not given":  {`{"dependencies":{"x":{"type":"value","value":1}},"handler_dependencies":["x"]}`, diStep("/d", `{"status":200,"body":{"y":2}}`), "no rule explains"},
		"own words":  {`{"dependencies":{"x":{"type":"value","value":1}},"handler_dependencies":["x"]}`, diStep("/d", `{"status":200,"body":{"said":"y"}}`), "no rule explains"},
		"not a uuid": {`{"dependencies":{"x":{"type":"value","value":1}},"handler_dependencies":["x"]}`, diStep("/d", `{"status":200,"body":{"x":1,"id":"<<uuid>>"}}`), "no rule explains"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := dependencies{}.app(diCase(t, tt.di, tt.step))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ dependencies, member, want, text string }{
		"a dependency":        {`{"town":{"type":"value","value":"Delft"}}`, "town", `"Delft"`, "town"},
		"a whole object":      {`{"db":{"type":"value","value":{"a":{"b":1}}}}`, "db", `{"a":{"b":1}}`, `{"a": {"b": db["a"]["b"]}}`},
		"a member":            {`{"db":{"type":"value","value":{"mode":"x"}}}`, "mode", `"x"`, `db["mode"]`},
		"of two, what fits":   {`{"a":{"type":"value","value":{"mode":"x"}},"b":{"type":"value","value":{"mode":"y"}}}`, "mode", `"y"`, `b["mode"]`},
		"another value":       {`{"db":{"type":"value","value":{"mode":"x"}}}`, "mode", `"y"`, `db["mode"]`},
		"with a prefix":       {`{"db_pool":{"type":"value","value":{"status":"up"}}}`, "pool_status", `"up"`, `db_pool["status"]`},
		"with a short one":    {`{"database":{"type":"value","value":{"name":"x"}}}`, "db_name", `"x"`, `database["name"]`},
		"by the value":        {`{"db":{"type":"value","value":{"name":"x"}}}`, "engine", `"x"`, `db["name"]`},
		"two have the value":  {`{"a":{"type":"value","value":"x"},"b":{"type":"value","value":"x"}}`, "engine", `"x"`, ""},
		"a new id":            {`{"request_id":{"type":"factory","factory":"create_request_id"}}`, "trace", `"<<uuid>>"`, "request_id"},
		"an object's id":      {`{"session":{"type":"factory","factory":"create_session"}}`, "session", `"<<uuid>>"`, "session.id"},
		"a state":             {`{"db_pool":{"type":"factory","factory":"create_db_pool"}}`, "max_size", `10`, "db_pool.max_size"},
		"not a factory's":     {`{"db_pool":{"type":"factory","factory":"create_db_pool"}}`, "max_size", `11`, ""},
		"a count":             {`{"hits":{"type":"factory","factory":"create_app_counter"}}`, "count", `7`, "hits.count"},
		"below a service":     {`{"s":{"type":"factory","factory":"create_s_service","depends_on":["cfg"]}}`, "ttl", `60`, `s.cfg["ttl"]`},
		"that one is there":   {`{"s":{"type":"factory","factory":"create_s_service","depends_on":["db_pool"]}}`, "has_db", `true`, "s.db_pool is not None"},
		"that none is there":  {`{"s":{"type":"factory","factory":"create_s_service","depends_on":["db_pool"]}}`, "has_mail", `true`, ""},
		"nothing of the kind": {`{"db":{"type":"value","value":{"mode":"x"}}}`, "size", `5`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := diCase(t, `{"dependencies":`+tt.dependencies+`}`, diStep("/d", `{"status":200}`))
			for key, d := range map[string]Dependency{
				"cfg":     {Type: "value", Value: decoded(t, `{"ttl":60}`)},
				"db_pool": {Type: "factory", Factory: "create_db_pool"},
			} {
				if _, given := c.App.DI.Dependencies[key]; !given && strings.Contains(tt.dependencies, "depends_on") {
					c.App.DI.Dependencies[key] = d
				}
			}
			w, err := wire(c.App.DI)
			if err != nil {
				t.Fatal(err)
			}
			var roots []*injected
			for _, d := range w.sorted() {
				if strings.Contains(tt.dependencies, `"`+d.key+`":`) {
					roots = append(roots, w.tree(d.key, d.key, nil))
				}
			}
			text, ok := explain(tt.member, decoded(t, tt.want), roots)
			if text != tt.text || ok != (tt.text != "") {
				t.Errorf("got %q, %t, want %q", text, ok, tt.text)
			}
		})
	}
}

// TestBuilds counts the runs of the factories of each lifetime.
func TestBuilds(t *testing.T) {
	t.Parallel()
	w, err := wire(diCase(t, lifetimes, diStep("/d", `{"status":200}`)).App.DI)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []map[string]int{
		{"create_app_counter": 1},
		{"create_app_counter": 1, "create_request_id": 2, "create_first_service": 1, "create_db_session_with_cleanup": 1},
		{"create_app_counter": 1, "create_request_id": 4, "create_first_service": 2, "create_db_session_with_cleanup": 2},
	} {
		got := w.builds(n)
		maps.DeleteFunc(got, func(_ string, times int) bool { return times == 0 })
		if !maps.Equal(got, want) {
			t.Errorf("after %d requests: got %v, want %v", n, got, want)
		}
	}
}

// TestDIAnswers plays a case against servers that answer right and wrong.
func TestDIAnswers(t *testing.T) {
	t.Parallel()
	told := diCase(t, `{"dependencies":{"app_counter":{"type":"factory","factory":"create_app_counter","singleton":true}},
		"handler_dependencies":["app_counter"]}`, diStep("/d", `{"status":200,"body":{"count":1}}`))
	refused := diCase(t, `{"handler_dependencies":["gone"]}`, diStep("/d", `{"status":500,"body":{"status":500,"errors":[{"dependency_key":"gone"}]}}`))
	for name, tt := range map[string]struct {
		c              *Case
		reached, built string
		status         int
		body, want     string
	}{
		"right":             {told, "hit", `{"create_app_counter":1}`, 200, `{"count":1}`, ""},
		"another answer":    {told, "hit", `{"create_app_counter":1}`, 200, `{"count":2}`, "body.count is 2"},
		"another status":    {told, "hit", `{"create_app_counter":1}`, 201, `{"count":1}`, "status 201"},
		"made twice":        {told, "hit", `{"create_app_counter":2}`, 200, `{"count":1}`, "have run map[create_app_counter:2] times"},
		"made by none":      {told, "hit", `{}`, 200, `{"count":1}`, "have run map[] times"},
		"not told":          {told, "hit", ``, 200, `{"count":1}`, "header X-Built"},
		"not reached":       {told, "", `{"create_app_counter":1}`, 200, `{"count":1}`, "handler reached: false"},
		"refused":           {refused, "", "", 500, `{"status":500,"errors":[{"dependency_key":"gone"}]}`, ""},
		"refused for other": {refused, "", "", 500, `{"status":500,"errors":[{"dependency_key":"lost"}]}`, "errors[0]"},
		"refused by app":    {refused, "hit", "", 500, `{"status":500,"errors":[{"dependency_key":"gone"}]}`, "handler reached: true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := play(tt.c, served(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set(reachedHeader, tt.reached)
				w.Header().Set(builtHeader, tt.built)
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			})))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
	for c, want := range map[*Case]bool{told: false, refused: true} {
		if s, err := styleOf(c); err != nil || s.withFaults != want {
			t.Errorf("served with faults: %t (%v), want %t", s.withFaults, err, want)
		}
	}
}
