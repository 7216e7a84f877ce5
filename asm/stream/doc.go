// Package stream copies memory past the caches.
package stream
