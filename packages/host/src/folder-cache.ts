import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Cache } from '@holdfast/vault/ports'
import { makeFolders } from './make-folders.ts'
import { systemCode } from './system-error.ts'

/** No file system takes a longer name. Room is left for the part name beside it. */
const LONGEST_NAME = 230

/**
 * A Cache of files below `dir` (made when first needed): a key's `/` are folders, odd characters are escaped, so any
 * key is safe. Replaces atomically. A disk that is full or not writable drops what is put. Safe for several processes.
 */
export function createFolderCache(dir: string): Cache {
  return {
    get(key) {
      const file = fileOf(dir, key)
      if (file === undefined) return undefined
      return tolerant(() => readFileSync(file))
    },
    put(key, bytes) {
      const file = fileOf(dir, key)
      if (file === undefined) return
      const part = join(dirname(file), `%part-${randomBytes(8).toString('hex')}`)
      const stored = tolerant(() => {
        writeMakingFolder(part, bytes)
        renameSync(part, file)
        return true
      })
      if (stored === undefined) tolerant(() => rmSync(part, { force: true }))
    },
    retain(folder, keep) {
      const at = folder === '' ? dir : fileOf(dir, folder)
      if (at !== undefined) retainBelow(at, folder === '' ? '' : `${folder}/`, keep)
    },
    keys(folder) {
      const at = folder === '' ? dir : fileOf(dir, folder)
      return at === undefined ? [] : keysBelow(at, folder === '' ? '' : `${folder}/`)
    },
  }
}

function retainBelow(dir: string, prefix: string, keep: ReadonlySet<string>): void {
  for (const entry of tolerant(() => readdirSync(dir, { withFileTypes: true })) ?? []) {
    const path = join(dir, entry.name)
    const key = prefix + unescapeName(entry.name)
    if (entry.isDirectory()) {
      retainBelow(path, `${key}/`, keep)
    } else if (!keep.has(key)) tolerant(() => unlinkSync(path))
  }
}

function keysBelow(dir: string, prefix: string): string[] {
  return (tolerant(() => readdirSync(dir, { withFileTypes: true })) ?? []).flatMap((entry) => {
    const key = prefix + unescapeName(entry.name)
    if (entry.isDirectory()) return keysBelow(join(dir, entry.name), `${key}/`)
    return entry.name.startsWith('%part-') ? [] : [key]
  })
}

function writeMakingFolder(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    makeFolders(dirname(path), 0o700)
    writeFileSync(path, bytes, { flag: 'wx', mode: 0o600 })
  }
}

/** Losing a cached copy costs time only: whatever the system answers, the caller goes on without. */
function tolerant<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}

/** Undefined for a key that no file can stand for. */
function fileOf(dir: string, key: string): string | undefined {
  const names = key.split('/').map(escapeName)
  if (names.some((name) => name === '' || name.length > LONGEST_NAME)) return undefined
  return join(dir, ...names)
}

/** `[a-z0-9._-]` stay, but no leading dot; every other byte becomes `%HH`, so `%part-…` is never a key's name. */
function escapeName(name: string): string {
  return Buffer.from(name)
    .toString('latin1')
    .replace(/^\.|[^a-z0-9._-]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function unescapeName(name: string): string {
  const bytes = name.replace(/%([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString()
}
