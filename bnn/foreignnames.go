package bnn

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// foreignRoles are the spellings of what a tensor holds of a distribution, in small letters.
var foreignRoles = map[string]string{
	"mu": "mu", "mean": "mu", "loc": "mu",
	"rho": "rho", "untransformed_scale": "rho", "scale_unconstrained": "rho", "raw_scale": "rho",
	"unconstrained_scale": "rho", "p": "rho",
	"sigma": "sigma", "std": "sigma", "scale": "sigma", "stddev": "sigma", "std_dev": "sigma",
	"sd":        "sigma",
	"log_sigma": "log sigma", "logsigma": "log sigma", "log_std": "log sigma", "logstd": "log sigma",
	"log_scale": "log sigma", "logscale": "log sigma", "log_stddev": "log sigma",
	"logvar": "log variance", "log_var": "log variance", "log_variance": "log variance",
	"log_sigma2": "log variance", "log_sigma_sq": "log variance", "logsigma2": "log variance",
	"var": "variance", "variance": "variance", "sigma2": "variance", "sigma_sq": "variance",
	"prec": "precision", "precision": "precision",
	"log_prec": "log precision", "log_precision": "log precision",
}

// Parts of a layer, of which those of a list such as W1, b1 have a number, or weight_mu_1.
const (
	foreignParts  = `(weights?|kernel|w|bias(?:es)?|b)_?(\d*)`
	foreignNumber = `(?:_(\d+))?$`
)

// foreignPatterns are the forms of a name, made when the first one is read.
var foreignPatterns = sync.OnceValue(func() (p struct {
	partThenRole, roleThenPart, roleAlone, partAlone *regexp.Regexp
}) {
	role := anyRole()
	p.partThenRole = regexp.MustCompile(`(?i)^(?:(.+)_)?` + foreignParts + `_(` + role + `)` +
		foreignNumber)
	p.roleThenPart = regexp.MustCompile(`(?i)^(` + role + `)_` + foreignParts + `$`)
	p.roleAlone = regexp.MustCompile(`(?i)^(?:` + role + `)$`)
	p.partAlone = regexp.MustCompile(`(?i)^` + foreignParts + `$`)
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
	plain = camelWords.ReplaceAllString(plain, "${1}_${2}")
	for _, of := range []string{"q_", "posterior_"} {
		plain = strings.Replace(strings.TrimPrefix(plain, of), "_"+of, "_", 1)
	}
	var part, number string
	if m := forms.partThenRole.FindStringSubmatch(plain); m != nil && (m[1] == "" || guide) {
		if m[1] != "" {
			path = append(slices.Clone(path), m[1])
		}
		part, number, t.role = m[2], m[3]+m[5], foreignRoles[strings.ToLower(m[4])]
	} else if m := forms.roleThenPart.FindStringSubmatch(plain); m != nil {
		part, number, t.role = m[2], m[3], foreignRoles[strings.ToLower(m[1])]
	} else if m := forms.partAlone.FindStringSubmatch(plain); m != nil {
		part, number = m[1], m[2]
		path, t.role = treeRole(path)
	} else {
		return t, false
	}
	if number != "" {
		path = append(slices.Clone(path), number)
	}
	t.path, t.bias = strings.Join(path, "."), part[0]|0x20 == 'b'
	return t, t.path != "extra"
}

// camelWords are two words of a name without a mark between them.
var camelWords = regexp.MustCompile(`([a-z])([A-Z])`)

// treeRole takes the role out of a path that has it in front of the layer, as where the means of
// all layers are one tree of arrays and the scales another: mu.Dense_0.kernel, log_stds.0.weight.
func treeRole(path []string) (rest []string, role string) {
	for i, name := range path[:max(len(path)-1, 0)] {
		name = strings.ToLower(name)
		for _, spelling := range []string{name, strings.TrimSuffix(name, "s")} {
			if role = foreignRoles[spelling]; role != "" && len(spelling) > 1 {
				return slices.Delete(slices.Clone(path), i, i+1), role
			}
		}
	}
	return path, ""
}
