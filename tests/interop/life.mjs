// The life of a repository as the JavaScript client lives it; prints as JSON what it saw.
//
// node life.mjs live|merge|leave: all up to an open pull request; merging the first one; deleting the repository.
//
// Environment: HUB_JS (the folder that npm installed into), HUB_URL, HUB_TOKEN, REPO (JSON: type and name),
// LARGE (bytes of the file that travels in parts).

import { createHash } from "node:crypto";
import { createRequire } from "node:module";

const hub = createRequire(`${process.env.HUB_JS}/`)("@huggingface/hub");
const hubUrl = process.env.HUB_URL;
const accessToken = process.env.HUB_TOKEN;
const repo = JSON.parse(process.env.REPO);
const known = { repo, hubUrl, accessToken };

// The client has no function for this: its own credentials, by fetch.
async function call(method, path, body) {
  const headers = { Authorization: `Bearer ${accessToken}`, "Content-Type": "application/json" };
  const reply = await fetch(`${hubUrl}/api/${repo.type}s/${repo.name}/${path}`, {
    method,
    headers,
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
  return await reply.text();
}

const file = (path, bytes) => ({ path, content: new Blob([bytes]) });
const sha256 = (bytes) => createHash("sha256").update(Buffer.from(bytes)).digest("hex");
const bytes = (size) => Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) % 256);

async function download(path, revision, more = {}) {
  const blob = await hub.downloadFile({ ...known, path, revision, ...more });
  return blob && (await blob.arrayBuffer());
}

async function collect(iterator, read) {
  const found = [];
  for await (const item of iterator) found.push(read(item));
  return found;
}

const failure = (promise) => promise.then(() => null, (error) => error.statusCode ?? String(error));

async function live(seen) {
  seen.user = (await hub.whoAmI({ hubUrl, accessToken })).name;
  seen.created = await hub.createRepo({
    ...known,
    sdk: "gradio",
    files: [{ path: "seed.txt", content: new Blob(["seed"]) }],
  });
  seen.again = await failure(hub.createRepo({ ...known, sdk: "gradio" }));
  seen.exists = await hub.repoExists(known);

  const small = new TextEncoder().encode("print('grüße')\n");
  const [middle, large] = [bytes(3000), bytes(Number(process.env.LARGE))];
  const uploaded = await hub.uploadFiles({
    ...known,
    files: [file("app.py", small), file("data/ü b.txt", small), file("empty.txt", ""), file("middle.bin", middle), file("large.bin", large)],
    commitTitle: "all at once",
    commitDescription: "small and large",
  });
  seen.uploaded = uploaded.commit;
  seen.files = await collect(hub.listFiles({ ...known, recursive: true, expand: true }), (entry) => ({
    path: entry.path,
    type: entry.type,
    size: entry.size,
    lfs: entry.lfs?.oid,
    last: entry.lastCommit?.title,
  }));
  seen.downloaded = {
    "app.py": sha256(await download("app.py")),
    "data/ü b.txt": sha256(await download("data/ü b.txt")),
    "empty.txt": sha256(await download("empty.txt")),
    "middle.bin": sha256(await download("middle.bin")),
    "large.bin": sha256(await download("large.bin")),
  };
  seen.expected = {
    "app.py": sha256(small),
    "data/ü b.txt": sha256(small),
    "empty.txt": sha256(""),
    "middle.bin": sha256(middle),
    "large.bin": sha256(large),
  };
  seen.pointer = new TextDecoder().decode(await download("middle.bin", "main", { raw: true }));
  seen.missing = await download("nowhere");
  seen.there = await hub.fileExists({ ...known, path: "app.py" });
  seen.paths = (await hub.pathsInfo({ ...known, paths: ["large.bin", "nowhere"], expand: true })).map(({ path, lfs }) => ({
    path,
    size: lfs.size,
  }));

  await hub.createBranch({ ...known, branch: "feature/x" });
  seen.branchAgain = await failure(hub.createBranch({ ...known, branch: "feature/x" }));
  const branched = await hub.uploadFile({ ...known, branch: "feature/x", file: file("extra.txt", small) });
  seen.branched = branched.commit.oid;
  await hub.createBranch({ ...known, branch: "bare", empty: true });
  seen.bare = await collect(hub.listFiles({ ...known, revision: "bare" }), (entry) => entry.path);
  await hub.deleteBranch({ ...known, branch: "bare" });
  await call("POST", "tag/feature%2Fx", { tag: "v1" });
  seen.tagged = sha256(await download("extra.txt", "v1"));

  const proposed = await hub.commit({
    ...known,
    title: "a proposal",
    operations: [{ operation: "addOrUpdate", ...file("proposed.txt", small) }],
    parentCommit: uploaded.commit.oid,
    isPullRequest: true,
  });
  seen.pullRequest = proposed.pullRequestUrl;
  seen.proposedOnMain = await hub.fileExists({ ...known, path: "proposed.txt" });

  const deleted = await hub.deleteFiles({ ...known, paths: ["seed.txt", "data/ü b.txt"] });
  seen.deleted = deleted.commit.oid;
  seen.stale = await failure(
    hub.commit({
      ...known,
      title: "late",
      operations: [{ operation: "delete", path: "app.py" }],
      parentCommit: uploaded.commit.oid,
    }),
  );
  seen.commits = await collect(hub.listCommits({ ...known, batchSize: 2 }), ({ title, authors }) => [
    title,
    authors.map(({ username }) => username),
  ]);
  seen.count = await hub.countCommits({ ...known, revision: "main" });
  seen.anonymous = await failure(hub.deleteRepo({ repo, hubUrl, accessToken: "hf_wrong" }));
}

async function merge(seen) {
  await call("POST", "discussions/1/merge", { comment: "as it is" });
  seen.proposedOnMain = await hub.fileExists({ ...known, path: "proposed.txt" });
}

async function leave(seen) {
  await hub.deleteRepo(known);
  seen.exists = await hub.repoExists(known);
}

const seen = {};
await { live, merge, leave }[process.argv[2]](seen);
console.log(JSON.stringify(seen));
