import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for one test, as a resource: `using dir = tempDir()`. Only tests import this. */
export function tempDir(): Disposable & { readonly path: string; at(name: string | Uint8Array): Buffer } {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-host-'))
  return {
    path,
    at: (name) =>
      Buffer.concat([Buffer.from(`${path}/`), typeof name === 'string' ? Buffer.from(name) : name]),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}
