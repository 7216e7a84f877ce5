// Command manifests reads Kubernetes manifests of Jobs strictly, as the API server would: an
// unknown or misspelt field is an error. It also checks what symvi needs of them: an Indexed Job
// whose number of completions its containers are told.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	batch "k8s.io/api/batch/v1"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

func main() {
	for _, path := range os.Args[1:] {
		if err := check(path); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			os.Exit(1)
		}
		fmt.Println(path, "is a valid Indexed Job")
	}
}

func check(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err = yaml.YAMLToJSONStrict(text)
	if err != nil {
		return err
	}
	var job batch.Job
	strict, err := json.UnmarshalStrict(text, &job)
	if err := errors.Join(append(strict, err)...); err != nil {
		return err
	}
	spec := job.Spec
	switch {
	case job.APIVersion != "batch/v1" || job.Kind != "Job":
		return fmt.Errorf("%s %s, want batch/v1 Job", job.APIVersion, job.Kind)
	case spec.CompletionMode == nil || *spec.CompletionMode != batch.IndexedCompletion:
		return fmt.Errorf("completionMode: want Indexed")
	case spec.Completions == nil:
		return fmt.Errorf("completions: want a number")
	case spec.Parallelism == nil || *spec.Parallelism > *spec.Completions:
		return fmt.Errorf("parallelism: want at most %d, the completions", *spec.Completions)
	case spec.Template.Spec.RestartPolicy != "Never":
		return fmt.Errorf("restartPolicy: want Never, as backoffLimitPerIndex needs it")
	}
	want := strconv.Itoa(int(*spec.Completions))
	for _, c := range spec.Template.Spec.Containers {
		told := ""
		for _, v := range c.Env {
			if v.Name == "JOB_COMPLETIONS" {
				told = v.Value
			}
		}
		if told != want {
			return fmt.Errorf("container %s: JOB_COMPLETIONS is %q, want %q as completions", c.Name,
				told, want)
		}
	}
	return nil
}
