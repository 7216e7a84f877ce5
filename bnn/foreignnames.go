package bnn

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// foreignRoles are the spellings of what a tensor holds of a distribution.
var foreignRoles = map[string]string{
	"mu": "mu", "mean": "mu", "loc": "mu",
	"rho": "rho", "untransformed_scale": "rho", "scale_unconstrained": "rho",
	"sigma": "sigma", "std": "sigma", "scale": "sigma",
	"log_sigma": "log sigma", "logsigma": "log sigma", "log_std": "log sigma", "logstd": "log sigma",
	"logvar": "log variance", "log_var": "log variance", "log_variance": "log variance",
	"var": "variance", "variance": "variance",
}

// Parts of a layer, of which those of a list such as W1, b1 have a number, or weight_mu_1.
const (
	foreignParts  = `(weight|kernel|W|w|bias|b)_?(\d*)`
	foreignNumber = `(?:_(\d+))?$`
)

// foreignPatterns are the forms of a name, made when the first one is read.
var foreignPatterns = sync.OnceValue(func() (p struct {
	partThenRole, roleThenPart, roleAlone, partAlone *regexp.Regexp
}) {
	role := anyRole()
	p.partThenRole = regexp.MustCompile(`^(?:(.+)_)?` + foreignParts + `_(` + role + `)` +
		foreignNumber)
	p.roleThenPart = regexp.MustCompile(`^(` + role + `)_` + foreignParts + `$`)
	p.roleAlone = regexp.MustCompile(`^(?:` + role + `)$`)
	p.partAlone = regexp.MustCompile(`^` + foreignParts + `$`)
	return p
})

// anyRole matches a role, the longest spelling first.
func anyRole() string {
	var all []string
	for role := range foreignRoles {
		all = append(all, role)
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return strings.Join(all, "|")
}

// foreignTensor is what the name of a tensor says.
type foreignTensor struct {
	path string // of the layer
	bias bool   // or weights
	// role is mu, rho, sigma, log sigma, variance or log variance; "" for a part without a
	// distribution.
	role string
	// point is set for means that may have no scales beside them.
	point bool
}

// readForeignName understands the name of a tensor; known is false where it is none of a layer's.
func readForeignName(name string) (t foreignTensor, known bool) {
	forms := foreignPatterns()
	parts := strings.Split(strings.ReplaceAll(strings.TrimSuffix(name, ":0"), "/", "."), ".")
	path, last := parts[:len(parts)-1], parts[len(parts)-1]
	guide := false // an automatic guide's tensors are all of the posterior
	for role, marks := range map[string][]string{"_loc": {"locs"}, "_scale": {"scales",
		"scales_unconstrained"}} {
		i := slices.IndexFunc(path, func(p string) bool { return slices.Contains(marks, p) })
		if i < 0 {
			continue
		}
		base, unconstrained := strings.CutSuffix(last, "_unconstrained")
		last, guide = base+role, true
		if role == "_scale" && (unconstrained || path[i] == "scales_unconstrained") {
			last += "_unconstrained"
		}
		path = slices.Delete(slices.Clone(path), i, i+1)
	}
	for _, role := range []string{"_loc", "_scale"} {
		if base, found := strings.CutSuffix(last, "_auto"+role); found {
			last, guide = base+role, true
		}
	}
	if n := len(path) - 1; n >= 0 && forms.roleAlone.MatchString(last) &&
		forms.partAlone.MatchString(path[n]) {
		path, last = path[:n], path[n]+"_"+last // weight.mu
	}
	plain := strings.Replace(last, "_posterior_", "_", 1)
	t.point = plain != last
	var part, number string
	if m := forms.partThenRole.FindStringSubmatch(plain); m != nil && (m[1] == "" || guide) {
		if m[1] != "" {
			path = append(slices.Clone(path), m[1])
		}
		part, number, t.role = m[2], m[3]+m[5], foreignRoles[m[4]]
	} else if m := forms.roleThenPart.FindStringSubmatch(plain); m != nil {
		part, number, t.role = m[2], m[3], foreignRoles[m[1]]
	} else if m := forms.partAlone.FindStringSubmatch(plain); m != nil {
		part, number = m[1], m[2]
	} else {
		return t, false
	}
	if number != "" {
		path = append(slices.Clone(path), number)
	}
	t.path, t.bias = strings.Join(path, "."), part == "bias" || part == "b"
	return t, t.path != "extra"
}
