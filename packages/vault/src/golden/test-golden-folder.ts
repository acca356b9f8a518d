import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createMemoryStore, type MemoryStore } from '@holdfast/testkit'

/** Where the golden vaults lie: a folder each, with `vault/` and `expected.json`. */
export const GOLDEN = fileURLToPath(new URL('../../fixtures/golden/', import.meta.url))

/** Writes objects as files below a folder. */
export function writeObjects(folder: string, objects: MemoryStore['objects']): void {
  for (const [key, { bytes }] of objects) {
    const path = join(folder, key)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes)
  }
}

/** A folder's files as objects, changed by nobody since. */
export function readObjects(folder: string): MemoryStore {
  const store = createMemoryStore()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const key = path.slice(folder.length).replace(/^\//, '')
    store.objects.set(key, { bytes: new Uint8Array(readFileSync(path)), modifiedAtMs: 0 })
  }
  return store
}
