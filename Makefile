# make test   builds and tests everything that this machine can run
# make lint   gofmt, go vet for both assembly architectures, staticcheck
# make cross  builds for every supported platform, without cgo
# make race   the race detector on the packages with threads
# make neon   the tests of the arm64 kernels under qemu-user
# make avx512 the tests of the AVX-512 kernels in an emulated machine, for processors without; as root on Debian
# make fuzz   every fuzz target for FUZZTIME (default 20s)
# make constants   writes the constants of internal/ref into the tables of assembly and CUDA; a test compares
# make api    what changed in the public API since the last tag; fails where CHANGELOG.md is silent
# make bench-record VERSION=v0.1.0   benchmarks of this machine's kernels into docs/bench, for benchstat: 3 minutes
# make bench-compare VERSION=v0.1.0  times them again and compares; ROWS=avx512,avx2 chooses what is timed
# make bench-openblas   the matrix products beside OpenBLAS; needs cgo and Debian's libopenblas-dev
#
# The CUDA device; everything but cuda-test and cuda-bench works without a GPU:
# make cuda           builds ./symvi with it; needs the headers of a CUDA toolkit, 11.8 or later
# make ptx            rewrites cuda/ptx and cuda/cubin from the kernels, with the pinned toolkit (cuda/toolkit.sh)
# make ptx-check      compares them with what the kernels give
# make registers      rewrites cuda/registers: what assemblers make of the kernels; registers-check compares
# make cuda-sim       the tests of the CUDA device on a simulated GPU
# make cuda-sim-asan  the same with the address sanitizer
# make cuda-sim-race  the same with a detector of races, of reads of what nobody wrote and of accesses outside memory
# make lint-cuda      lint for the build with CUDA
# make cuda-test      the tests on this machine's GPU, with 200 training steps, and under compute-sanitizer
# make cuda-kit       puts all that a bare machine with a GPU needs into KIT (default build/cuda-kit): copy it there, ./run
# make cuda-bench     benchmarks on this machine's GPU beside cuBLAS, cuRAND and, if python3 has them, PyTorch and JAX

# Several processes over MPI:
# make mpi       builds ./symvi with OpenMPI (Debian: libopenmpi-dev); with MPI=mpich with MPICH (libmpich-dev)
# make mpi-test  what .ci/cluster does: both MPIs, Slurm, the manifests; as root on Debian

FUZZTIME ?= 20s
PLATFORMS = linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64 linux/riscv64

.PHONY: test lint cross race neon avx512 fuzz constants api bench-record bench-compare bench-openblas
.PHONY: mpi mpi-test
.PHONY: cuda ptx ptx-check registers registers-check cuda-sim cuda-sim-asan cuda-sim-race lint-cuda gpu cuda-test cuda-kit cuda-bench

test:
	go build ./...
	go test ./...

lint:
	@unformatted=$$(git ls-files '*.go' | xargs gofmt -l); test -z "$$unformatted" || { echo "gofmt would change: $$unformatted"; exit 1; }
	go vet ./...
	GOARCH=arm64 go vet ./...
	go vet -tags purego ./kernels/... ./internal/benchmark
	go tool staticcheck ./...

cross:
	@set -e; for p in $(PLATFORMS); do echo "build $$p"; GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0 go build ./...; done

race:
	go test -race ./kernels/... ./bnn

# qemu shows what NEON kernels and the arm64 compiler do. What is plain Go on top of bits that these
# tests compare (threads, checks of arguments, accuracy, the network's layer but for its known
# bits) is tested where it runs natively.
NATIVE = TestThreads|TestAllocations|Allocations$$|TestMisuse|TestPool|Oracle|Panics|TestInfo
QEMU = GOARCH=arm64 CGO_ENABLED=0 SYMVI_REQUIRE_ISA=neon SYMVI_TEST_ISA=neon go test -exec qemu-aarch64 -timeout 30m

neon:
	$(QEMU) -skip '$(NATIVE)' ./asm/... ./kernels ./kernels/cpu ./kernels/gonumblas
	$(QEMU) -run 'Digests|FMA|Known|Philox' ./internal/ref
	$(QEMU) -run KnownBits ./bnn ./internal/paper/... ./internal/score

avx512:
	internal/bochs/run

# A target that fails is tried again, with the failing input first (it is in testdata now): a fault
# fails again, a worker that the engine lost or stopped in the middle does not.
fuzz:
	@set -e; for pkg in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "fuzz $$pkg $$f"; \
			once="go test -run ^$$ -fuzz ^$$f$$ -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg"; \
			$$once || { echo "fuzz $$f again"; $$once; }; \
		done; \
	done

constants:
	go run ./internal/constants

api:
	.ci/api

# One file per version and machine: figures of two machines say nothing about two versions.
MACHINE ?= $(shell uname -m)
RECORD = docs/bench/$(VERSION)-$(MACHINE).txt
ROWS ?= $(if $(filter aarch64 arm64,$(MACHINE)),neon,avx2)
RECORDED = ^(gemm/(NT-100x|NT-64|NT-512|TN|NN|NT-16x)|sample|pair|perm|importance|exact|exp|log|tanh|adam|kl|trainStep/784-30)
SIXTIMES = go build -o build/bench/symvi ./cmd/symvi && for i in 1 2 3 4 5 6; do \
	build/bench/symvi bench --time 150ms --isa $(ROWS) --kernel '$(RECORDED)' $(BENCHFLAGS) || exit 1; done
BENCHSTAT = golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

bench-record:
	mkdir -p docs/bench
	{ $(SIXTIMES); } > $(RECORD)

bench-compare:
	@test -f $(RECORD) || { echo "no $(RECORD): make bench-record VERSION=$(VERSION) on a checkout of it"; exit 1; }
	new=$$(mktemp) && { $(SIXTIMES); } > $$new && go run $(BENCHSTAT) $(RECORD) $$new; rm -f $$new

bench-openblas:
	CGO_ENABLED=1 go run -tags openblas ./cmd/symvi bench --kernel '^(fma|gemm)/' $(BENCHFLAGS)

mpi:
	CGO_ENABLED=1 go build -tags "mpi $(MPI)" -o symvi ./cmd/symvi
	@./symvi info | grep '^processes'

mpi-test:
	.ci/cluster

# What a command needs to build with CUDA.
CUDA = eval "$$(cuda/env.sh)" &&

cuda:
	$(CUDA) go build -tags cuda -o symvi ./cmd/symvi
	@./symvi info | grep -A3 '^devices'

ptx ptx-check registers registers-check:
	$(MAKE) --no-print-directory -C cuda $@

# No test may be skipped for want of a GPU.
cuda-sim:
	$(MAKE) --no-print-directory -s -C cuda/sim check
	SYMVI_REQUIRE_GPU=1 cuda/sim/run go test -count=1 -tags cuda ./cuda/...
	SYMVI_REQUIRE_GPU=1 cuda/sim/run go test -count=1 -tags cuda -run 'TestScripts/(device|cuda|info)' ./cmd/symvi

cuda-sim-asan:
	SYMVI_REQUIRE_GPU=1 SYMVI_SIM_ASAN=1 cuda/sim/run go test -count=1 -tags cuda ./cuda/...

# Where there is no permutation, threads of permutation_invert do meet.
cuda-sim-race:
	SYMVI_REQUIRE_GPU=1 SYMVI_SIM_RACE=1 cuda/sim/run go test -count=1 -tags cuda -skip TestNoPermutations ./cuda/...

lint-cuda:
	$(CUDA) go vet -tags cuda ./cuda/... ./cmd/... && go tool staticcheck -tags cuda ./cuda/... ./cmd/...

# What the next two need: it names the GPUs, or says why there is none and fails.
gpu:
	@$(CUDA) devices=$$(go run -tags cuda ./cmd/symvi info | grep -E ' cuda:[0-9]+ | no GPU '); echo "$$devices"; \
	case "$$devices" in *' no GPU '*|'') exit 1;; esac

cuda-test: gpu
	$(CUDA) SYMVI_REQUIRE_GPU=1 SYMVI_TRAINING_STEPS=200 go test -count=1 -v -timeout 30m -tags cuda ./cuda/... && \
	SYMVI_REQUIRE_GPU=1 go test -count=1 -tags cuda -run 'TestScripts/(device|cuda|info)' ./cmd/symvi
	$(CUDA) cuda/sanitize.sh

KIT ?= build/cuda-kit

cuda-kit:
	$(CUDA) cuda/kit/pack $(KIT)

cuda-bench: gpu
	$(CUDA) cuda/bench/run $(BENCHFLAGS)
