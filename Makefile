# `make help` lists the targets. Whatever takes a Go tool or a Python package
# goes through .ci/run, which pins and installs it.

.DEFAULT_GOAL := help
FUZZTIME ?= 30s
ROUNDS ?= 5
DURATION ?= 3s
RUNS ?= 20
HAMMER ?= 60s
REQUESTS ?= 1000000
CASES ?= 20000
PYTHON ?= python3

##@ Every day
.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: check
check: ## All that CI runs
	.ci/run

.PHONY: test
test: ## go test ./...
	.ci/run test

.PHONY: lint
lint: ## Linters and formatting, nothing is changed
	.ci/run format lint

.PHONY: fmt
fmt: ## Format Go, C and Python
	.ci/run -w

.PHONY: python
python: ## ruff, mypy and the Python package's tests on each Python
	.ci/run python

##@ The engine
.PHONY: engines
engines: ## The engine's suite, then the hammer, on each installed Python
	go test -v -run Installed ./tests/engine
	.ci/run engines

.PHONY: gopython3
gopython3: ## The engine on go-python3: suite, acceptance and bookshop, on each Python with headers
	GOPYTHON3=all .ci/run gopython3

.PHONY: asyncio
asyncio: ## CPython's test_asyncio on the engine's loop and the stock one, on each Python that has it
	go test -count=1 -timeout 0 -v ./tests/asyncio -full

.PHONY: race
race: ## The race detector
	.ci/run race

.PHONY: cgocheck
cgocheck: ## The engine under GOEXPERIMENT=cgocheck2
	.ci/run cgocheck

.PHONY: nopython
nopython: ## Build and test without cgo, and vet for other platforms
	.ci/run nopython crossbuild

##@ Longer runs (the variables shorten or lengthen them)
.PHONY: fuzz
fuzz: ## Each fuzz target for FUZZTIME (30s)
	@go list -f '{{.Dir}} {{join .TestGoFiles " "}} {{join .XTestGoFiles " "}}' ./... | \
	while read -r dir files; do \
		[ -n "$$files" ] || continue; \
		for target in $$(cd "$$dir" && sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$files); do \
			echo "$$dir $$target"; \
			(cd "$$dir" && go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) .) || exit 1; \
		done; \
	done

.PHONY: stress
stress: ## The engine's and the server's tests RUNS times (20), with -race
	go test -race -count=$(RUNS) -timeout 2h ./pybridge/... ./spikard/...

.PHONY: hammer
hammer: ## Clients and handlers that misbehave, against a server, for HAMMER (60s)
	go test -count=1 -timeout 0 -run Hammer ./tests/hammer -duration $(HAMMER)

.PHONY: hammer-streams
hammer-streams: ## Clients that come and go, reloads of the app, for HAMMER (60s); then 1,000 starts and stops
	go test -count=1 -timeout 0 -v -run Stream ./tests/hammer -duration $(HAMMER) -cycles 1000

.PHONY: autobahn
autobahn: ## The Autobahn test suite; WSTEST is the path of wstest
	go test -count=1 -timeout 0 -v ./tests/autobahn

.PHONY: hammer-di
hammer-di: ## Random dependency graphs in both languages, REQUESTS (1000000) against them
	go test -count=1 -timeout 0 -v -run Dependencies ./tests/hammer -requests $(REQUESTS)

.PHONY: abuse
abuse: ## Hostile requests, with what each takes of the server, and a crowd of them for HAMMER (60s)
	go test -count=1 -timeout 0 -v ./tests/abuse -full -duration $(HAMMER)

.PHONY: property
property: ## JSON beside json.loads, schemas beside Python's jsonschema: CASES (20000) each
	SPIKARD_PROPERTY_CASES=$(CASES) go test -count=1 -timeout 0 ./tests/property
	SPIKARD_PROPERTY_CASES=$(CASES) go test -count=1 -timeout 0 -run Verdicts ./spikard/internal/bind

.PHONY: codec
codec: ## JSON into Python and out of it beside orjson, which SITE is a folder with
	go run ./tests/bench -codec -site $(SITE)

.PHONY: acceptance
acceptance: ## The acceptance cases, with a row for each category
	go run ./tests/acceptance

.PHONY: bench
bench: ## Requests/s, p99 and CPU beside Gin alone: ROUNDS (5) of DURATION (3s); wants wrk
	go run ./tests/bench -rounds $(ROUNDS) -duration $(DURATION)

.PHONY: bench-mixed
bench-mixed: ## What workloads keep beside others: ROUNDS (5) of DURATION (3s); wants wrk
	go run ./tests/bench -mixed -rounds $(ROUNDS) -duration $(DURATION)

.PHONY: bench-middleware
bench-middleware: ## What each middleware costs: ROUNDS (5) of DURATION (3s); wants wrk
	go run ./tests/bench -middleware -rounds $(ROUNDS) -duration $(DURATION)

.PHONY: bench-engines
bench-engines: ## The two engines on PYTHON, which has its headers: ROUNDS (5) of DURATION (3s); wants wrk
	go run ./tests/bench -engines $(PYTHON) -rounds $(ROUNDS) -duration $(DURATION)

.PHONY: microbench
microbench: ## The testing.B benchmarks
	go test -run '^$$' -bench . -benchmem ./...
