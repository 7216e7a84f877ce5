"""schema.py WHEEL VERSION writes Kubernetes' schema of a Job, with what it refers to, to standard
output, as kubeconform takes it: from the wheel of kubernetes-validate, which has the schemas of all
versions of Kubernetes, strict (an unknown field is an error)."""

import json
import sys
import zipfile

wheel, version = sys.argv[1:]
folder = f"kubernetes_validate/kubernetes-json-schema/v{version}-local-strict/"
with zipfile.ZipFile(wheel) as files:
    job = json.loads(files.read(folder + "job-batch-v1.json"))
    job["$defs"] = json.loads(files.read(folder + "_definitions.json"))["$defs"]
del job["$id"]
print(json.dumps(job).replace("/api/_definitions.json#/", "#/"))
