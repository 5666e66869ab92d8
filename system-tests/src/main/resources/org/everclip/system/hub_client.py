"""The Python side of HubClients. Usage: hub_client.py JOB.json (the job is that of hub_client.mjs)."""
import hashlib
import json
import os
import sys
import traceback
import urllib.request

job = json.load(open(sys.argv[1]))
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
import huggingface_hub as hub  # noqa: E402
from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError  # noqa: E402

api = hub.HfApi(endpoint=job["endpoint"])
repo, commit, files = job["repo"], job["commit"], job["files"]
checks = []


def check(name, test):
    try:
        detail = test()
        checks.append({"name": name, "ok": detail is True, "detail": "" if detail is True else repr(detail)})
    except Exception:
        checks.append({"name": name, "ok": False, "detail": traceback.format_exc()})


def sha(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def mark():
    try:
        urllib.request.urlopen(job["endpoint"] + "/mark")
    except OSError:
        pass


def raises(error, call):
    try:
        call()
        return "no error"
    except error:
        return True


def info():
    found = api.model_info(repo, files_metadata=True)
    return (found.sha == commit and sorted(s.rfilename for s in found.siblings) == sorted(files)) or found


def tree():
    found = [f.path for f in api.list_repo_tree(repo, recursive=True, expand=True) if isinstance(f, hub.hf_api.RepoFile)]
    return sorted(found) == sorted(files) or found


def paths_info():
    found = api.get_paths_info(repo, [*files, "absent"], expand=True)
    return (sorted(f.path for f in found) == sorted(files) and {f.last_commit.oid for f in found} == {commit}) or found


def download(revision, endpoint, cache, names):
    got = {n: sha(hub.hf_hub_download(repo, n, revision=revision, endpoint=endpoint, cache_dir=cache)) for n in names}
    return all(got[n] == files[n] for n in names) or got


def snapshot():
    folder = hub.snapshot_download(repo, endpoint=job["endpoint"], cache_dir=job["cache"])
    return all(sha(os.path.join(folder, n)) == files[n] for n in files) or folder


check("model_info", info)
check("list_repo_tree", tree)
check("get_paths_info", paths_info)
check("file_exists", lambda: api.file_exists(repo, next(iter(files))) and not api.file_exists(repo, "absent"))
for rev in job["revisions"]:
    check(f"hf_hub_download at {rev}", lambda: download(rev, job["endpoint"], job["cache"] + "-" + rev, files))
check("EntryNotFoundError", lambda: raises(EntryNotFoundError, lambda: download(None, job["endpoint"], job["cache"], ["absent"])))
check("RevisionNotFoundError", lambda: raises(RevisionNotFoundError, lambda: api.model_info(repo, revision="v999")))
check("RepositoryNotFoundError", lambda: raises(RepositoryNotFoundError, lambda: api.model_info(repo + "-absent")))
check("snapshot_download", snapshot)
mark()
check("snapshot_download again", snapshot)
check("hf_hub_download again", lambda: download(None, job["endpoint"], job["cache"], files))
mark()
if job.get("cut"):
    check("a download that is cut goes on where it was", lambda: download(None, job["cut"], job["cache"] + "-cut", [job["big"]]))
with open(job["out"], "w") as out:
    json.dump(checks, out)
