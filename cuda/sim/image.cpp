#include "image.h"

#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

namespace sim {
namespace {

std::map<std::string, declaration> of_ptx(const std::string &text) {
	std::map<std::string, declaration> found;
	const std::string entry = ".entry ";
	for (size_t at = text.find(entry); at != std::string::npos; at = text.find(entry, at + 1)) {
		size_t name = at + entry.size(), open = text.find('(', name), close = text.find(')', open), end = text.find("\n}", at);
		declaration &d = found[text.substr(name, open - name)];
		for (size_t p = text.find(".param .", at); p < close; p = text.find(".param .", p + 1)) {
			d.parameters.push_back(strtoul(text.c_str() + p + 9, nullptr, 10) / 8); // ".param .u64"
		}
		for (size_t p = text.find("\t.shared .align", at); p < end; p = text.find("\t.shared .align", p + 1)) {
			d.shared += atoi(text.c_str() + text.find('[', p) + 1); // ".shared .align 4 .b8 name[8];"
		}
	}
	return found;
}

template <class T>
T read(const char *from) {
	T x;
	memcpy(&x, from, sizeof x);
	return x;
}

// parameters reads the section .nv.info.KERNEL: attributes of one byte each for format and
// kind and two for a value, which for format 4 is the size of what follows. Kind 0x17 is a
// parameter: its index (4 bytes), ordinal and offset (2 each), and its size from bit 18 on.
std::vector<size_t> parameters(const char *info, size_t size) {
	std::map<int, size_t> sizes;
	for (size_t at = 0; at + 4 <= size;) {
		unsigned char format = info[at], kind = info[at + 1];
		size_t length = format == 4 ? read<uint16_t>(info + at + 2) : 0;
		if (format == 4 && kind == 0x17) sizes[read<uint16_t>(info + at + 8)] = read<uint32_t>(info + at + 12) >> 18;
		at += 4 + length;
	}
	std::vector<size_t> list;
	for (auto &s : sizes) list.push_back(s.second);
	return list;
}

std::map<std::string, declaration> of_cubin(const char *image) {
	std::map<std::string, declaration> found;
	Elf64_Ehdr header = read<Elf64_Ehdr>(image);
	auto section = [&](int i) { return read<Elf64_Shdr>(image + header.e_shoff + size_t(i) * header.e_shentsize); };
	const char *names = image + section(header.e_shstrndx).sh_offset;
	const std::string info = ".nv.info.", shared = ".nv.shared.";
	for (int i = 0; i < header.e_shnum; i++) {
		Elf64_Shdr s = section(i);
		std::string name = names + s.sh_name;
		if (name.compare(0, info.size(), info) == 0) found[name.substr(info.size())].parameters = parameters(image + s.sh_offset, s.sh_size);
		if (name.compare(0, shared.size(), shared) == 0) found[name.substr(shared.size())].shared = int(s.sh_size);
	}
	return found;
}

} // namespace

std::map<std::string, declaration> declarations(const void *image) {
	const char *text = static_cast<const char *>(image);
	if (memcmp(text, ELFMAG, SELFMAG) == 0) return of_cubin(text);
	return of_ptx(text);
}

} // namespace sim
