import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makePrivateDir, systemRandom } from '@holdfast/host'

/**
 * A private folder for one run of the program below `parent`; disposing removes it. Folders of runs that were killed
 * are removed first: their names hold the process id. TARGET_FULL, TARGET_NOT_WRITABLE.
 */
export async function makeRunFolder(parent: string): Promise<AsyncDisposable & { readonly path: string }> {
  makePrivateDir(parent)
  for (const name of await readdir(parent)) {
    const pid = /^cli-([0-9]+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid)))
      // Its rclone may need a moment more than it to be gone.
      await rm(join(parent, name), { recursive: true, force: true, maxRetries: 5 })
  }
  const path = join(parent, `cli-${process.pid}-${Buffer.from(systemRandom.bytes(6)).toString('hex')}`)
  makePrivateDir(path)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process may not be asked, but it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
