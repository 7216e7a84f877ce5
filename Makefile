# make test   builds and tests everything that this machine can run
# make lint   gofmt, go vet for both assembly architectures, staticcheck
# make cross  builds for every supported platform, without cgo
# make race   the race detector on the packages with threads
# make neon   the tests of the arm64 kernels under qemu-user
# make fuzz   every fuzz target for FUZZTIME (default 20s)
# make bench-openblas   the matrix products beside OpenBLAS; needs cgo and Debian's libopenblas-dev

FUZZTIME ?= 20s
PLATFORMS = linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64 linux/riscv64

.PHONY: test lint cross race neon fuzz bench-openblas

test:
	go build ./...
	go test ./...

lint:
	@unformatted=$$(git ls-files '*.go' | xargs gofmt -l); test -z "$$unformatted" || { echo "gofmt would change: $$unformatted"; exit 1; }
	go vet ./...
	GOARCH=arm64 go vet ./...
	go tool staticcheck ./...

cross:
	@set -e; for p in $(PLATFORMS); do echo "build $$p"; GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0 go build ./...; done

race:
	go test -race ./kernels ./bnn

neon:
	GOARCH=arm64 CGO_ENABLED=0 SYMVI_REQUIRE_ISA=neon go test -exec qemu-aarch64 -timeout 30m ./asm/... ./internal/ref ./kernels/... ./bnn ./internal/benchmark

fuzz:
	@set -e; for pkg in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "fuzz $$pkg $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

bench-openblas:
	CGO_ENABLED=1 go run -tags openblas ./cmd/symvi bench --kernel '^(fma|gemm)/' $(BENCHFLAGS)
