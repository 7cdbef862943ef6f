package middleware

import (
	"net/http"
	"net/netip"
	"strings"
)

// Client is where a request came from, and what it asked for.
type Client struct {
	// Addr is the IP address, without the port. Over a Unix socket it is
	// empty.
	Addr string
	// Scheme is "http" or "https".
	Scheme string
	// Host is the host, with a port if the client gave one.
	Host string
}

// Proxies are the networks whose X-Forwarded headers are believed. Without
// any, nobody's are.
type Proxies []netip.Prefix

// Client reads who the client is. Behind a trusted peer, X-Forwarded-For is
// followed from its right end, where the nearest proxy wrote, to the first
// address that isn't trusted; X-Forwarded-Proto and X-Forwarded-Host are read
// at the same distance from their ends. What stands to the left of it was
// written by the client and may be anything.
func (p Proxies) Client(r *http.Request) Client {
	client := Client{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		client.Scheme = "https"
	}
	peer, ok := parseAddr(r.RemoteAddr)
	if !ok {
		return client
	}
	client.Addr = peer.String()
	if !p.trust(peer) {
		return client
	}
	addr, hops := p.follow(peer, list(r.Header["X-Forwarded-For"]))
	client.Addr = addr.String()
	if scheme := strings.ToLower(fromEnd(list(r.Header["X-Forwarded-Proto"]), hops)); scheme == "http" || scheme == "https" {
		client.Scheme = scheme
	}
	if host := fromEnd(list(r.Header["X-Forwarded-Host"]), hops); validHost(host) {
		client.Host = host
	}
	return client
}

// follow gives the client's address and how many proxies lie behind the peer.
func (p Proxies) follow(peer netip.Addr, forwarded []string) (addr netip.Addr, hops int) {
	addr = peer
	for i := len(forwarded) - 1; i >= 0 && p.trust(addr); i-- {
		next, ok := parseAddr(forwarded[i])
		if !ok {
			break // "unknown" or rubbish: the last address that is known
		}
		addr = next
		if p.trust(addr) && i > 0 {
			hops++
		}
	}
	return addr, hops
}

func (p Proxies) trust(addr netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// fromEnd gives the item that is n before the last, or the first one.
func fromEnd(items []string, n int) string {
	if len(items) == 0 {
		return ""
	}
	return items[max(len(items)-1-n, 0)]
}

// list takes the lines of a header apart at their commas.
func list(lines []string) []string {
	var out []string
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			if item = strings.TrimSpace(item); item != "" {
				out = append(out, item)
			}
		}
	}
	return out
}

// parseAddr reads an address with or without a port.
func parseAddr(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}, false
		}
		addr = withPort.Addr()
	}
	return addr.Unmap().WithZone(""), true
}

// validHost refuses what could not have been a Host header.
func validHost(host string) bool {
	return host != "" && !strings.ContainsAny(host, " \t/\\?#@<>\"'")
}
