import { join } from 'node:path'
import { WriterId } from '@holdfast/domain'
import { createPieceHasher, sha256Hex } from '../chunk/piece-id.ts'
import { writeObjects } from '../golden/test-golden-folder.ts'
import type { PackRow } from '../index/index-format.ts'
import { compressFrame } from '../pack/frame.ts'
import { closePack, packKey } from '../pack/pack-format.ts'
import { TAR_BLOCK, tarHeader, tarPadding } from '../pack/tar-member.ts'
import { readSnapshots } from '../snapshot/read-snapshots.ts'
import { type SnapshotBody, snapshotKey, writeSnapshot } from '../snapshot/snapshot-format.ts'
import { createTestVault, type TestVault } from '../test-vault.ts'

export const FORGER = WriterId.parse('0123abcd')
const REST = '"m":420,"u":0,"g":0,"mt":"0","ct":"0","i":"1"'
const BOMB_BYTES = 300_000_000

type Stored = Pick<SnapshotBody, 'packs' | 'leaves'> & { index: PackRow[] }

/** A plain vault in memory whose one snapshot, `0123abcd-1`, holds `docs/a.txt`. */
export async function vaultWithFile(): Promise<TestVault> {
  const t = await createTestVault()
  t.source.write('/docs/a.txt', 'content')
  await t.backup()
  return t
}

/** Puts a snapshot that the vault's own keys cover, like the first one but for what is given. Answers its key. */
export async function forge(t: TestVault, change: { seq: number; manifest?: string }): Promise<string> {
  const { seq, manifest } = change
  return await putSnapshot(t, seq, manifest === undefined ? {} : storedManifest(t, manifest))
}

/**
 * Writes a plain vault into an empty folder: a good snapshot, and after it one for each way of doing harm. `outside` is
 * a folder that they try to write to. Answers the snapshots by what they try.
 */
export async function forgeHostileVault(
  folder: string,
  outside: string,
): Promise<Record<string, { snapshot: string; path: string }>> {
  const t = await vaultWithFile()
  const good = createPieceHasher(t.vault.keys.pieceId).of(Buffer.from('content')).toString('hex')
  const bomb = storedBomb(t)
  const file = (path: string) => `{"p":"${path}","t":"f",${withSize(7)},"c":"${good}"}\n`
  const tries: Record<string, { lines: string; path: string; also?: Stored['index'] }> = {
    dots: { lines: file('docs/../../dots'), path: 'docs/../../dots' },
    absolute: { lines: file(`${outside}/absolute`), path: `${outside}/absolute` },
    through: {
      lines: `{"p":"docs/link","t":"l",${REST},"l":"${outside}"}\n${file('docs/link/through')}`,
      path: 'docs/link/through',
    },
    device: { lines: `{"p":"docs/disk","t":"b",${REST},"d":[8,0]}\n`, path: 'docs/disk' },
    terabytes: {
      lines: `{"p":"docs/huge","t":"f",${withSize(9e15)},"c":[["${good}",7],[0,8999999999999993]]}\n`,
      path: 'docs/huge',
    },
    lengths: {
      lines: `{"p":"docs/long","t":"f",${withSize(9e12)},"c":[["${good}",9000000000000]]}\n`,
      path: 'docs/long',
    },
    bomb: {
      lines: `{"p":"docs/bomb","t":"f",${withSize(1024)},"c":"${bomb.id}"}\n`,
      path: 'docs/bomb',
      also: bomb.index,
    },
  }
  const made: Record<string, { snapshot: string; path: string }> = {}
  for (const [name, { lines, path, also = [] }] of Object.entries(tries)) {
    const seq = Object.keys(made).length + 2
    const stored = storedManifest(t, lines)
    const packs = [...stored.packs, ...also.map(({ pack }) => pack)]
    await putSnapshot(t, seq, { ...stored, packs, index: [...stored.index, ...also] })
    made[name] = { snapshot: `${FORGER}-${seq}`, path }
  }
  writeObjects(folder, t.outer.objects)
  writeObjects(join(folder, 'v1'), t.inner.objects)
  return made
}

const withSize = (size: number) => `"m":420,"u":0,"g":0,"s":${size},"mt":"0","ct":"0","i":"1"`

async function putSnapshot(t: TestVault, seq: number, stored: Partial<Stored>): Promise<string> {
  const first = (await readSnapshots(t.vault, t.env)).snapshots.find(({ body }) => body.seq === 1)
  if (first === undefined) throw new Error('there is no snapshot')
  const key = snapshotKey(FORGER, seq, new Date(t.env.clock.nowMs()), 'beef')
  const body: SnapshotBody = { ...first.body, seq, previous: first.sha256, ...stored }
  t.inner.objects.set(key, { bytes: writeSnapshot(key, body, t.vault.keys.mac), modifiedAtMs: 0 })
  return key
}

function storedManifest(t: TestVault, text: string): Stored {
  const lines = Buffer.from(text, 'latin1')
  const id = createPieceHasher(t.vault.keys.pieceId).of(lines).toString('hex')
  const raw = Buffer.concat([
    tarHeader('m', lines.length, 0, 0o644),
    lines,
    Buffer.alloc(tarPadding(lines.length)),
  ])
  const frame = compressFrame(raw, 3)
  const row = storedPack(t, { kind: 'meta', frame, rawBytes: raw.length, piece: [id, lines.length] })
  const [first, last] = ['', '\xff'].map((path) => Buffer.from(path, 'latin1').toString('base64'))
  return {
    packs: [row.pack],
    leaves: [[first ?? '', last ?? '', id, 1, 0, 0, frame.length, raw.length, TAR_BLOCK, lines.length]],
    index: [row],
  }
}

/** Some kilobytes that say they unpack to two, and unpack to 300 MB. */
function storedBomb(t: TestVault): { id: string; index: Stored['index'] } {
  const id = 'b0'.repeat(32)
  const frame = compressFrame(Buffer.alloc(BOMB_BYTES), 3)
  return { id, index: [storedPack(t, { kind: 'data', frame, rawBytes: 2048, piece: [id, 1024] })] }
}

function storedPack(
  t: TestVault,
  parts: { kind: 'meta' | 'data'; frame: Uint8Array; rawBytes: number; piece: readonly [string, number] },
): PackRow {
  const { kind, frame, rawBytes, piece } = parts
  const frames = [[0, frame.length, rawBytes]] as const
  const pieces = [[piece[0], 0, TAR_BLOCK, piece[1]]] as const
  const pack = closePack(frame, frame.length, { kind, frames, pieces })
  const name = packKey(sha256Hex(pack), '0000')
  t.inner.objects.set(name, { bytes: pack, modifiedAtMs: 0 })
  return { pack: name, size: pack.length, kind, frames, pieces }
}
