module github.com/spikard/spikard-go

go 1.25.0
