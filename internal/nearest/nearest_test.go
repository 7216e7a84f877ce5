package nearest

import "testing"

func TestName(t *testing.T) {
	keys := []string{"data", "target", "test", "hidden", "noise", "noise-start", "prior", "prior-std",
		"max-permutations", "samples", "epochs", "steps", "batch", "lr", "kl-weight", "seed", "threads"}
	for name, want := range map[string]string{
		"epoch": "epochs", "Epochs": "epochs", "prior_std": "prior-std", "tagret": "target",
		"batch_size": "batch", "learning-rate": "lr", "learning_rate": "lr", "random_state": "",
		"n_epochs": "epochs", "max-perm": "max-permutations", "thread": "threads", "l": "", "x": "",
		"": "", "weight_decay": "", "hidden_layer_sizes": "hidden", "klweight": "kl-weight",
		"random-seed": "seed", "-": "", "é": "",
	} {
		if got := Name(name, keys); got != want {
			t.Errorf("Name(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"a", "a", 0}} {
		if got, back := distance(c.a, c.b), distance(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("distance(%q, %q) = %d and %d, want %d", c.a, c.b, got, back, c.want)
		}
	}
}
