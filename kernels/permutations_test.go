package kernels_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/symvi/symvi/kernels"
)

func TestNoPermutations(t *testing.T) {
	v := reflect.ValueOf(kernels.NoPermutations{})
	for i := range v.NumMethod() {
		m, name := v.Method(i), v.Type().Method(i).Name
		func() {
			defer func() {
				if s, _ := recover().(string); !strings.HasPrefix(s, "kernels: "+name+": ") {
					t.Errorf("%s: panic %q", name, s)
				}
			}()
			m.Call([]reflect.Value{reflect.Zero(m.Type().In(0))})
		}()
	}
	if n := reflect.TypeFor[kernels.Permutations]().NumMethod(); v.NumMethod() != n {
		t.Errorf("%d methods, want %d", v.NumMethod(), n)
	}
}
