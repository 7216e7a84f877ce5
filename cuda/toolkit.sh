#!/usr/bin/env bash
# toolkit.sh puts nvcc, ptxas and the CUDA headers of the pinned toolkit, CUDA 11.8 from
# Debian 12's non-free component, into $SYMVI_CUDA (default ~/.cache/symvi-cuda) and prints
# the directory. It changes nothing else on the system: it reads the system's own Debian
# source with the component added, keeps its package lists apart, and unpacks what it needs
# (about 860 MB to download, 250 MB kept). Where the toolkit is already there it only prints.
set -euo pipefail

release=11.8
dir=${SYMVI_CUDA:-$HOME/.cache/symvi-cuda}

installed() { [ -x "$dir/bin/nvcc" ] && "$dir/bin/nvcc" --version 2>/dev/null | grep -q "release $release,"; }

if installed; then
	echo "$dir"
	exit
fi
for tool in apt-get dpkg-deb; do
	command -v "$tool" >/dev/null || { echo "toolkit.sh: $tool is missing: this works on Debian 12; elsewhere install CUDA $release and set CUDA_HOME" >&2; exit 1; }
done

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/sources" "$tmp/lists/partial" "$tmp/cache/archives/partial" "$tmp/unpacked"
for source in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
	[ -f "$source" ] || continue
	sed -E -e '/^Components:/s/.*/Components: main contrib non-free/' -e '/^deb /s/ main.*/ main contrib non-free/' \
		"$source" >"$tmp/sources/$(basename "$source")"
done
# apt's own sandbox user may not read $tmp.
apt() {
	apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$tmp/sources" -o Dir::State::Lists="$tmp/lists" \
		-o Dir::Cache="$tmp/cache" -o APT::Sandbox::User=root "$@" >&2
}
apt update
echo "toolkit.sh: downloading CUDA $release (860 MB)" >&2
(cd "$tmp" && apt download nvidia-cuda-toolkit nvidia-cuda-dev)

for package in "$tmp"/*.deb; do
	dpkg-deb --fsys-tarfile "$package" | tar -x -C "$tmp/unpacked" --exclude='*.a' --exclude='./usr/share/*' --exclude='*nsight*'
	rm "$package"
done

# NVIDIA's own layout, with a profile that finds everything beside nvcc.
from=$tmp/unpacked/usr
new=$dir.new
rm -rf "$new"
mkdir -p "$new/bin" "$new/nvvm" "$new/lib64/stubs"
cp -r "$from/lib/nvidia-cuda-toolkit/bin/"{nvcc,cicc,crt} "$from/bin/"{ptxas,cudafe++,fatbinary,cuobjdump,nvdisasm} "$new/bin/"
cp -r "$from/lib/nvidia-cuda-toolkit/libdevice" "$new/nvvm/"
cp -r "$from/include" "$new/include"
cp "$from/lib/x86_64-linux-gnu/stubs/libcuda.so" "$new/lib64/stubs/"
cat >"$new/bin/nvcc.profile" <<'END'
TOP = $(_HERE_)/..
NVVMIR_LIBRARY_DIR = $(TOP)/nvvm/libdevice
PATH += $(_HERE_):
INCLUDES += "-I$(TOP)/include" $(_SPACE_)
LIBRARIES =+ $(_SPACE_) "-L$(TOP)/lib64/stubs" "-L$(TOP)/lib64"
END
rm -rf "$dir"
mv "$new" "$dir"
installed || { echo "toolkit.sh: $dir/bin/nvcc does not run or is not CUDA $release" >&2; exit 1; }
echo "$dir"
