#include "finding.h"

#include "race.h"

#include <dlfcn.h>
#include <map>
#include <set>
#include <stdio.h>
#include <tuple>

namespace sim::race {

size_t faults;
void (*report)(const char *text) = [](const char *text) { fputs(text, stderr); };

namespace {

std::map<size_t, size_t> allocations;
std::set<std::tuple<std::string, std::string, uint32_t, uint32_t>> said;

const Dl_info &image() {
	static const Dl_info info = [] {
		Dl_info i = {};
		dladdr(reinterpret_cast<const void *>(&said), &i);
		return i;
	}();
	return info;
}

// lines are where in the source a place is, from the innermost function to the kernel that it has been
// built into.
std::string lines(uint32_t place) {
	char command[4200];
	snprintf(command, sizeof command, "addr2line -i -e '%s' 0x%x", image().dli_fname, place - 1);
	std::string all;
	FILE *f = popen(command, "r");
	char line[4096];
	while (f && fgets(line, sizeof line, f)) {
		std::string l = line;
		l = l.substr(l.rfind('/') + 1);
		l = l.substr(0, l.find_first_of(" \n"));
		if (l.rfind("cuda_sim.h", 0) == 0) continue;
		all += (all.empty() ? "" : " in ") + l;
	}
	if (f) pclose(f);
	if (all.empty()) snprintf(line, sizeof line, "%s+0x%x", image().dli_fname, place - 1), all = line; // no addr2line
	return all;
}

std::string three(dim3 size, uint64_t i) {
	return "(" + std::to_string(i % size.x) + "," + std::to_string(i / size.x % size.y) + "," + std::to_string(i / size.x / size.y) + ")";
}

std::string who(const access &a) { return "thread " + three(a.launch->block, a.thread) + " of block " + three(a.launch->grid, a.block); }

void say(const std::string &text) { report(("CUDA simulator: FAULT: " + text + "\n").c_str()); }

} // namespace

uint32_t code(const void *address) { return uint32_t(static_cast<const char *>(address) - static_cast<const char *>(image().dli_fbase)); }

void know(size_t at, size_t size) { allocations[at] = size; }
void forget(size_t at) { allocations.erase(at); }

std::string outside(size_t at) {
	auto after = allocations.upper_bound(at);
	if (after == allocations.begin()) return "that is in no allocation";
	auto m = std::prev(after);
	size_t past = at - m->first;
	return "that is in no allocation: byte " + std::to_string(past) + " of one of " + std::to_string(m->second);
}

void fault(const access &a, const char *does, bool shared, const std::string &problem, const char *end, const access *other) {
	faults++;
	if (!said.insert({does, problem.substr(0, problem.find(':')), a.place, other ? other->place : 0}).second) return;
	std::string text = std::string("kernel ") + a.launch->kernel + ", " + who(a) + " " + does + (shared ? " shared memory " : " memory ") + problem;
	if (other) {
		text += " " + who(*other);
		if (other->launch != a.launch) text += std::string(" of kernel ") + other->launch->kernel;
	}
	text += end;
	text += "\n\tat " + lines(a.place);
	if (other) text += "\n\tand " + lines(other->place);
	say(text);
}

void host_fault(size_t at) {
	faults++;
	auto m = std::prev(allocations.upper_bound(at));
	say("the host reads byte " + std::to_string(at - m->first) + " of an allocation of " + std::to_string(m->second) + ", which nothing has written");
}

} // namespace sim::race
