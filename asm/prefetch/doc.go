// Package prefetch asks for memory that will be read soon, in an order that the processor's own
// prefetchers do not foresee.
package prefetch
