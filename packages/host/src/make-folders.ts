import { mkdirSync, statSync } from 'node:fs'
import { asBuffer } from './as-buffer.ts'
import { systemCode } from './system-error.ts'

/**
 * Makes a folder and those above it; one that is there (or a link to one) is kept. Answers whether the last was made.
 * @NOTE node's own `recursive` never returns where the system answers ENOENT below an existing folder, as /proc does.
 */
export function makeFolders(path: string | Uint8Array, mode: number): boolean {
  const full = typeof path === 'string' ? Buffer.from(path) : asBuffer(path)
  try {
    mkdirSync(full, { mode })
    return true
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST' && statSync(full).isDirectory()) return false
    const slash = full.lastIndexOf('/')
    if (code !== 'ENOENT' || slash <= 0) throw error
    makeFolders(full.subarray(0, slash), mode)
    mkdirSync(full, { mode })
    return true
  }
}
