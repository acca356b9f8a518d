import type { Proof, SnapshotId } from '@holdfast/domain'
import type { SourceTree, TargetTree } from './ports.ts'
import { restore } from './restore.ts'
import { type BytePath, fromBytePath, isInside, toBytePath } from './scan/path-order.ts'
import { createLeafReader } from './snapshot/leaf.ts'
import { type Entry, parseLine } from './snapshot/manifest-line.ts'
import { findSnapshot } from './snapshot/read-snapshots.ts'
import type { Snapshot } from './snapshot/snapshot-format.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

/**
 * Proves that a snapshot can be restored: a few files, chosen by chance, are really restored into `target` (an empty
 * scratch folder, which the caller removes) and compared byte for byte with the live files that have not changed
 * since; of the others the recorded hash has been verified by the restore. Bytes come from the vault, not a cache.
 */
export async function proveRestorable(
  vault: OpenedVault,
  request: {
    snapshot: SnapshotId
    files: number
    sources: readonly { label: Uint8Array; path: Uint8Array }[]
  },
  env: EngineEnv & { source: SourceTree; target: TargetTree },
): Promise<Proof> {
  const snapshot = await findSnapshot(vault, request.snapshot, env)
  const chosen = await chooseFiles(vault, snapshot, request.files, env)
  const paths = chosen.map((entry) => fromBytePath(entry.path))
  let mismatches = 0
  let bytes = 0
  if (paths.length > 0) {
    const work = { snapshot: snapshot.id, paths, conflict: 'skip', owners: false, dryRun: false } as const
    for await (const event of restore(vault, work, env)) if (event.type === 'skipped') mismatches += 1
  }
  for (const entry of chosen) {
    bytes += entry.size
    if (!agrees(entry, request.sources, env)) mismatches += 1
  }
  return { kind: 'first-file', at: new Date(env.clock.nowMs()), files: chosen.length, bytes, mismatches }
}

/** Biggest file that is taken as a sample, unless there are only bigger ones. */
const MAX_SAMPLE_BYTES = 64 * 1024 * 1024

/** Files from leaves chosen by chance, one a leaf where there are enough. */
async function chooseFiles(
  vault: OpenedVault,
  snapshot: Snapshot,
  count: number,
  env: EngineEnv,
): Promise<Entry[]> {
  const reader = createLeafReader(vault, env)
  const { leaves } = snapshot.body
  const chosen = new Map<BytePath, Entry>()
  let smallest: Entry | undefined
  for (let tries = 0; tries < count * 4 && chosen.size < count && leaves.length > 0; tries += 1) {
    const leaf = leaves[pick(leaves.length, env)]
    if (leaf === undefined) continue
    const text = await reader.read(snapshot, leaf)
    const files = text.split('\n').filter((line) => line.includes('"t":"f"') && !line.includes(',"e":"'))
    const line = files[pick(Math.max(1, files.length), env)]
    if (line === undefined) continue
    const entry = parseLine(line)
    if (entry.size <= MAX_SAMPLE_BYTES) chosen.set(entry.path, entry)
    if (smallest === undefined || entry.size < smallest.size) smallest = entry
  }
  return chosen.size > 0 || smallest === undefined ? [...chosen.values()] : [smallest]
}

function pick(below: number, env: EngineEnv): number {
  return Buffer.from(env.random.bytes(4)).readUInt32LE() % below
}

/** True unless the live file is the recorded one and the restored bytes differ from it, or nothing was restored. */
function agrees(
  entry: Entry,
  sources: readonly { label: Uint8Array; path: Uint8Array }[],
  env: { source: SourceTree; target: TargetTree },
): boolean {
  const restored = env.target.open(fromBytePath(entry.path))
  if ('problem' in restored) return false
  try {
    if (restored.stat().size !== entry.size) return false
    const live = livePath(entry.path, sources)
    const file = live === undefined ? undefined : env.source.open(live)
    if (file === undefined || 'problem' in file) return true
    try {
      const stat = file.stat()
      if (stat.size !== entry.size || stat.mtimeNs !== entry.mtimeNs) return true
      return sameBytes(restored, file)
    } finally {
      file.close()
    }
  } finally {
    restored.close()
  }
}

function livePath(
  path: BytePath,
  sources: readonly { label: Uint8Array; path: Uint8Array }[],
): Uint8Array | undefined {
  for (const source of sources) {
    const label = toBytePath(source.label)
    if (!isInside(path, label)) continue
    const root = toBytePath(source.path)
    return fromBytePath(`${root === '/' ? '' : root}${path.slice(label.length)}`)
  }
  return undefined
}

function sameBytes(
  a: { readInto(buffer: Uint8Array): number },
  b: { readInto(buffer: Uint8Array): number },
): boolean {
  const left = Buffer.alloc(1024 * 1024)
  const right = Buffer.alloc(1024 * 1024)
  for (;;) {
    const length = a.readInto(left)
    let got = 0
    while (got < length) {
      const more = b.readInto(right.subarray(got, length))
      if (more === 0) return false
      got += more
    }
    if (length === 0) return b.readInto(right) === 0
    if (!left.subarray(0, length).equals(right.subarray(0, length))) return false
  }
}
