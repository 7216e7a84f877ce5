#!/usr/bin/env bash
# env.sh prints the environment in which go build -tags cuda works, for eval. The headers
# come from the toolkit in CUDA_HOME, else from the one that toolkit.sh installed, else
# from /usr/local/cuda. The library that gorgonia.org/cu asks the linker for is an empty
# stand-in, because the program loads the driver itself (package driver).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for home in "${CUDA_HOME:-}" "${SYMVI_CUDA:-$HOME/.cache/symvi-cuda}" /usr/local/cuda /usr; do
	[ -n "$home" ] && [ -f "$home/include/cuda.h" ] && break
	if [ "$home" = /usr ]; then
		echo "env.sh: no cuda.h: set CUDA_HOME to a CUDA toolkit (11.8, 12.x or 13.x), or run cuda/toolkit.sh on Debian 12" >&2
		exit 1
	fi
done
version=$(sed -nE 's/^#define CUDA_VERSION ([0-9]+).*/\1/p' "$home/include/cuda.h")
if [ "$version" -lt 11080 ]; then
	echo "env.sh: $home has CUDA ${version%???}, older than 11.8" >&2
	exit 1
fi
include=-I$home/include
[ "$version" -lt 13000 ] || include="-I$here/driver/cuda13 $include"
command -v "${CC:-gcc}" >/dev/null || { echo "env.sh: no C compiler (${CC:-gcc})" >&2; exit 1; }
echo "export CGO_ENABLED=1 CUDA_HOME='$home' CGO_CFLAGS='-O2 $include' CGO_LDFLAGS='-L$here/driver/link'"
