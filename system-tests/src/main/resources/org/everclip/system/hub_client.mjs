// The JavaScript side of HubClients. Usage: node hub_client.mjs JOB.json
// JOB: modules (folder of package.json), endpoint, cut (the same through a proxy that cuts), repo, commit, revisions, files
// {path: sha256}, big, cache, out. Writes [{name, ok, detail}] to out.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const require = createRequire(join(job.modules, "package.json"));
const hub = require("@huggingface/hub");
const checks = [];
const sha = (bytes) => createHash("sha256").update(bytes).digest("hex");
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

async function check(name, test) {
  try {
    const detail = await test();
    checks.push({ name, ok: detail === true, detail: detail === true ? "" : JSON.stringify(detail) });
  } catch (e) {
    checks.push({ name, ok: false, detail: String(e.stack ?? e) });
  }
}

const at = { repo: job.repo, hubUrl: job.endpoint };
const paths = Object.keys(job.files).sort();

await check("listFiles", async () => {
  const found = [];
  for await (const file of hub.listFiles({ ...at, recursive: true, expand: true })) {
    if (file.type === "file") found.push(file.path);
  }
  return same(found.sort(), paths) || found;
});
await check("modelInfo", async () => {
  const info = await hub.modelInfo({ name: job.repo, hubUrl: job.endpoint, additionalFields: ["sha"] });
  return (info.name === job.repo && info.sha === job.commit) || info;
});
await check("pathsInfo", async () => {
  const found = await hub.pathsInfo({ ...at, paths: [...paths, "absent"], expand: true });
  const right = found.length === paths.length && found.every((f) => f.lastCommit.id === job.commit);
  return right || found;
});
await check("fileExists", async () =>
  (await hub.fileExists({ ...at, path: paths[0] })) && !(await hub.fileExists({ ...at, path: "absent" })));
await check("fileDownloadInfo", async () => {
  for (const path of paths) {
    const info = await hub.fileDownloadInfo({ ...at, path });
    if (info === null || typeof info.size !== "number") return { path, info };
  }
  return (await hub.fileDownloadInfo({ ...at, path: "absent" })) === null;
});
for (const revision of job.revisions) {
  await check(`downloadFile at ${revision}`, async () => {
    for (const path of paths) {
      const blob = await hub.downloadFile({ ...at, path, revision });
      if (blob === null || sha(Buffer.from(await blob.arrayBuffer())) !== job.files[path]) return path;
    }
    return true;
  });
}
await check("downloadFile of what is not there", async () => (await hub.downloadFile({ ...at, path: "absent" })) === null);
await check("a revision that is not there", async () => {
  try {
    await hub.downloadFile({ ...at, path: paths[0], revision: "v999" });
    return "no error";
  } catch (e) {
    return e.statusCode === 404 || String(e);
  }
});
await check("snapshotDownload", async () => {
  const folder = await hub.snapshotDownload({ ...at, cacheDir: job.cache });
  return paths.every((path) => sha(readFileSync(join(folder, path))) === job.files[path]) || folder;
});
await fetch(job.endpoint + "/mark").catch(() => null);
await check("snapshotDownload again", async () => {
  const folder = await hub.snapshotDownload({ ...at, cacheDir: job.cache });
  return paths.every((path) => sha(readFileSync(join(folder, path))) === job.files[path]) || folder;
});
await fetch(job.endpoint + "/mark").catch(() => null);
if (job.cut) {
  await check("a download that is cut goes on where it was", async () => {
    const blob = await hub.downloadFile({ repo: job.repo, hubUrl: job.cut, path: job.big });
    const hash = createHash("sha256");
    let have = 0;
    let cuts = 0;
    while (have < blob.size) {
      try {
        for await (const piece of blob.slice(have, blob.size).stream()) {
          hash.update(piece);
          have += piece.length;
        }
      } catch (e) {
        cuts += 1;
        if (cuts > 100) throw e;
      }
    }
    return (hash.digest("hex") === job.files[job.big] && cuts > 0) || { have, cuts };
  });
}
writeFileSync(job.out, JSON.stringify(checks));
