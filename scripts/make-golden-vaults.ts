/**
 * Makes the golden vaults of packages/vault/fixtures/golden: `node scripts/make-golden-vaults.ts`. Clock and chance are
 * made up, so a vault has the same bytes each time (but for rclone's own nonces in the encrypted one). One that is
 * there is never written again: what Holdfast wrote once must stay readable as it is. For a new format, new names.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { GOLDEN, writeObjects } from '../packages/vault/src/golden/test-golden-folder.ts'
import {
  type GoldenLife,
  liveGoldenLife,
  liveSmallLife,
} from '../packages/vault/src/golden/test-golden-life.ts'
import { lookAtVault } from '../packages/vault/src/golden/test-look-at-vault.ts'
import { openFolderVault } from './golden/open-folder-vault.ts'

const PASSPHRASE = 'golden passphrase'

async function makeGood(name: string, passphrase: string | undefined): Promise<void> {
  const folder = newFolder(name)
  const life = await liveGoldenLife(passphrase)
  const again = await liveGoldenLife(passphrase)
  if (!isDeepStrictEqual([...life.inner.objects], [...again.inner.objects]))
    throw new Error(`${name} comes out otherwise each time`)
  writeObjects(join(folder, 'vault'), life.outer.objects)
  if (passphrase === undefined) writeObjects(join(folder, 'vault', 'v1'), life.inner.objects)
  else {
    await using place = await openFolderVault(join(folder, 'vault'))
    const inner = await place.openInner(life.passwords)
    for (const [key, { bytes }] of life.inner.objects) await inner.put(key, bytes)
  }
  const view = await lookAtVault({ outer: life.outer, openInner: async () => life.inner }, passphrase)
  for (const { id, kind, restored, skipped, verified } of view.snapshots) {
    const expected = life.snapshots.get(id)
    const isWhole =
      kind === 'checkpoint' || isDeepStrictEqual([...restored].sort(), [...(expected ?? [])].sort())
    if (!isWhole || skipped.length > 0 || !verified) throw new Error(`${name}: ${id} does not restore`)
  }
  if (!view.check.ok) throw new Error(`${name} is not sound`)
  writeExpected(folder, { ...view, ...(passphrase === undefined ? {} : { passphrase }) })
}

async function makeDamaged(
  name: string,
  damage: (objects: GoldenLife['inner']['objects']) => void,
): Promise<void> {
  const folder = newFolder(name)
  const { outer, inner } = await liveSmallLife(name === 'missing-index' ? 850 : 30)
  damage(inner.objects)
  writeObjects(join(folder, 'vault'), outer.objects)
  writeObjects(join(folder, 'vault', 'v1'), inner.objects)
  writeExpected(folder, await lookAtVault({ outer, openInner: async () => inner }, undefined))
}

function newFolder(name: string): string {
  const folder = join(GOLDEN, name)
  if (existsSync(folder))
    throw new Error(`${folder} is there already: a golden vault is never written again.`)
  mkdirSync(folder, { recursive: true })
  return folder
}

function writeExpected(folder: string, expected: unknown): void {
  writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(expected, null, 1)}\n`)
}

type Objects = GoldenLife['inner']['objects']

function keysIn(objects: Objects, folder: string): string[] {
  return [...objects.keys()].filter((key) => key.startsWith(folder)).sort()
}

function change(objects: Objects, key: string | undefined, to: (bytes: Uint8Array) => Uint8Array): void {
  const found = key === undefined ? undefined : objects.get(key)
  if (key === undefined || found === undefined) throw new Error('there is nothing to damage')
  objects.set(key, { ...found, bytes: to(Uint8Array.from(found.bytes)) })
}

await makeGood('plain', undefined)
await makeGood('encrypted', PASSPHRASE)
await makeDamaged('missing-index', (objects) => {
  const [index] = keysIn(objects, 'index/')
  if (index === undefined) throw new Error('there is nothing to damage')
  objects.delete(index)
})
await makeDamaged('damaged-pack', (objects) => {
  const largest = keysIn(objects, 'packs/').sort(
    (a, b) => (objects.get(b)?.bytes.length ?? 0) - (objects.get(a)?.bytes.length ?? 0),
  )
  change(objects, largest[0], (bytes) => {
    bytes[100] = (bytes[100] ?? 0) ^ 4
    return bytes
  })
})
await makeDamaged('broken-snapshot', (objects) => {
  change(objects, keysIn(objects, 'snaps/')[1], (bytes) => bytes.subarray(0, bytes.length >> 1))
})
await makeDamaged('cut-off-put', (objects) => {
  const pack = `packs/ab/${'ab'.repeat(16)}-0000.tar.zst`
  const [some] = keysIn(objects, 'packs/')
  const bytes = objects.get(some ?? '')?.bytes ?? new Uint8Array()
  objects.set(pack, { bytes: bytes.subarray(0, bytes.length - 10), modifiedAtMs: 0 })
  change(objects, keysIn(objects, 'snaps/').at(-1), (whole) => whole.subarray(0, 200))
})
