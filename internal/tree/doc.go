// Package tree tests what holds of the repository as a whole: documents that speak of files,
// and variables that no document speaks of.
package tree
