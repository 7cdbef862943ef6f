package di_test

import (
	"slices"
	"testing"

	"github.com/spikard/spikard-go/di"
)

// bothLanguages is a graph of Go and Python with every kind of fault, and with
// ties, weak and lazy providers and replacements.
func bothLanguages() *di.Registry {
	goProvider := func(name string, lifetime di.Lifetime, line int, needs ...string) di.Provider {
		p := provider(name, lifetime, line, needs...)
		p.Source.File = "shop/store.go"
		for i := range p.Needs {
			p.Needs[i].Source = p.Source
		}
		return p
	}
	r := registry(
		// A Go type and a Python class that are one, and each has a provider.
		goProvider("*shop/store.Store", single, 10),
		foreign("store.Store", request, 20),
		// Go needs what Python would have provided under another module.
		goProvider("*shop/store.Cart", request, 30, "models.User"),
		foreign("app.models.User", request, 40, "app.db.Session"),
		// A circle over both languages.
		goProvider("*shop/store.Audit", request, 50, "app.Clock"),
		foreign("app.Clock", request, 60, "*shop/store.Audit"),
		// A singleton of Go that needs a request value of Python's.
		goProvider("*shop/store.Pool", single, 70, "app.db.Session"),
		foreign("app.db.Session", request, 80),
		// Malformed.
		lazy(foreign("app.Cache", request, 90)),
		// Sound.
		yielding(goProvider("*slog.Logger", single, 100)),
		goProvider("*slog.Logger", request, 110),
		lazy(goProvider("*shop/store.Index", single, 120)),
		goProvider("*shop/store.Report", request, 130, "app.db.Session", "?shop.Search"),
	)
	r.Alias(di.TypeKey("store.Store"), di.TypeKey("*shop/store.Store"), at(5))
	r.Alias(di.TypeKey("shop.Search"), di.TypeKey("*shop/store.Index"), at(6))
	r.Alias(di.TypeKey("store.Mailer"), di.TypeKey("*shop/store.Mailer"), at(7))
	replacement := goProvider("*store.Index", single, 140)
	replacement.Source.File = "shop/store_test.go"
	r.Replace(replacement)
	r.Add(goProvider("*shop/store.Payments", request, 150))
	fake := provider("*shop/store.Payments", single, 160)
	fake.Source.File = "shop/store_test.go"
	r.Replace(fake)
	return r
}

func TestFaultsOfBothLanguages(t *testing.T) {
	t.Parallel()
	err := bothLanguages().Seal([]di.Need{
		handler("app.cart, parameter cart", "*shop/store.Cart", 1),
		handler("app.audit, parameter audit", "app.Clock", 2),
		handler("app.mail, parameter mailer", "store.Mailer", 3),
		handler("app.list, parameter store", "store.Store", 4),
	})
	want := []string{
		"invalid app.Cache", "invalid *store.Index", "duplicate *shop/store.Store 2",
		"missing store.Mailer", "missing models.User", "cycle *shop/store.Audit app.Clock",
		"lifetime *shop/store.Pool app.db.Session",
	}
	if got := kinds(t, err); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	golden(t, "faults/both_languages.txt", []byte(err.Error()+"\n"))
}
