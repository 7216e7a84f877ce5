#!/usr/bin/env bash
# sanitize.sh runs the conformance suite and every tile of the products on this machine's GPU
# under compute-sanitizer: memory accesses, reads of what nobody wrote, races in shared memory,
# barriers. Memory is not pooled, so that every buffer's end is known. The environment is that of env.sh; SYMVI_CUDA_TEST is as for bench/run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sanitizer=$(command -v compute-sanitizer || ls "${CUDA_HOME:-/usr/local/cuda}/bin/compute-sanitizer" 2>/dev/null || true)
if [ -z "$sanitizer" ]; then
	echo "sanitize.sh: no compute-sanitizer: it comes with a CUDA toolkit; put it into PATH or set CUDA_HOME" >&2
	exit 1
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
program=${SYMVI_CUDA_TEST:-$tmp/cuda.test}
if [ -z "${SYMVI_CUDA_TEST:-}" ]; then
	(cd "$here/.." && go test -c -tags cuda -o "$program" ./cuda)
fi
for tool in memcheck initcheck racecheck synccheck; do
	echo "compute-sanitizer $tool"
	(cd "$here" && SYMVI_CUDA_POOL=off "$sanitizer" --tool $tool --error-exitcode 9 "$program" -test.run 'TestConformance|TestRepeat|TestGemm|TestTF32Exact|TestOutputLayer' -test.timeout 60m)
done
