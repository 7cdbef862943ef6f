package main

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
)

type address struct {
	Street string `json:"street" binding:"required"`
	City   string `json:"city" binding:"required"`
	Zip    string `json:"zip" binding:"required"`
}

type user struct {
	Name  string `json:"name" binding:"required"`
	Email string `json:"email" binding:"required"`
	// A pointer, so that an age of 0 is not a missing one.
	Age     *int     `json:"age" binding:"required,min=0,max=150"`
	Tags    []string `json:"tags" binding:"required"`
	Address *address `json:"address" binding:"required"`
}

type product struct {
	ID     int      `json:"id"`
	Name   string   `json:"name"`
	Price  float64  `json:"price"`
	Tags   []string `json:"tags"`
	Active bool     `json:"active"`
}

type settings struct{ name string }

type service struct{ settings *settings }

func (s *service) payload() gin.H { return gin.H{"name": s.settings.name, "n": 1} }

func hello(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"message": "Hello"}) }

func helloLater(c *gin.Context) {
	time.Sleep(10 * time.Millisecond)
	hello(c)
}

// computes uses a processor for 0.2 s.
func computes(c *gin.Context) {
	for begin := time.Now(); time.Since(begin) < 200*time.Millisecond; {
		continue
	}
	hello(c)
}

// item reads a path parameter and two query parameters, one with a default.
func item(c *gin.Context) {
	id, err := strconv.Atoi(c.Param("id"))
	if err != nil {
		refuse(c, err)
		return
	}
	q, there := c.GetQuery("q")
	if !there {
		refuse(c, fmt.Errorf("q is required"))
		return
	}
	limit, err := strconv.Atoi(c.DefaultQuery("limit", "10"))
	if err != nil {
		refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"id": id, "q": q, "limit": limit})
}

func createUser(c *gin.Context) {
	var u user
	if err := c.ShouldBindJSON(&u); err != nil {
		refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, &u)
}

func refuse(c *gin.Context, err error) {
	c.JSON(http.StatusUnprocessableEntity, gin.H{"detail": err.Error()})
}

// injected builds a service for each request from what lives for all of them.
func injected(s *settings) gin.HandlerFunc {
	return func(c *gin.Context) {
		svc := &service{settings: s}
		c.JSON(http.StatusOK, svc.payload())
	}
}

func list(products []product) gin.HandlerFunc {
	return func(c *gin.Context) { c.JSON(http.StatusOK, products) }
}

func catalogue(n int) []product {
	products := make([]product, n)
	for i := range products {
		products[i] = product{ID: i, Name: fmt.Sprintf("item %d", i), Price: float64(i) * 1.5, Tags: []string{"a", "b"}, Active: true}
	}
	return products
}
