// Command gin is the control of the benchmark: the same workloads as the bench
// server's, as Go handlers on Gin and net/http alone.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"
)

func main() {
	port := flag.Int("port", 8000, "where to listen on 127.0.0.1")
	flag.Parse()
	server := &http.Server{
		Addr:              fmt.Sprintf("127.0.0.1:%d", *port),
		Handler:           engine(),
		ReadHeaderTimeout: 10 * time.Second,
	}
	if err := server.ListenAndServe(); err != nil {
		fmt.Fprintln(os.Stderr, "gin:", err)
		os.Exit(1)
	}
}

// engine mounts the workloads behind the middleware that every Gin service
// has, and none else.
func engine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.Use(gin.Recovery())
	for _, path := range []string{"/plain", "/async", "/await", "/go"} {
		e.GET(path, hello)
	}
	for _, path := range []string{"/sleep", "/block"} {
		e.GET(path, helloLater)
	}
	e.GET("/spin", computes)
	for _, twin := range []string{"", "-sync"} {
		e.GET("/items"+twin+"/:id", item)
		e.POST("/users"+twin, createUser)
	}
	e.GET("/di", injected(&settings{name: "bench"}))
	e.GET("/di20", hello)
	e.GET("/di20gen", hello)
	e.GET("/di20go", hello)
	e.GET("/big", list(catalogue(200)))
	return e
}
